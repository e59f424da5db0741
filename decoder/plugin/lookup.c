/*
 * plugin/lookup.c
 *	  Index scans of mirror tables under the historic snapshot.
 */
#include "plugin/lookup.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "catalog/pg_type_d.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

/* scan_key_init sets one equality condition; false if no value of the column's type can be equal. */
static bool
scan_key_init(ScanKey key, AttrNumber attno, Oid type, const lookup_key *value)
{
	RegProcedure equal;
	Datum datum;

	switch (type)
	{
		case INT2OID:
			if (value->number < PG_INT16_MIN || value->number > PG_INT16_MAX)
				return false;
			equal = F_INT2EQ;
			datum = Int16GetDatum((int16) value->number);
			break;
		case INT4OID:
			if (value->number < PG_INT32_MIN || value->number > PG_INT32_MAX)
				return false;
			equal = F_INT4EQ;
			datum = Int32GetDatum((int32) value->number);
			break;
		case INT8OID:
			equal = F_INT8EQ;
			datum = Int64GetDatum(value->number);
			break;
		case BOOLOID:
			equal = F_BOOLEQ;
			datum = BoolGetDatum(value->number != 0);
			break;
		default:
			equal = F_TEXTEQ;
			datum = CStringGetTextDatum(value->text);
			break;
	}
	/* The collation is "C", as on every text column of the mirror. */
	ScanKeyInit(key, attno, BTEqualStrategyNumber, equal, datum);
	return true;
}

/* lookup_scan_index begins an index scan; none if no row can have that key. */
static void
lookup_scan_index(lookup_scan *scan, mirror_table table, int key, const char *wiki_id,
                  const lookup_key *keys)
{
	ScanKeyData conditions[CATALOG_KEY_COLUMNS];
	int columns[CATALOG_KEY_COLUMNS];
	int n = catalog_key_columns(table, key, columns);
	lookup_key first = {.text = wiki_id};

	for (int i = 0; i < n; i++)
	{
		const lookup_key *value = i == 0 ? &first : &keys[i - 1];

		if (!scan_key_init(&conditions[i], scan->relation->attno[columns[i]],
		                   scan->relation->type[columns[i]], value))
			return;
	}
	scan->scan =
	    systable_beginscan(scan->table, scan->relation->index[key], true, NULL, n, conditions);
}

/* lookup_newest_slots tells the kept rows the greatest slot_revision_id of the wiki. */
static void
lookup_newest_slots(const lookup_scan *scan, plugin_state *state, const char *wiki_id)
{
	const mirror_relation *slots = scan->relation;
	ScanKeyData condition;
	Relation index;
	SysScanDesc newest;
	HeapTuple tuple;
	int64 id = 0;
	bool null;

	scan_key_init(&condition, slots->attno[WIKI_ID], slots->type[WIKI_ID],
	              &(lookup_key){.text = wiki_id});
	index = index_open(slots->index[0], AccessShareLock);
	newest = systable_beginscan_ordered(scan->table, index, NULL, 1, &condition);
	tuple = systable_getnext_ordered(newest, BackwardScanDirection);
	if (HeapTupleIsValid(tuple))
		id = mirror_int(slots->type[SLOT_REVISION_ID],
		                heap_getattr(tuple, slots->attno[SLOT_REVISION_ID],
		                             RelationGetDescr(scan->table), &null));
	systable_endscan_ordered(newest);
	index_close(index, AccessShareLock);
	keep_set_newest_slots(state->keep, wiki_id, id);
}

/* lookup_load gets all rows of a key of a table whose rows are kept. */
static void
lookup_load(lookup_scan *scan, plugin_state *state, mirror_table table, const char *wiki_id,
            const lookup_key *keys)
{
	kept_rows kept;
	HeapTuple tuple;
	uint32 room = 0;
	bool external = false; /* its memory is not ours to keep */

	if (keep_find(state->keep, table, wiki_id, keys->number, &kept))
	{
		scan->rows.size = kept.size;
		if (kept.size > 0)
			scan->rows.data = memcpy(palloc(kept.size), kept.data, kept.size);
		return;
	}
	if (table == TABLE_SLOTS && keep_wants_newest_slots(state->keep, wiki_id))
		lookup_newest_slots(scan, state, wiki_id);
	lookup_scan_index(scan, table, 0, wiki_id, keys);
	while (scan->scan != NULL && HeapTupleIsValid(tuple = systable_getnext(scan->scan)))
	{
		keep_append(&scan->rows, &room, tuple);
		external |= HeapTupleHasExternal(tuple);
	}
	if (scan->scan != NULL)
		systable_endscan(scan->scan);
	scan->scan = NULL;
	if (!external)
		keep_put(state->keep, table, wiki_id, keys->number, &scan->rows);
}

void
lookup_begin(lookup_scan *scan, plugin_state *state, mirror_table table, int key,
             const char *wiki_id, const lookup_key *keys)
{
	memset(scan, 0, sizeof(*scan));
	scan->table = catalog_open(state->catalog, table, &scan->relation);
	if (key == 0 && keep_has_table(table))
		lookup_load(scan, state, table, wiki_id, keys);
	else
		lookup_scan_index(scan, table, key, wiki_id, keys);
}

bool
lookup_next(lookup_scan *scan, mirror_row *row)
{
	HeapTupleData kept;
	HeapTuple tuple = &kept;

	if (scan->scan != NULL)
		tuple = systable_getnext(scan->scan);
	else if (!keep_next(&scan->rows, &scan->offset, &kept))
		return false;
	if (!HeapTupleIsValid(tuple))
		return false;
	mirror_row_read(row, scan->relation, RelationGetDescr(scan->table), tuple);
	return true;
}

void
lookup_end(lookup_scan *scan)
{
	if (scan->scan != NULL)
		systable_endscan(scan->scan);
	if (scan->rows.data != NULL)
		pfree(scan->rows.data);
	memset(&scan->rows, 0, sizeof(scan->rows));
	scan->scan = NULL;
}

/* lookup_one begins a scan by a number and reads its first row; the caller ends the scan. */
static bool
lookup_one(lookup_scan *scan, plugin_state *state, mirror_table table, int key, const char *wiki_id,
           int64 number, mirror_row *row)
{
	lookup_begin(scan, state, table, key, wiki_id, &(lookup_key){.number = number});
	return lookup_next(scan, row);
}

static void
read_page(const mirror_row *row, page_row *out)
{
	out->page_id = mirror_row_int(row, PAGE_ID);
	out->namespace_id = (int32) mirror_row_int(row, PAGE_NAMESPACE);
	out->title = mirror_row_text(row, PAGE_TITLE);
	if (out->title == NULL)
		out->title = pstrdup("");
	out->is_redirect = mirror_row_int(row, PAGE_IS_REDIRECT) != 0;
	out->latest = mirror_row_int(row, PAGE_LATEST);
}

bool
lookup_page(plugin_state *state, const char *wiki_id, int64 page_id, page_row *out)
{
	lookup_scan scan;
	mirror_row row;
	bool found = lookup_one(&scan, state, TABLE_PAGE, PAGE_BY_ID, wiki_id, page_id, &row);

	if (found)
		read_page(&row, out);
	lookup_end(&scan);
	return found;
}

bool
lookup_page_by_title(plugin_state *state, const char *wiki_id, int32 namespace_id,
                     const char *title, page_row *out)
{
	lookup_key keys[2] = {{.number = namespace_id}, {.text = title}};
	lookup_scan scan;
	mirror_row row;
	bool found;

	lookup_begin(&scan, state, TABLE_PAGE, PAGE_BY_TITLE, wiki_id, keys);
	found = lookup_next(&scan, &row);
	if (found)
		read_page(&row, out);
	lookup_end(&scan);
	return found;
}

/* lookup_revision_in reads a row of revision or of archive, whose columns have the same numbers. */
static bool
lookup_revision_in(plugin_state *state, mirror_table table, int key, const char *wiki_id,
                   int64 rev_id, revision_row *out)
{
	lookup_scan scan;
	mirror_row row;
	bool found = lookup_one(&scan, state, table, key, wiki_id, rev_id, &row);

	if (found)
	{
		out->rev_id = rev_id;
		out->page_id = mirror_row_int(&row, REV_PAGE);
		out->parent_id = mirror_row_int(&row, REV_PARENT_ID);
		out->actor_id = mirror_row_int(&row, REV_ACTOR);
		out->comment_id = mirror_row_int(&row, REV_COMMENT_ID);
		out->timestamp = mirror_row_time(&row, REV_TIMESTAMP);
		out->minor = mirror_row_int(&row, REV_MINOR_EDIT) != 0;
		out->bits = (int) mirror_row_int(&row, REV_DELETED);
		out->has_size = !mirror_row_is_null(&row, REV_LEN);
		out->size = mirror_row_int(&row, REV_LEN);
		out->sha1 = mirror_row_text(&row, REV_SHA1);
	}
	lookup_end(&scan);
	return found;
}

bool
lookup_revision(plugin_state *state, const char *wiki_id, int64 rev_id, revision_row *out)
{
	return lookup_revision_in(state, TABLE_REVISION, 0, wiki_id, rev_id, out);
}

bool
lookup_archived(plugin_state *state, const char *wiki_id, int64 rev_id, revision_row *out)
{
	return lookup_revision_in(state, TABLE_ARCHIVE, ARCHIVE_BY_REVISION, wiki_id, rev_id, out);
}

bool
lookup_actor(plugin_state *state, const char *wiki_id, int64 actor_id, actor_row *out)
{
	lookup_scan scan;
	mirror_row row;
	bool found = lookup_one(&scan, state, TABLE_ACTOR, 0, wiki_id, actor_id, &row) &&
	             !mirror_row_is_null(&row, ACTOR_NAME);

	if (found)
	{
		out->user_id = mirror_row_int(&row, ACTOR_USER);
		out->name = mirror_row_text(&row, ACTOR_NAME);
	}
	lookup_end(&scan);
	return found;
}

bool
lookup_user(plugin_state *state, const char *wiki_id, int64 user_id, user_row *out)
{
	lookup_scan scan;
	mirror_row row;
	bool found = lookup_one(&scan, state, TABLE_USER, 0, wiki_id, user_id, &row);

	if (found)
	{
		out->registration = mirror_row_time(&row, USER_REGISTRATION);
		out->has_edit_count = !mirror_row_is_null(&row, USER_EDITCOUNT);
		out->edit_count = mirror_row_int(&row, USER_EDITCOUNT);
		out->is_temp = mirror_row_int(&row, USER_IS_TEMP) != 0;
		out->is_system = mirror_row_int(&row, USER_IS_SYSTEM) != 0;
	}
	lookup_end(&scan);
	return found;
}

bool
lookup_content(plugin_state *state, const char *wiki_id, int64 content_id, content_row *out)
{
	lookup_scan scan;
	mirror_row row;
	bool found = lookup_one(&scan, state, TABLE_CONTENT, 0, wiki_id, content_id, &row);

	if (found)
	{
		out->size = mirror_row_int(&row, CONTENT_SIZE);
		out->sha1 = mirror_row_text(&row, CONTENT_SHA1);
		out->model_id = mirror_row_int(&row, CONTENT_MODEL);
	}
	lookup_end(&scan);
	return found;
}

bool
lookup_log(plugin_state *state, const char *wiki_id, int64 log_id, log_row *out)
{
	lookup_scan scan;
	mirror_row row;
	bool found = lookup_one(&scan, state, TABLE_LOGGING, LOGGING_BY_ID, wiki_id, log_id, &row);

	if (found)
	{
		out->type = mirror_row_text(&row, LOG_TYPE);
		if (out->type == NULL)
			out->type = pstrdup("");
		out->timestamp = mirror_row_time(&row, LOG_TIMESTAMP);
		out->actor_id = mirror_row_int(&row, LOG_ACTOR);
		out->comment_id = mirror_row_int(&row, LOG_COMMENT_ID);
		out->hidden = (int) mirror_row_int(&row, LOG_DELETED);
	}
	lookup_end(&scan);
	return found;
}

bool
lookup_redirect(plugin_state *state, const char *wiki_id, int64 page_id, redirect_row *out)
{
	lookup_scan scan;
	mirror_row row;
	bool found = lookup_one(&scan, state, TABLE_REDIRECT, 0, wiki_id, page_id, &row) &&
	             !mirror_row_is_null(&row, RD_TITLE);

	if (found)
	{
		out->namespace_id = (int32) mirror_row_int(&row, RD_NAMESPACE);
		out->title = mirror_row_text(&row, RD_TITLE);
		out->interwiki = mirror_row_text(&row, RD_INTERWIKI);
		if (out->interwiki != NULL && out->interwiki[0] == '\0')
			out->interwiki = NULL;
	}
	lookup_end(&scan);
	return found;
}

char *
lookup_comment(plugin_state *state, const char *wiki_id, int64 comment_id)
{
	lookup_scan scan;
	mirror_row row;
	char *text = NULL;

	if (lookup_one(&scan, state, TABLE_COMMENT, 0, wiki_id, comment_id, &row))
		text = mirror_row_text(&row, COMMENT_TEXT);
	lookup_end(&scan);
	return text;
}

static int
compare_groups(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

List *
lookup_groups(plugin_state *state, const char *wiki_id, int64 user_id, TimestampTz at)
{
	lookup_scan scan;
	mirror_row row;
	List *groups = NIL;

	lookup_begin(&scan, state, TABLE_USER_GROUPS, 0, wiki_id, &(lookup_key){.number = user_id});
	while (lookup_next(&scan, &row))
		if (!mirror_row_text_equals(&row, UG_GROUP, "", 0) && !mirror_row_is_null(&row, UG_GROUP) &&
		    mirror_row_time(&row, UG_EXPIRY) > at)
			groups = lappend(groups, mirror_row_text(&row, UG_GROUP));
	lookup_end(&scan);
	list_sort(groups, compare_groups);
	return groups;
}

int64
lookup_count_archived(plugin_state *state, const char *wiki_id, int64 page_id)
{
	lookup_scan scan;
	mirror_row row;
	int64 n = 0;

	lookup_begin(&scan, state, TABLE_ARCHIVE, ARCHIVE_BY_PAGE, wiki_id,
	             &(lookup_key){.number = page_id});
	for (; lookup_next(&scan, &row); n++)
		CHECK_FOR_INTERRUPTS();
	lookup_end(&scan);
	return n;
}

bool
lookup_was_restored(plugin_state *state, const char *wiki_id, int64 page_id)
{
	lookup_scan scan;
	mirror_row row;
	bool found = false;

	lookup_begin(&scan, state, TABLE_LOGGING, LOGGING_BY_PAGE, wiki_id,
	             &(lookup_key){.number = page_id});
	while (!found && lookup_next(&scan, &row))
		found = mirror_row_text_equals(&row, LOG_TYPE, "delete", 6) &&
		        mirror_row_text_equals(&row, LOG_ACTION, "restore", 7);
	lookup_end(&scan);
	return found;
}
