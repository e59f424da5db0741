/*
 * plugin/aggregate/links.c
 *	  Links of pages; see links.h.
 *
 * A link to a page of the wiki is named by 'p' and the number of its linktarget, which is looked for when it is told of: the row may
 * come later. One to another site by 'e' and its URL: the same URL in another row is the same link.
 */
#include "plugin/aggregate/links.h"

#include "miscadmin.h"
#include "plugin/aggregate/page_items.h"
#include "plugin/core/missing.h"
#include "plugin/entity/external_url.h"

#define NAMED_BY_TARGET 'p'
#define NAMED_BY_URL 'e'

static bool links_conclude(session *s, int wiki, int64 page_id, const void *fact, event *out);

static const item_kinds kinds = {.of_page = {sizeof(page_items), links_conclude, &links_aggregate},
                                 .of_item = {sizeof(item_fact), NULL, NULL}};

/* ---- facts ---- */

static void
note(session *s, int wiki, int64 page_id, const char *name, bool is_there)
{
	page_items_change(s, &kinds, wiki, page_id, name, is_there ? NULL : name,
	                  is_there ? name : NULL);
}

static void
note_pagelink(session *s, int wiki, const mirror_row *row, bool is_there)
{
	char *name = psprintf("%c" INT64_FORMAT, NAMED_BY_TARGET, mirror_row_int(row, PL_TARGET_ID));

	note(s, wiki, mirror_row_int(row, PL_FROM), name, is_there);
}

/* add_pagelink: an update without the row before changes neither page nor target. */
static void
add_pagelink(session *s, const change *c)
{
	if (c->old_row != NULL)
		note_pagelink(s, c->wiki, c->old_row, false);
	if (c->new_row != NULL && (c->is_insert || c->old_row != NULL))
		note_pagelink(s, c->wiki, c->new_row, true);
}

static void
note_externallink(session *s, int wiki, const mirror_row *row, bool is_there)
{
	const char *domain = mirror_row_text(row, EL_TO_DOMAIN_INDEX);
	const char *path = mirror_row_text(row, EL_TO_PATH);
	char *url = external_url(domain == NULL ? "" : domain, path == NULL ? "" : path);

	note(s, wiki, mirror_row_int(row, EL_FROM), psprintf("%c%s", NAMED_BY_URL, url), is_there);
}

static void
add_externallink(session *s, const change *c)
{
	if (c->old_row != NULL)
		note_externallink(s, c->wiki, c->old_row, false);
	if (c->new_row != NULL)
		note_externallink(s, c->wiki, c->new_row, true);
}

/* ---- what happened ---- */

/* read_link reads what an item is; false: its target is not known. */
static bool
read_link(session *s, int wiki, const item *of, page_link *out)
{
	int64 target;
	mirror_row row;

	*out = (page_link){.added = of->after != NULL};
	if (of->name[0] == NAMED_BY_URL)
	{
		out->url = of->name + 1;
		return true;
	}
	target = strtoi64(of->name + 1, NULL, 10);
	if (!entity_read(s, TABLE_LINKTARGET, wiki, target, &row) || mirror_row_is_null(&row, LT_TITLE))
	{
		missing_report(s, TABLE_LINKTARGET, wiki, target);
		return false;
	}
	out->namespace_id = (int32) mirror_row_int(&row, LT_NAMESPACE);
	out->title = mirror_row_text(&row, LT_TITLE);
	return true;
}

/* is_same compares links to pages of the wiki: the same URL in two rows is one item already. */
static bool
is_same(const page_link *a, const page_link *b)
{
	return a->url == NULL && b->url == NULL && a->namespace_id == b->namespace_id &&
	       strcmp(a->title, b->title) == 0;
}

/*
 * drop_renumbered takes away what is there as before under the number of another target of the same name: so MediaWiki goes from
 * titles to numbers, in whose place the mirror has its own.
 */
static int
drop_renumbered(page_link *list, int count)
{
	int kept = 0;
	int added = 0;

	for (int i = 0; i < count; i++)
		added += list[i].added;
	if (added == 0 || added == count)
		return count;
	for (int i = 0; i < count; i++)
	{
		int other = i + 1;

		CHECK_FOR_INTERRUPTS();
		while (other < count &&
		       (list[other].added == list[i].added || !is_same(&list[other], &list[i])))
			other++;
		if (other == count)
			list[kept++] = list[i];
		else
			memmove(&list[other], &list[other + 1], (--count - other) * sizeof(page_link));
	}
	return kept;
}

static bool
links_conclude(session *s, int wiki, int64 page_id, const void *data, event *out)
{
	links_event *e = palloc(sizeof(links_event));
	items_taken taken;
	page_link *list;

	if (!page_items_take(s, &kinds, wiki, page_id, data, out, &taken))
		return false;
	list = palloc(taken.count * sizeof(page_link));
	*e = (links_event){.page = taken.page, .list = list};
	for (int i = 0; i < taken.count; i++)
		if (read_link(s, wiki, &taken.list[i], &list[e->count]))
			e->count++;
	e->count = drop_renumbered(list, e->count);
	out->what = e;
	return e->count > 0;
}

static const aggregate_input inputs[] = {
    {TABLE_PAGELINKS, false, add_pagelink},
    {TABLE_EXTERNALLINKS, true, add_externallink},
};

const aggregate links_aggregate = {
    .name = "links", .inputs = inputs, .input_count = lengthof(inputs)};
