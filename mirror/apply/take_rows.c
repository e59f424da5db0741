/*
 * apply/take_rows.c
 *	  Row events: which are applied, and their rows one after the other; see take.h.
 */
#include <inttypes.h>
#include <string.h>
#include <strings.h>
#include "apply/take.h"
#include "rows/row_image.h"
#include "support/log.h"

static status
fail_rows(const source_table *t, const decode_error *err)
{
	const char *column = err->column >= 0 && (unsigned) err->column < t->map.column_count
	                         ? t->map.columns[err->column].name
	                         : "unknown";

	log_error_hint(TAKE_REMEDY, "a row event of %s.%s cannot be decoded, column %s: %s",
	               t->map.schema, t->map.table, column, err->message);
	return STATUS_DATA;
}

static status
fail_replace(const source_table *t)
{
	log_error_hint("let REPLACE name all columns of the table, or the source write whole rows (SET "
	               "GLOBAL binlog_row_image = "
	               "'FULL'); then copy the wiki again with mwmirror snapshot --force; the position "
	               "is before it",
	               "a REPLACE of %s.%s updated a row, and the row image lacks columns: they have "
	               "their defaults, which it does not tell",
	               t->map.schema, t->map.table);
	return STATUS_DATA;
}

/* The table of a row event if its rows are to be applied; *out NULL if they are left out. */
static status
find_table(applier *a, const reader_item *item, source_table **out)
{
	source_table *t;
	uint64_t id;

	*out = NULL;
	if (!row_event_table_id(item->body, item->len, &id))
	{
		log_error_hint(TAKE_REMEDY, "a row event is too short");
		return STATUS_DATA;
	}
	t = table_cache_find(a->tables, id);
	if (t == NULL)
	{
		log_error_hint(TAKE_REMEDY,
		               "a row event names the table id %" PRIu64 ", which no TABLE_MAP has", id);
		return STATUS_DATA;
	}
	if (t->wiki == NULL || gtid_list_covers(&t->wiki->snapshot, &a->id) || undone_row(a->undone))
		return STATUS_OK;
	*out = t;
	return table_cache_plan(a->tables, t);
}

/* What a row of text says under a name; NULL if it does not. */
static const value *
find_value(const source_table *t, const char *column)
{
	for (unsigned i = 0; i < t->map.column_count; i++)
	{
		if (strcasecmp(t->map.columns[i].name, column) == 0)
			return &t->after[i];
	}
	return NULL;
}

/* A row of text, in which a content is that may come next. */
static status
keep_text(applier *a, const source_table *t, row_kind kind)
{
	const value *id = find_value(t, "old_id");
	const value *text = find_value(t, "old_text");
	const value *flags = find_value(t, "old_flags");

	if (kind != ROW_INSERT)
		body_reader_forget(a->bodies);
	else if (id != NULL && (id->kind == VALUE_UINT || (id->kind == VALUE_INT && id->i > 0)) &&
	         text != NULL && text->kind == VALUE_BYTES && flags != NULL &&
	         flags->kind == VALUE_BYTES)
		return body_reader_keep(a->bodies, t->wiki, id->u, text->bytes.data, text->bytes.len,
		                        flags->bytes.data, flags->bytes.len);
	return STATUS_OK;
}

static status
apply_row(applier *a, source_table *t, row_kind kind)
{
	unsigned written = 0;
	status result = STATUS_OK;

	if (t->wiki->policy != CONTENT_NONE && strcmp(t->bare, "text") == 0)
		result = keep_text(a, t, kind);
	if (result == STATUS_OK)
		result = change_apply(&a->changes, t->wiki, t->plan, &a->id, kind, t->before, t->after,
		                      &written);
	if (result == STATUS_OK && t->wiki->policy != CONTENT_NONE)
		result = contents_take_row(a->contents, t, kind, &a->id);
	a->counts.rows++;
	group_add(a->group, 1, 0);
	if (written > 0)
		a->rows++;
	arena_reset(a->scratch);
	return result;
}

status
take_rows(applier *a, const reader_item *item)
{
	source_table *t;
	row_reader rows;
	decode_error err;
	status result = find_table(a, item, &t);
	int more;

	if (result != STATUS_OK || t == NULL)
		return result;
	if (!row_reader_open(&rows, item->type, item->body, item->len, &t->map, &err))
		return fail_rows(t, &err);
	if (item->replaces)
		return fail_replace(t);
	result = touched_add(&a->touched, t->wiki->wiki_id);
	if (result == STATUS_OK)
		result = group_begin(a->group);
	group_add(a->group, 0, item->len);
	while (result == STATUS_OK)
	{
		more = row_reader_next(&rows, a->scratch, t->before, t->after, &err);
		if (more < 0)
			return fail_rows(t, &err);
		if (more == 0)
			break;
		result = apply_row(a, t, rows.kind);
	}
	arena_reset(a->scratch);
	return result;
}
