/*
 * plugin/aggregate/redirect.c
 *	  Redirects; see redirect.h.
 */
#include "plugin/aggregate/redirect.h"

#include "plugin/aggregate/page.h"

/* Of a redirect whose row changed, by its page: where it led to before. */
typedef struct redirect_fact
{
	uint64 title;     /* a text of the facts */
	uint64 interwiki; /* likewise; 0: this wiki */
	int32 namespace_id;
} redirect_fact;

static const fact_kind redirect_kind = {.size = sizeof(redirect_fact)};

/* add_redirect keeps what a redirect was before the source transaction, if that is known. */
static void
add_redirect(session *s, const change *c)
{
	const mirror_row *row = c->old_row;
	redirect_fact before = {0};
	redirect_fact *fact;
	int64 page_id;
	char *text;

	if (row == NULL || mirror_row_is_null(row, RD_TITLE))
		return;
	page_id = mirror_row_int(row, RD_FROM);
	if (gather_find(s->gather, &redirect_kind, c->wiki, page_id) != NULL)
		return;
	before.namespace_id = (int32) mirror_row_int(row, RD_NAMESPACE);
	text = mirror_row_text(row, RD_TITLE);
	before.title = gather_put_text(s->gather, text);
	text = mirror_row_text(row, RD_INTERWIKI);
	if (text != NULL && text[0] != '\0')
		before.interwiki = gather_put_text(s->gather, text);
	fact = gather_get(s->gather, &redirect_kind, c->wiki, page_id);
	*fact = before;
}

/* make_link: p is the page that it leads to, NULL if there is none. */
static const redirect_link *
make_link(const redirect *target, const page *p)
{
	redirect_link *link = palloc0(sizeof(redirect_link));

	link->target = target;
	if (p != NULL)
	{
		link->page_id = p->page_id;
		link->is_redirect = p->is_redirect;
	}
	return link;
}

const redirect_link *
redirect_link_find(session *s, int wiki, int64 page_id)
{
	const redirect *target = redirect_find(s, wiki, page_id);
	const page *p = NULL;

	if (target == NULL)
		return NULL;
	if (target->interwiki == NULL)
		p = page_find_by_title(s, wiki, target->namespace_id, target->title);
	return make_link(target, p != NULL && p->latest != 0 ? p : NULL);
}

/* find_prior_target returns what the redirect's row said before the source transaction. */
static const redirect *
find_prior_target(session *s, int wiki, int64 page_id)
{
	const redirect_fact *fact = gather_find(s->gather, &redirect_kind, wiki, page_id);
	redirect_fact before;
	redirect *target;

	if (fact == NULL)
		return redirect_find(s, wiki, page_id);
	before = *fact; /* it stays only until the texts are looked for */
	target = palloc0(sizeof(redirect));
	target->namespace_id = before.namespace_id;
	target->title = gather_text(s->gather, before.title);
	target->interwiki = gather_text(s->gather, before.interwiki);
	return target;
}

const redirect_link *
redirect_link_find_prior(session *s, int wiki, int64 page_id)
{
	const redirect *target = find_prior_target(s, wiki, page_id);
	page p;

	if (target == NULL)
		return NULL;
	if (target->interwiki == NULL &&
	    page_find_prior_by_title(s, wiki, target->namespace_id, target->title, &p))
		return make_link(target, &p);
	return make_link(target, NULL);
}

static const aggregate_input inputs[] = {
    {TABLE_REDIRECT, true, add_redirect},
};

const aggregate redirect_aggregate = {
    .name = "redirect",
    .inputs = inputs,
    .input_count = lengthof(inputs),
    .uses = {&page_aggregate},
};
