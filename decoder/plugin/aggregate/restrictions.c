/*
 * plugin/aggregate/restrictions.c
 *	  Protection of pages; see restrictions.h.
 *
 * MediaWiki deletes and inserts all rows of a page whenever one of them changes, or only its expiry does (1.39 and 1.43
 * WikiPage::doUpdateRestrictions). A move copies those of the page to the redirect that it leaves (MovePage), and expired ones
 * are deleted some time later (RestrictionStore::purgeExpiredRestrictions). Before that their rows say that they are over. What
 * maintenance/protect.php does it commits statement by statement, the log entry last: that one tells of the whole.
 */
#include "plugin/aggregate/restrictions.h"

#include "plugin/aggregate/page_items.h"

/* $wgRestrictionTypes of pages that exist; upload only of files. */
static const char *const usual_types[] = {"edit", "move", "upload"};

#define NAMESPACE_FILE 6

static bool restrictions_conclude(session *s, int wiki, int64 page_id, const void *fact,
                                  event *out);

static const item_kinds kinds = {
    .of_page = {sizeof(page_items), restrictions_conclude, &restrictions_aggregate},
    .of_item = {sizeof(item_fact), NULL, NULL}};

/* ---- facts ---- */

/* note takes a row that appeared, or went. One that is over restricts nothing, but who changes it may have protected the page. */
static void
note(session *s, int wiki, const mirror_row *row, bool is_there)
{
	char *type = mirror_row_text(row, PR_TYPE);
	char *level =
	    mirror_row_is_over(row, PR_EXPIRY, PR_ENDED_AT) ? NULL : mirror_row_text(row, PR_LEVEL);

	if (type != NULL)
		page_items_change(s, &kinds, wiki, mirror_row_int(row, PR_PAGE), type,
		                  is_there ? NULL : level, is_there ? level : NULL);
}

static void
add_restriction(session *s, const change *c)
{
	if (c->old_row != NULL)
		note(s, c->wiki, c->old_row, false);
	if (c->new_row != NULL)
		note(s, c->wiki, c->new_row, true);
}

/* add_log: the entry alone makes a fact, without items. */
static void
add_log(session *s, const change *c)
{
	int64 page_id;

	if (!c->is_insert || !log_is(c->new_row, LOG_PROTECT))
		return;
	page_id = mirror_row_int(c->new_row, LOG_PAGE);
	if (page_id != 0) /* not of a title */
		(void) gather_get(s->gather, &kinds.of_page, c->wiki, page_id);
}

/* ---- what happened ---- */

/* What is collected of a page. */
typedef struct collection
{
	restriction *list;
	int count;
	int room;
} collection;

/* collect takes a type, unless it is there. */
static void
collect(collection *all, const char *type, const char *level)
{
	for (int i = 0; i < all->count; i++)
		if (strcmp(all->list[i].type, type) == 0)
			return;
	if (all->count == all->room)
	{
		all->room = Max(8, 2 * all->room);
		all->list = all->list == NULL ? palloc(all->room * sizeof(restriction))
		                              : repalloc(all->list, all->room * sizeof(restriction));
	}
	all->list[all->count++] = (restriction){.type = type, .level = level};
}

/* find_level returns the level of a type of a page, "" if there is none. */
static const char *
find_level(const collection *rows, const char *type)
{
	for (int i = 0; i < rows->count; i++)
		if (strcmp(rows->list[i].type, type) == 0)
			return rows->list[i].level;
	return "";
}

/* read_rows collects what the page has now. */
static void
read_rows(session *s, int wiki, int64 page_id, collection *out)
{
	rows_scan scan;
	mirror_row row;

	rows_find(&scan, s->rows, TABLE_PAGE_RESTRICTIONS, RESTRICTIONS_BY_PAGE, wiki,
	          &(rows_value){.number = page_id});
	while (rows_next(&scan, &row))
		if (!mirror_row_is_null(&row, PR_TYPE) && !mirror_row_is_null(&row, PR_LEVEL) &&
		    !mirror_row_is_over(&row, PR_EXPIRY, PR_ENDED_AT))
			collect(out, mirror_row_text(&row, PR_TYPE), mirror_row_text(&row, PR_LEVEL));
}

/* set_list: the usual types in MediaWiki's order, then the others. */
static void
set_list(session *s, int wiki, const page *p, List *gone, restrictions_event *e)
{
	collection now = {0};
	collection all = {0};
	ListCell *cell;

	read_rows(s, wiki, p->page_id, &now);
	for (size_t i = 0; i < lengthof(usual_types); i++)
		if (p->namespace_id == NAMESPACE_FILE || strcmp(usual_types[i], "upload") != 0)
			collect(&all, usual_types[i], find_level(&now, usual_types[i]));
	for (int i = now.count - 1; i >= 0; i--) /* the newest is the first */
		collect(&all, now.list[i].type, now.list[i].level);
	foreach (cell, gone)
		collect(&all, lfirst(cell), "");
	e->list = all.list;
	e->count = all.count;
}

/* find_log: a redirect that a move left has the title that the page had, which the move's entry is of. */
static const log_entry *
find_log(session *s, int wiki, const page *p, bool only_added)
{
	const log_entry *log = log_find(s, wiki, LOG_PROTECT, p->page_id, p->namespace_id, p->title);

	if (log == NULL && only_added)
		log = log_find(s, wiki, LOG_MOVE, p->page_id, p->namespace_id, p->title);
	return log;
}

/* restrictions_conclude: a page that is gone has no restrictions, and its rows go later: its deletion says so. */
static bool
restrictions_conclude(session *s, int wiki, int64 page_id, const void *data, event *out)
{
	item_walk walk = page_items_walk(&kinds, wiki, data);
	const page *p = page_find(s, wiki, page_id);
	restrictions_event *e;
	bool changed = false;
	bool only_added = true;
	List *gone = NIL;
	item one;

	if (p == NULL || p->latest == 0)
		return false;
	while (page_items_next(s, &walk, &one))
	{
		changed = true;
		only_added &= one.before == NULL;
		if (one.after == NULL)
			gone = lappend(gone, one.name);
	}
	e = palloc0(sizeof(restrictions_event));
	e->page = p;
	e->log = find_log(s, wiki, p, changed && only_added);
	if (!changed && e->log == NULL) /* an expiry that nobody logged */
		return false;
	set_list(s, wiki, p, gone, e);
	out->what = e;
	return true;
}

static const aggregate_input inputs[] = {
    {TABLE_PAGE_RESTRICTIONS, true, add_restriction},
    {TABLE_LOGGING, false, add_log},
};

const aggregate restrictions_aggregate = {
    .name = "restrictions", .inputs = inputs, .input_count = lengthof(inputs)};
