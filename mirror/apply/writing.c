/*
 * apply/writing.c
 *	  A row of one target on its way into the mirror; see writing.h.
 */
#include "apply/writing.h"

#include <stdio.h>
#include <string.h>
#include "apply/change_image.h"
#include "support/log.h"

status
writing_fail_convert(const writing *x, const char *column, unsigned source_column,
                     const target_value *key_values, const convert_error *err)
{
	char key[PIPELINE_KEY_SIZE] = "unknown";
	char text[GTID_TEXT_SIZE];

	if (key_values != NULL)
		change_write_key(x->t, key_values, ',', key, sizeof(key));
	gtid_format(&x->op.id, text);
	log_set_gtid(text);
	log_error_hint("correct the row at the source or its rule in mwmirror.column_map, then copy "
	               "the wiki again with mwmirror snapshot --force; the position is before it",
	               "%s.%s, column %s -> %s of %s (wiki %s, key %s): %s", x->w->database,
	               x->pl->source_table, x->pl->source_names[source_column], column, x->t->quoted,
	               x->w->wiki_id, key, err->message);
	return STATUS_DATA;
}

status
writing_note_lacking(writing *x, const char *column)
{
	snprintf(x->c->lacking, sizeof(x->c->lacking),
	         "the row image of an %s lacks what makes %s of %s (binlog_row_image)", x->op.verb,
	         column, x->t->quoted);
	return STATUS_DATA;
}

/* Puts the values of all slots but the wiki. */
static status
put_slots(writing *x, const write_statement *s, param_set *params)
{
	convert_error err;

	for (unsigned i = 1; i < s->slot_count; i++)
	{
		const write_slot *slot = &s->slots[i];
		const target_value *values = slot->image == SLOT_AFTER ? x->after : x->before;

		if (!param_put(params, slot->type, &values[slot->param], &err))
		{
			const plan_column *column = &x->t->columns[slot->column];

			return writing_fail_convert(
			    x, column->name, column->params[slot->param - column->first_param].sources[0],
			    x->before, &err);
		}
	}
	return STATUS_OK;
}

status
writing_send_statement(writing *x)
{
	const write_statement *s;
	convert_error err;
	status result = write_cache_get(x->c->statements, x->c->pipe, &x->form, &s);

	if (result != STATUS_OK)
		return result;
	if (x->form.op != WRITE_EMPTY)
		change_write_key(x->t, x->before, ',', x->op.key, sizeof(x->op.key));
	param_reset(x->c->params);
	if (!param_put_text(x->c->params, x->w->wiki_id, strlen(x->w->wiki_id), &err))
		return writing_fail_convert(x, "wiki_id", 0, NULL, &err);
	result = put_slots(x, s, x->c->params);
	return result == STATUS_OK ? row_batch_statement(x->c->batch, x->c->params, s->name, &x->op)
	                           : result;
}

/* Where a row may be there an INSERT updates it; a plain one, which then fails, costs less. */
static void
choose_insert(writing *x, uint8_t *flags, bool *plain)
{
	const bool expected = x->shared || !x->c->plain;

	*flags = expected && !x->t->keyless ? BATCH_UPSERT : 0;
	*plain = !expected && !x->t->keyless;
	if (x->t->bodies && x->w->policy == CONTENT_STREAM)
	{
		*flags = BATCH_TELL;
		*plain = false;
	}
	x->form.plain = *plain;
	x->op.plain = *plain;
}

status
writing_send(writing *x)
{
	uint8_t flags = x->op.expect == EXPECT_ANY ? BATCH_MAY_MISS : 0;
	bool plain = false;
	batch_item *item;
	row_shape *shape;
	unsigned column;
	convert_error err;

	if (x->form.op == WRITE_INSERT)
		choose_insert(x, &flags, &plain);
	(*x->written)++;
	switch (change_items_make(x->c->items, x->w->wiki_id, &x->form, flags, x->before, x->after,
	                          &item, &shape, &column, &err))
	{
		case CHANGE_ITEM_MADE:
			return row_batch_add(x->c->batch, &x->op.id, shape, item, plain);
		case CHANGE_ITEM_NEEDS_SQL:
			return writing_send_statement(x);
		case CHANGE_ITEM_MISFIT:
			return writing_fail_convert(x, x->t->columns[column].name,
			                            x->t->columns[column].params[0].sources[0], x->before,
			                            &err);
		case CHANGE_ITEM_NO_MEMORY:
			break;
	}
	log_error("out of memory for the columns of a table");
	return STATUS_MEMORY;
}

/* The row's key as in raw_value.row_key, in the scratch arena. */
static const char *
raw_key(const writing *x, const target_value *values, size_t *len)
{
	char none[1];
	char *key;

	*len = change_write_key(x->t, values, RAW_KEY_SEPARATOR, none, sizeof(none));
	key = arena_alloc(x->c->scratch, *len + 1);
	if (key != NULL)
		change_write_key(x->t, values, RAW_KEY_SEPARATOR, key, *len + 1);
	else
		log_error("out of memory for a row's key");
	return key;
}

const target_value *
writing_raw_of_column(const plan_column *column, const target_value *values)
{
	for (unsigned i = 0; i < column->param_count; i++)
	{
		const target_value *v = &values[column->first_param + i];

		if (v->kind != TARGET_ABSENT && v->raw_needed)
			return v;
	}
	return NULL;
}

/* Sets and clears the raw values of the columns that were written. */
static status
write_raw_columns(writing *x, const raw_row *row)
{
	uint64_t written = x->form.set & ~x->form.kept;
	status result = STATUS_OK;

	for (unsigned i = 0; result == STATUS_OK && i < x->t->column_count; i++)
	{
		const plan_column *column = &x->t->columns[i];
		const target_value *raw = writing_raw_of_column(column, x->after);

		if ((written >> i & 1) == 0)
			continue;
		if (raw != NULL && (x->form.null >> i & 1) == 0)
			result =
			    raw_values_set(x->c->raws, x->c->batch, row, column->name, raw->raw, raw->raw_len);
		else if (x->form.op == WRITE_UPDATE)
			result = raw_values_delete(x->c->raws, x->c->batch, row, column->name);
	}
	return result;
}

static bool
any_raw(const writing *x)
{
	for (unsigned i = 0; i < x->t->column_count; i++)
	{
		if ((x->form.set >> i & 1) != 0 &&
		    writing_raw_of_column(&x->t->columns[i], x->after) != NULL)
			return true;
	}
	return false;
}

status
writing_keep_raw_values(writing *x, bool key_changed)
{
	raw_row row = {.id = &x->op.id, .wiki_id = x->w->wiki_id, .table = x->t->table};
	status result = STATUS_OK;

	if (!raw_values_any(x->c->raws, x->w->wiki_id, x->t->table) &&
	    (x->form.op == WRITE_DELETE || !any_raw(x)))
		return STATUS_OK;
	row.key = raw_key(x, x->before, &row.key_len);
	if (row.key == NULL)
		return STATUS_MEMORY;
	if (x->form.op != WRITE_UPDATE)
		result = raw_values_delete(x->c->raws, x->c->batch, &row, NULL);
	else if (key_changed)
	{
		size_t len;
		const char *key = raw_key(x, x->after, &len);

		if (key == NULL)
			return STATUS_MEMORY;
		x->op.expect = EXPECT_ANY;
		result = raw_values_move(x->c->raws, x->c->batch, x->c->params, &x->op, &row, key, len);
		row.key = key;
		row.key_len = len;
	}
	if (result != STATUS_OK || x->form.op == WRITE_DELETE)
		return result;
	return write_raw_columns(x, &row);
}
