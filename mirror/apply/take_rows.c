/*
 * apply/take_rows.c
 *	  Row events: which are applied, and their rows one after the other; see take.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "apply/copy_again.h"
#include "apply/source_types.h"
#include "apply/take.h"
#include "mapping/utf8.h"
#include "rows/row_image.h"
#include "rows/types.h"
#include "snapshot/key_range.h"
#include "support/log.h"

#define KEY_NUMBER_SIZE 24
#define KEYS_MOST                                                                                  \
	2000 /* of a table that wait to be compared: each one that comes has all of them read anew */

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

/* The table of a row event if its wiki must follow it; *out NULL if not. */
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
	return STATUS_OK;
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

/* NULL if the table is not being copied. As it is now: a row may have changed that. */
static copy_entry *
find_copy(const applier *a, const source_table *t)
{
	return copy_watch_is_any(a->copies) ? copy_watch_find(a->copies, t->wiki, t->bare) : NULL;
}

/* The first column of the primary key, if ranges of it can be compared, and its kind; NULL if not. */
static const column_def *
find_key(const source_table *t, const char **kind)
{
	const column_def *c;

	if (t->map.first_in_key < 0)
		return NULL;
	c = &t->map.columns[t->map.first_in_key];
	switch (c->type)
	{
		case TYPE_TINY:
		case TYPE_SHORT:
		case TYPE_INT24:
		case TYPE_LONG:
		case TYPE_LONGLONG:
			*kind = key_kind_name(KEY_INTEGER);
			return c;
		case TYPE_VARCHAR:
			*kind = key_kind_name(KEY_BYTES);
			return c->charset == COLLATION_BINARY ? c : NULL;
		default:
			return NULL;
	}
}

/* A key as a bound; number is room for it. False if it is none, or no text, which the mirror finds by something else. */
static bool
write_key(const value *v, char number[KEY_NUMBER_SIZE], key_bound *out)
{
	switch (v->kind)
	{
		case VALUE_INT:
			snprintf(number, KEY_NUMBER_SIZE, "%" PRId64, v->i);
			break;
		case VALUE_UINT:
			snprintf(number, KEY_NUMBER_SIZE, "%" PRIu64, v->u);
			break;
		case VALUE_BYTES:
			*out = (key_bound){(char *) v->bytes.data, v->bytes.len};
			return utf8_valid_prefix(out->data, out->len) == out->len;
		default:
			return false;
	}
	*out = (key_bound){number, strlen(number)};
	return true;
}

/*
 * Has what rows of an image have as key compared: before and after, NULL for what does not count. Where that cannot be said, or is too much, the table is copied again.
 */
static status
take_again(applier *a, const source_table *t, const copy_entry *e, const value *before,
           const value *after, const char *why)
{
	const char *kind = NULL;
	const column_def *c = find_key(t, &kind);
	const value *images[] = {before, after};
	char numbers[2][KEY_NUMBER_SIZE];
	key_bound keys[2];
	size_t count = 0;
	status result = STATUS_OK;

	if (e != NULL && c != NULL &&
	    (e->range_count >= KEYS_MOST || e->key_column == NULL ||
	     strcasecmp(e->key_column, c->name) != 0 ||
	     e->kind != (c->type == TYPE_VARCHAR ? COPY_KEY_BYTES : COPY_KEY_INTEGER)))
		c = NULL;
	for (size_t i = 0; c != NULL && i < 2; i++)
	{
		const value *v = images[i] == NULL ? NULL : &images[i][t->map.first_in_key];

		/* an UPDATE that leaves it may not say it again */
		if (v == NULL || (i == 1 && before != NULL && v->kind == VALUE_ABSENT))
			continue;
		if (!write_key(v, numbers[count], &keys[count]))
			c = NULL;
		else if (count == 0 || keys[0].len != keys[1].len ||
		         memcmp(keys[0].data, keys[1].data, keys[0].len) != 0)
			count++;
	}
	if (c == NULL || count == 0)
		return copy_again_table(a, t->wiki, t->bare, why);
	for (size_t i = 0; result == STATUS_OK && i < count; i++)
		result = copy_again_key(a, t->wiki, t->bare, c->name, kind, &keys[i], why);
	return result;
}

/* A row whose image does not say all that must be known is compared with the source. */
static status
apply_row(applier *a, source_table *t, row_kind kind)
{
	unsigned written = 0;
	status result = STATUS_OK;

	if (kind == ROW_INSERT)
		result = source_defaults_fill(a->defaults, t, a->row_time, &a->changes);
	if (result == STATUS_OK && t->wiki->policy != CONTENT_NONE && strcmp(t->bare, "text") == 0)
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
	if (result != STATUS_DATA || a->changes.lacking[0] == '\0')
		return result;
	result = take_again(a, t, find_copy(a, t), kind == ROW_INSERT ? NULL : t->before,
	                    kind == ROW_DELETE ? NULL : t->after, a->changes.lacking);
	a->changes.lacking[0] = '\0';
	return result;
}

/* ---- rows of a table that is being copied ---- */

/* The column of the map's key; false if the table has it no more. */
static bool
find_key_column(const source_table *t, const copy_entry *e, unsigned *out)
{
	for (unsigned i = 0; i < t->map.column_count; i++)
	{
		if (strcasecmp(t->map.columns[i].name, e->key_column) != 0)
			continue;
		*out = i;
		return true;
	}
	return false;
}

/* True if the table only adds to rows of others. */
static bool
only_merges(const plan *pl)
{
	for (unsigned i = 0; i < pl->target_count; i++)
		if (!pl->targets[i].merge)
			return false;
	return true;
}

/* What becomes of a row with the key, once its chunk is read. */
static status
ask_copy(applier *a, const source_table *t, copy_entry *e, const copy_key *key, copy_answer *out)
{
	copy_chunk *chunk = NULL;
	status result = STATUS_OK;

	while (result == STATUS_OK && (*out = copy_entry_answer(e, key, &a->id, &chunk)) == COPY_WAIT)
		result = copy_watch_wait(a->copies, e, chunk);
	/* the chunk could not add to a row that only follow will write: what came since is said again, in order, and ends as it is in the chunk */
	if (result == STATUS_OK && *out == COPY_LEAVE && chunk != NULL &&
	    chunk->state == COPY_CHUNK_COPIED && only_merges(t->plan))
		*out = COPY_APPLY;
	return result;
}

/* The row of an UPDATE as a whole; false if the images do not have all of it. */
static bool
complete_after(source_table *t)
{
	for (unsigned i = 0; i < t->map.column_count; i++)
	{
		if (t->after[i].kind == VALUE_ABSENT)
			t->after[i] = t->before[i];
		if (t->after[i].kind == VALUE_ABSENT)
			return false;
	}
	return true;
}

/* A row of an UPDATE that moves it between ranges may come, or go. */
static status
apply_moved(applier *a, source_table *t, copy_answer before, copy_answer after)
{
	if (before == after)
		return before == COPY_APPLY ? apply_row(a, t, ROW_UPDATE) : STATUS_OK;
	if (before == COPY_APPLY)
		return apply_row(a, t, ROW_DELETE);
	if (!complete_after(t))
		return take_again(a, t, find_copy(a, t), NULL, t->after,
		                  "a row got another key, and its image has not all columns");
	return apply_row(a, t, ROW_INSERT);
}

static status
apply_copied(applier *a, source_table *t, copy_entry *e, row_kind kind)
{
	const value *before = NULL;
	const value *after = NULL;
	copy_answer answers[2] = {COPY_LEAVE, COPY_LEAVE};
	copy_key keys[2] = {{0}, {0}};
	unsigned column = 0;
	status result = STATUS_OK;

	if (e->kind != COPY_KEY_NONE)
	{
		if (!find_key_column(t, e, &column))
			return copy_again_table(a, t->wiki, t->bare,
			                        "the column of its key is not there any more");
		before = kind == ROW_INSERT ? NULL : &t->before[column];
		after = kind == ROW_DELETE ? NULL : &t->after[column];
		if (kind == ROW_UPDATE && after->kind == VALUE_ABSENT)
			after = before;
		if ((before != NULL && !copy_entry_key(e, before, &keys[0])) ||
		    (after != NULL && !copy_entry_key(e, after, &keys[1])))
			return copy_again_table(a, t->wiki, t->bare,
			                        "a row's key cannot be told from its image");
	}
	if (kind != ROW_INSERT)
		result = ask_copy(a, t, e, &keys[0], &answers[0]);
	if (result == STATUS_OK && kind != ROW_DELETE)
		result = ask_copy(a, t, e, &keys[1], &answers[1]);
	if (result != STATUS_OK)
		return result;
	if (kind == ROW_UPDATE)
		return apply_moved(a, t, answers[0], answers[1]);
	return answers[kind == ROW_INSERT] == COPY_APPLY ? apply_row(a, t, kind) : STATUS_OK;
}

static status
take_row(applier *a, source_table *t, row_kind kind)
{
	copy_entry *e = find_copy(a, t);

	return e == NULL ? apply_row(a, t, kind) : apply_copied(a, t, e, kind);
}

/* A row whose image does not say what columns that it lacks have become. */
static status
take_doubtful(applier *a, source_table *t, row_kind kind, reader_statement of)
{
	const char *why = of == READER_STATEMENT_REPLACE
	                      ? "a REPLACE updated a row, and the row image lacks columns that it does "
	                        "not name: they got their defaults"
	                      : "the row image of an UPDATE lacks columns, and "
	                        "binlog_annotate_row_events = OFF in its session: it may be of a "
	                        "REPLACE, which has set them to their defaults";
	const copy_entry *e = find_copy(a, t);

	if (e != NULL && copy_entry_is_blank(e))
		return STATUS_OK;
	/* of what is being copied it would have to be asked which rows are there */
	if (e != NULL && (e->again || !e->copied || e->count > 0))
		return copy_again_table(a, t->wiki, t->bare, why);
	return take_again(a, t, e, kind == ROW_INSERT ? NULL : t->before,
	                  kind == ROW_DELETE ? NULL : t->after, why);
}

/* True if the table is copied, or being copied. */
static bool
is_followed(const applier *a, const source_table *t)
{
	return t->wiki->snapshot_text != NULL || find_copy(a, t) != NULL;
}

/* True if nothing of the table is copied yet: then its rows, which may be what a copy is to get past, are not even read. */
static bool
is_left_out(const applier *a, const source_table *t)
{
	const copy_entry *e = find_copy(a, t);

	return e == NULL ? t->wiki->snapshot_text == NULL : copy_entry_is_blank(e);
}

/* Makes the table's plan before its first row. */
static status
plan_table(applier *a, source_table *t)
{
	status result;

	if (t->plan != NULL)
		return STATUS_OK;
	result = table_cache_plan(a->tables, t);
	if (result == STATUS_OK)
		result = unmapped_take_shape(a, t);
	return result == STATUS_OK ? source_types_note(a, t) : result;
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
	/* what is decided by what is copied holds in a group */
	result = group_begin(a->group);
	if (result == STATUS_OK && xa_is_prepared(a->xa))
		return is_followed(a, t) ? xa_note(a->xa, t) : STATUS_OK;
	if (result != STATUS_OK || is_left_out(a, t))
		return result;
	result = plan_table(a, t);
	if (result != STATUS_OK)
		return result;
	if (!row_reader_open(&rows, item->type, item->body, item->len, &t->map, &err))
		return fail_rows(t, &err);
	if (rows.uncounted)
		return copy_again_table(
		    a, t->wiki, t->bare,
		    "rows that set no column, and are not in their event (binlog_row_image)");
	a->row_time = item->timestamp;
	result = touched_add(&a->touched, t->wiki->wiki_id);
	group_add(a->group, 0, item->len);
	while (result == STATUS_OK)
	{
		more = row_reader_next(&rows, a->scratch, t->before, t->after, &err);
		if (more < 0)
			return fail_rows(t, &err);
		if (more == 0)
			break;
		result = item->statement == READER_STATEMENT_PLAIN
		             ? take_row(a, t, rows.kind)
		             : take_doubtful(a, t, rows.kind, item->statement);
		arena_reset(a->scratch);
	}
	arena_reset(a->scratch);
	return result;
}
