/*
 * plugin/aggregate/visibility.c
 *	  Changes of rev_deleted; see visibility.h.
 */
#include "plugin/aggregate/visibility.h"

#include "plugin/aggregate/cause.h"
#include "plugin/aggregate/redirect.h"
#include "plugin/aggregate/revision.h"
#include "plugin/core/missing.h"
#include "plugin/entity/revision.h"

/* Whether it was its page's latest when its bits first changed. */
typedef enum latest_then
{
	LATEST_UNKNOWN, /* the page's row had not been seen yet */
	LATEST,
	NOT_LATEST
} latest_then;

/* Of a revision whose bits changed. */
typedef struct visibility_fact
{
	uint8 latest_then;
	uint8 old_bits; /* before the first change */
	int64 page_id;  /* at that point */
} visibility_fact;

static bool visibility_conclude(session *s, int wiki, int64 rev_id, const void *fact, event *out);

static const fact_kind visibility_kind = {sizeof(visibility_fact), visibility_conclude,
                                          &visibility_aggregate};

static void
add_revision(session *s, const change *c)
{
	visibility_fact *fact;
	page_latest known;
	int64 rev_id;
	int64 page_id;
	int wiki;

	if (c->old_row == NULL || c->new_row == NULL ||
	    revision_bits(c->old_row) == revision_bits(c->new_row))
		return;
	wiki = c->wiki;
	rev_id = mirror_row_int(c->new_row, REV_ID);
	page_id = mirror_row_int(c->new_row, REV_PAGE);
	if (revision_change_known(s, wiki, rev_id).inserted ||
	    gather_find(s->gather, &visibility_kind, wiki, rev_id) != NULL)
		return; /* nobody saw any bits before, or the first are known */
	known = page_latest_known(s, wiki, page_id);
	fact = gather_get(s->gather, &visibility_kind, wiki, rev_id);
	if (known.changed)
		fact->latest_then = known.after == rev_id ? LATEST : NOT_LATEST;
	fact->old_bits = (uint8) revision_bits(c->old_row);
	fact->page_id = page_id;
}

/* was_latest is false if the revision was not its page's latest when its bits changed. */
static bool
was_latest(session *s, int wiki, int64 rev_id, const visibility_fact *fact)
{
	page_latest known = page_latest_known(s, wiki, fact->page_id);
	const page *p;

	if (fact->latest_then != LATEST_UNKNOWN)
		return fact->latest_then == LATEST;
	if (known.changed)
		return known.before == rev_id;
	p = page_find(s, wiki, fact->page_id);
	return p == NULL || p->latest == rev_id;
}

static bool
visibility_conclude(session *s, int wiki, int64 rev_id, const void *data, event *out)
{
	const visibility_fact *fact = data;
	const revision *r;
	const page *p;
	page_event *e;

	if (rev_id == 0 || (r = revision_find(s, wiki, rev_id)) == NULL || r->bits == fact->old_bits)
		return false;
	p = page_find(s, wiki, r->page_id);
	if (p == NULL)
	{
		missing_report(s, TABLE_PAGE, wiki, r->page_id);
		return false;
	}
	e = palloc0(sizeof(page_event));
	e->kind = PAGE_VISIBILITY_CHANGE;
	e->page_id = p->page_id;
	e->state = *p;
	e->rev_id = rev_id;
	e->old_bits = fact->old_bits;
	e->of_latest = p->latest == rev_id && was_latest(s, wiki, rev_id, fact);
	e->log = log_find(s, wiki, LOG_VISIBILITY, p->page_id, p->namespace_id, p->title);
	if (e->of_latest && p->is_redirect)
		e->link = redirect_link_find(s, wiki, p->page_id);
	cause_set(s, wiki, e);
	out->what = e;
	return true;
}

static const aggregate_input inputs[] = {
    {TABLE_REVISION, true, add_revision},
};

const aggregate visibility_aggregate = {
    .name = "visibility",
    .inputs = inputs,
    .input_count = lengthof(inputs),
    .uses = {&page_aggregate, &revision_aggregate},
};
