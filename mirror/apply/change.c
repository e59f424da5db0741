/*
 * apply/change.c
 *	  One source row change to changes of the mirror's rows; see change.h.
 */
#include "apply/change.h"

#include <stdio.h>
#include <string.h>
#include "apply/change_image.h"
#include "apply/writing.h"
#include "support/log.h"

/* ---- images ---- */

/* Adds the columns that stand for guards which the image lacks; all of them: also for those that it holds. False: one has none. */
static bool
ask_guards(writing *x, const plan_guard *guards, unsigned count, const value *row, bool all)
{
	for (unsigned i = 0; i < count; i++)
	{
		if (row[guards[i].source].kind != VALUE_ABSENT && !all)
			continue;
		if (guards[i].stand_in == PLAN_NO_STAND_IN)
			return false;
		if (row[guards[i].source].kind == VALUE_ABSENT)
			x->form.read_back |= UINT64_C(1) << guards[i].stand_in;
	}
	return true;
}

/*
 * A column of which an UPDATE's images lack something, which therefore has not changed: the row's own columns may say it. Where only guards have
 * changed, and none hides it now, it is what it was, if it was not hidden.
 */
static status
ask_row(writing *x, unsigned i, const value *row, bool params_differ)
{
	const plan_column *column = &x->t->columns[i];
	const uint64_t bit = UINT64_C(1) << i;
	uint64_t read_back = 0;
	bool known = true;
	bool kept = false;

	for (unsigned j = 0; j < column->param_count; j++)
	{
		const plan_param *p = &column->params[j];

		if (x->after[column->first_param + j].kind != TARGET_ABSENT)
			continue;
		if (p->stand_in == PLAN_NO_STAND_IN)
			known = false;
		else
			read_back |= UINT64_C(1) << p->stand_in;
	}
	if (!known)
		kept = !params_differ;
	if ((!known && !kept) || writing_raw_of_column(column, x->after) != NULL ||
	    !ask_guards(x, column->null_when, column->null_when_count, row, kept) ||
	    !ask_guards(x, column->null_unless, column->null_unless_count, row, kept))
		return writing_note_lacking(x, column->name);
	x->form.set |= bit;
	x->form.asked |= bit;
	if (kept)
		x->form.kept |= bit;
	else
		x->form.read_back |= read_back;
	return STATUS_OK;
}

/* Converts a column of the new image and adds it to the form. */
static status
take_column(writing *x, unsigned i, const value *row, bool params_differ)
{
	const plan_column *column = &x->t->columns[i];
	const uint64_t bit = UINT64_C(1) << i;
	column_state state;
	convert_error err;
	unsigned source = 0;

	if (!change_convert_column(column, row, x->c->scratch, x->after, &state, &source, &err))
		return writing_fail_convert(x, column->name, source, NULL, &err);
	if (!state.null && state.absent + state.absent_guards > 0)
		return x->form.op == WRITE_UPDATE ? ask_row(x, i, row, params_differ)
		                                  : writing_note_lacking(x, column->name);
	x->form.set |= bit;
	if (state.null)
		x->form.null |= bit;
	return STATUS_OK;
}

/* Converts the columns that find the row, into x->before, and makes the WHERE of them. */
static status
take_where(writing *x, const value *row)
{
	for (unsigned i = 0; i < x->t->column_count; i++)
	{
		const plan_column *column = &x->t->columns[i];
		const uint64_t bit = UINT64_C(1) << i;
		column_state state;
		convert_error err;
		unsigned source = 0;

		if (!plan_column_finds(x->t, column))
			continue;
		if (!change_convert_column(column, row, x->c->scratch, x->before, &state, &source, &err))
			return writing_fail_convert(x, column->name, source, NULL, &err);
		if (!state.null && state.absent + state.absent_guards > 0 && x->t->keyless)
			continue;
		if (!state.null && state.absent + state.absent_guards > 0)
			return writing_note_lacking(x, column->name);
		x->form.where |= bit;
		if (x->t->keyless && x->before[column->first_param].kind == TARGET_NULL)
			x->form.where_null |= bit;
	}
	return STATUS_OK;
}

/* The first image, completed by the second. */
static const value *
complete(const writing *x, const value *first, const value *second)
{
	value *row = arena_alloc(x->c->scratch, x->pl->source_count * sizeof(value));

	for (unsigned i = 0; row != NULL && i < x->pl->source_count; i++)
		row[i] = first[i].kind == VALUE_ABSENT ? second[i] : first[i];
	if (row == NULL)
		log_error("out of memory for a row image");
	return row;
}

/* Where a content's address is to be written, its body takes its place. */
static status
take_body(writing *x)
{
	gtid_list since = {.items = &x->op.id, .count = 1};

	return x->t->bodies ? body_reader_fill(x->c->bodies, x->w, &since, x->t, x->after) : STATUS_OK;
}

/* ---- one target ---- */

static status
write_inserted(writing *x, const value *after)
{
	status result = STATUS_OK;

	x->form.op = WRITE_INSERT;
	x->op.verb = "INSERT";
	x->op.expect = EXPECT_ANY;
	for (unsigned i = 0; result == STATUS_OK && i < x->t->column_count; i++)
	{
		for (unsigned j = 0; j < x->t->columns[i].param_count; j++)
			x->after[x->t->columns[i].first_param + j].kind = TARGET_ABSENT;
		result = take_column(x, i, after, true);
	}
	if (result == STATUS_OK)
		result = take_body(x);
	if (result != STATUS_OK)
		return result;
	x->before = x->after;
	result = writing_send(x);
	return result == STATUS_OK ? writing_keep_raw_values(x, false) : result;
}

/* row_mode merge: sets the columns that are not the key on a row that may not be there. */
static status
write_merged(writing *x, const value *before, const value *after)
{
	const value *new = before == NULL ? after : complete(x, after, before);
	status result;

	if (new == NULL)
		return STATUS_MEMORY;

	x->form.op = WRITE_UPDATE;
	x->op.verb = "merge";
	x->op.expect = EXPECT_ANY;
	result = take_where(x, new);
	for (unsigned i = 0; result == STATUS_OK && i < x->t->column_count; i++)
	{
		if (!x->t->columns[i].key)
			result = take_column(x, i, new, true);
	}
	if (result != STATUS_OK || x->form.set == 0)
		return result;
	result = writing_send(x);
	return result == STATUS_OK ? writing_keep_raw_values(x, false) : result;
}

static status
write_updated(writing *x, const value *before, const value *after)
{
	const value *old = complete(x, before, after);
	const value *new = complete(x, after, before);
	const bool moved = change_key_differs(x->t, before, after);
	uint64_t key_columns = 0;
	status result = STATUS_OK;

	if (old == NULL || new == NULL)
		return STATUS_MEMORY;
	x->form.op = WRITE_UPDATE;
	x->op.verb = "UPDATE";
	for (unsigned i = 0; result == STATUS_OK && i < x->t->column_count; i++)
	{
		const plan_column *column = &x->t->columns[i];

		if (change_column_differs(column, before, after) &&
		    (moved || !change_leaves_merged(column, after)))
		{
			result = take_column(x, i, new, change_params_differ(column, before, after));
			if (plan_column_identifies(x->t, column))
				key_columns |= UINT64_C(1) << i;
		}
	}
	if (result != STATUS_OK || x->form.set == 0)
		return result;
	result = take_where(x, old);
	if (result == STATUS_OK)
		result = take_body(x);
	if (result == STATUS_OK)
		result = writing_send(x);
	if (result != STATUS_OK)
		return result;
	/* raw values need the whole new key */
	for (unsigned i = 0; key_columns != 0 && i < x->t->column_count; i++)
	{
		const plan_column *column = &x->t->columns[i];

		if (plan_column_identifies(x->t, column) && (key_columns >> i & 1) == 0)
			memcpy(&x->after[column->first_param], &x->before[column->first_param],
			       column->param_count * sizeof(target_value));
	}
	return writing_keep_raw_values(x, key_columns != 0);
}

static status
write_deleted(writing *x, const value *before)
{
	status result;

	x->form.op = WRITE_DELETE;
	x->op.verb = "DELETE";
	result = take_where(x, before);
	if (result == STATUS_OK)
		result = writing_send(x);
	return result == STATUS_OK ? writing_keep_raw_values(x, false) : result;
}

/* ---- rows that are not mirrored ---- */

static status
ask_filter(writing *x, const value *row, row_filter_answer *out)
{
	unsigned column = 0;
	convert_error err;

	*out = row_filter_ask(x->t->filter, row, x->c->scratch, &column, &err);
	return *out == ROW_FILTER_FAILED ? writing_fail_convert(x, "row_filter", column, NULL, &err)
	                                 : STATUS_OK;
}

/* True if an UPDATE gives a column anew by which rows are filtered. */
static bool
filter_is_touched(const writing *x, const value *after)
{
	for (unsigned i = 0; i < x->t->filter->count; i++)
	{
		if (after[x->t->filter->conditions[i].source].kind != VALUE_ABSENT)
			return true;
	}
	return false;
}

/* An UPDATE may move a row into what is mirrored, or out of it. What its images lack has not changed, or was something else. */
static status
update_filtered(writing *x, const value *before, const value *after)
{
	const value *new = complete(x, after, before);
	row_filter_answer was, is;
	status result = new == NULL ? STATUS_MEMORY : ask_filter(x, before, &was);

	if (result == STATUS_OK)
		result = ask_filter(x, new, &is);
	if (result != STATUS_OK || (was == ROW_FILTER_LEFT_OUT && is == ROW_FILTER_LEFT_OUT))
		return result;
	if (was == ROW_FILTER_UNKNOWN)
		x->op.expect = EXPECT_ANY;
	if (is == ROW_FILTER_LEFT_OUT)
		return write_deleted(x, before);
	if (was == ROW_FILTER_LEFT_OUT && is == ROW_FILTER_MIRRORED)
		return write_inserted(x, new);
	if (was == ROW_FILTER_MIRRORED || !filter_is_touched(x, after))
		return write_updated(x, before, after);
	x->op.verb = "UPDATE";
	return writing_note_lacking(x, "whether row_filter lets the row in, a row");
}

static status
write_filtered(writing *x, row_kind kind, const value *before, const value *after)
{
	row_filter_answer answer;
	status result;

	if (kind == ROW_UPDATE)
		return update_filtered(x, before, after);
	result = ask_filter(x, kind == ROW_INSERT ? after : before, &answer);
	if (result != STATUS_OK || answer == ROW_FILTER_LEFT_OUT)
		return result;
	if (kind == ROW_INSERT && answer == ROW_FILTER_MIRRORED)
		return write_inserted(x, after);
	if (kind == ROW_INSERT)
	{
		x->op.verb = "INSERT";
		return writing_note_lacking(x, "whether row_filter lets the row in, a row");
	}
	if (answer == ROW_FILTER_UNKNOWN)
		x->op.expect = EXPECT_ANY;
	return write_deleted(x, before);
}

static status
write_target(writing *x, row_kind kind, const value *before, const value *after)
{
	size_t size = (x->t->param_count + 1) * sizeof(target_value);

	memset(&x->form, 0, sizeof(x->form));
	x->form.target = x->t;
	x->op.table = x->t->quoted;
	x->op.plain = false;
	x->shared =
	    x->t->shared && sharing_is(x->c->sharing, x->w, x->pl->source_table, x->t, x->c->position);
	x->op.expect = x->shared || x->t->bodies ? EXPECT_ANY : EXPECT_ONE;
	x->after = arena_alloc_zero(x->c->scratch, size);
	x->before = arena_alloc_zero(x->c->scratch, size);
	if (x->after == NULL || x->before == NULL)
	{
		log_error("out of memory for a row");
		return STATUS_MEMORY;
	}
	if (x->t->merge)
		return kind == ROW_DELETE ? STATUS_OK
		                          : write_merged(x, kind == ROW_UPDATE ? before : NULL, after);
	if (x->t->filter != NULL)
		return write_filtered(x, kind, before, after);
	if (kind == ROW_INSERT)
		return write_inserted(x, after);
	if (kind == ROW_UPDATE)
		return write_updated(x, before, after);
	return write_deleted(x, before);
}

static void
begin_writing(writing *x, change_context *c, const wiki *w, const plan *pl, const gtid *id,
              unsigned *written)
{
	memset(x, 0, sizeof(*x));
	x->c = c;
	x->w = w;
	x->pl = pl;
	x->written = written;
	x->op.id = *id;
	snprintf(x->op.wiki, sizeof(x->op.wiki), "%s", w->wiki_id);
}

status
change_apply(change_context *c, const wiki *w, const plan *pl, const gtid *id, row_kind kind,
             const value *before, const value *after, unsigned *written)
{
	writing x;
	status result = STATUS_OK;

	begin_writing(&x, c, w, pl, id, written);
	for (unsigned i = 0; result == STATUS_OK && i < pl->target_count; i++)
	{
		x.t = &pl->targets[i];
		if (!x.t->bodies ||
		    (w->policy != CONTENT_NONE && (kind == ROW_INSERT || w->policy != CONTENT_STREAM)))
			result = write_target(&x, kind, before, after);
	}
	return result;
}

status
change_empty(change_context *c, const wiki *w, const plan *pl, const gtid *id)
{
	writing x;
	unsigned written = 0;
	status result = STATUS_OK;

	begin_writing(&x, c, w, pl, id, &written);
	for (unsigned i = 0; result == STATUS_OK && i < pl->target_count; i++)
	{
		x.t = &pl->targets[i];
		if (x.t->merge || (x.t->shared && x.t->own == NULL))
			continue;
		memset(&x.form, 0, sizeof(x.form));
		x.form.target = x.t;
		x.form.op = WRITE_EMPTY;
		x.op.verb = "DELETE";
		x.op.table = x.t->quoted;
		x.op.expect = EXPECT_ANY;
		snprintf(x.op.key, sizeof(x.op.key), "all");
		result = writing_send_statement(&x);
		if (result == STATUS_OK && x.t->own == NULL)
			result = raw_values_empty(c->raws, c->batch, c->params, &x.op, w->wiki_id, x.t->table);
	}
	return result;
}
