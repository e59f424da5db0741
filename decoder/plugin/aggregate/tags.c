/*
 * plugin/aggregate/tags.c
 *	  Changes of tags; see tags.h.
 *
 * MediaWiki deletes the row of a tag's name after that of its last use (1.39 and 1.43 ChangeTags, ChangeTagsStore), so names of rows
 * that go are kept.
 */
#include "plugin/aggregate/tags.h"

#include "plugin/aggregate/journal.h"
#include "plugin/core/missing.h"
#include "plugin/entity/revision.h"
#include "plugin/entity/visibility.h"

/* Of a revision. */
typedef struct tags_fact
{
	uint64 journal; /* of ids of tags, see journal.h */
} tags_fact;

/* Of a tag, by its id. */
typedef struct tag_fact
{
	uint64 name; /* a text of the facts: of a row that went; 0: it did not */
	bool counted;
} tag_fact;

static bool tags_conclude(session *s, int wiki, int64 rev_id, const void *fact, event *out);

static const fact_kind tags_kind = {sizeof(tags_fact), tags_conclude, &tags_aggregate};
static const fact_kind tag_kind = {.size = sizeof(tag_fact)};

/* note_use notes that a revision got a tag, or lost it. */
static void
note_use(session *s, int wiki, bool added, const mirror_row *row)
{
	int64 rev_id = mirror_row_int(row, CT_REV_ID);
	char *tag = psprintf(INT64_FORMAT, mirror_row_int(row, CT_TAG_ID));
	const tags_fact *known = gather_find(s->gather, &tags_kind, wiki, rev_id);
	uint64 journal = known == NULL ? 0 : known->journal;

	if (rev_id != 0)
	{
		journal = journal_note(s, journal, added, tag);
		((tags_fact *) gather_get(s->gather, &tags_kind, wiki, rev_id))->journal = journal;
	}
	pfree(tag);
}

static void
add_change_tag(session *s, const change *c)
{
	if (c->old_row != NULL)
		note_use(s, c->wiki, false, c->old_row);
	if (c->new_row != NULL)
		note_use(s, c->wiki, true, c->new_row);
}

static void
add_change_tag_def(session *s, const change *c)
{
	char *name = NULL;
	uint64 number = 0;
	tag_fact *fact;

	if (c->old_row == NULL)
		return;
	if (c->new_row == NULL && (name = mirror_row_text(c->old_row, CTD_NAME)) != NULL)
		number = gather_put_text(s->gather, name);
	else if (c->new_row == NULL ||
	         mirror_row_int(c->old_row, CTD_COUNT) == mirror_row_int(c->new_row, CTD_COUNT))
		return;
	fact = gather_get(s->gather, &tag_kind, c->wiki, mirror_row_int(c->old_row, CTD_ID));
	if (name != NULL)
		fact->name = number;
	else
		fact->counted = true;
}

/* ---- what happened ---- */

static tag_fact
find_tag(session *s, int wiki, int64 tag_id)
{
	const tag_fact *known = gather_find(s->gather, &tag_kind, wiki, tag_id);

	return known == NULL ? (tag_fact){0} : *known;
}

/* find_name returns a tag's name; NULL, and reported as missing, if there is none. */
static char *
find_name(session *s, int wiki, int64 tag_id)
{
	mirror_row row;
	char *name = NULL;

	if (entity_read(s, TABLE_CHANGE_TAG_DEF, wiki, tag_id, &row))
		name = mirror_row_text(&row, CTD_NAME);
	if (name == NULL)
		name = gather_text(s->gather, find_tag(s, wiki, tag_id).name);
	if (name == NULL)
		missing_report(s, TABLE_CHANGE_TAG_DEF, wiki, tag_id);
	return name;
}

/* read_ids returns the ids of the tags that a revision has now, as texts. */
static List *
read_ids(session *s, int wiki, int64 rev_id)
{
	List *ids = NIL;
	rows_scan scan;
	mirror_row row;

	rows_find(&scan, s->rows, TABLE_CHANGE_TAG, TAGS_BY_REVISION, wiki,
	          &(rows_value){.number = rev_id});
	while (rows_next(&scan, &row))
		ids = lappend(ids, psprintf(INT64_FORMAT, mirror_row_int(&row, CT_TAG_ID)));
	return ids;
}

/* find_names returns the names that may be told, sorted, each once. */
static List *
find_names(session *s, int wiki, const List *ids)
{
	List *names = NIL;
	List *once = NIL;
	const ListCell *cell;

	foreach (cell, ids)
	{
		char *name = find_name(s, wiki, strtoll(lfirst(cell), NULL, 10));

		if (name != NULL && visibility_shows_tag(name))
			names = lappend(names, name);
	}
	journal_sort(names);
	foreach (cell, names)
		if (once == NIL || strcmp(llast(once), lfirst(cell)) != 0)
			once = lappend(once, lfirst(cell));
	return once;
}

/* any_counted is true if one of the tags was counted up or down. */
static bool
any_counted(session *s, int wiki, const List *ids)
{
	const ListCell *cell;

	foreach (cell, ids)
		if (find_tag(s, wiki, strtoll(lfirst(cell), NULL, 10)).counted)
			return true;
	return false;
}

static bool
tags_conclude(session *s, int wiki, int64 rev_id, const void *data, event *out)
{
	const tags_fact *fact = data;
	const revision *r = revision_find(s, wiki, rev_id);
	List *ids;
	List *ids_before;
	tags_event e = {.rev_id = rev_id};

	if (r == NULL)
		return false; /* it is archived, or gone */
	ids = read_ids(s, wiki, rev_id);
	ids_before = journal_undo(s, fact->journal, ids);
	e.before = find_names(s, wiki, ids_before);
	e.after = find_names(s, wiki, ids);
	if (journal_equals(e.before, e.after))
		return false;
	e.page = page_find(s, wiki, r->page_id);
	if (e.page == NULL)
	{
		missing_report(s, TABLE_PAGE, wiki, r->page_id);
		return false;
	}
	e.counted = any_counted(s, wiki, ids) || any_counted(s, wiki, ids_before);
	e.log = log_find(s, wiki, LOG_TAG, e.page->page_id, e.page->namespace_id, e.page->title);
	out->what = memcpy(palloc(sizeof(e)), &e, sizeof(e));
	return true;
}

static const aggregate_input inputs[] = {
    {TABLE_CHANGE_TAG, true, add_change_tag},
    {TABLE_CHANGE_TAG_DEF, true, add_change_tag_def},
};

const aggregate tags_aggregate = {
    .name = "tags", .inputs = inputs, .input_count = lengthof(inputs)};
