/*
 * apply/write_sql.c
 *	  SQL of writes; see write_sql.h.
 */
#include "apply/write_sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct builder
{
	FILE *out;
	const write_form *form;
	write_slot *slots;
	unsigned count;
	slot_image image; /* of the parameters that are being written */
	unsigned column;
	const char *old; /* before columns of the row as it was */
} builder;

static bool
in_set(uint64_t set, unsigned column)
{
	return (set >> column & 1) != 0;
}

/* True if the column of the target stands for a source column that the image lacks. */
static bool
stands_in(const write_form *form, int16_t column)
{
	return column != PLAN_NO_STAND_IN && in_set(form->read_back, (unsigned) column);
}

static void
write_param(FILE *out, const plan_column *column, int i, void *context)
{
	builder *b = context;
	write_slot *slot = &b->slots[b->count];

	if (i < 0)
	{
		fputs("$1", out);
		return;
	}
	if (in_set(b->form->asked, b->column) && stands_in(b->form, column->params[i].stand_in))
	{
		fprintf(out, "t.%s", b->form->target->columns[column->params[i].stand_in].quoted);
		return;
	}
	slot->image = b->image;
	slot->column = b->column;
	slot->param = column->first_param + (unsigned) i;
	slot->type = column->params[i].type;
	b->count++;
	fprintf(out, "$%u", b->count);
}

/* A column's value; of a key it is computed once, not for each row that is looked at. */
static void
write_value(builder *b, unsigned i, slot_image image, bool subselect)
{
	const plan_column *column = &b->form->target->columns[i];
	bool wrap = column->expression != NULL;

	b->image = image;
	b->column = i;
	if (wrap)
		fputs(subselect ? "(SELECT " : "(", b->out);
	plan_write_expression(b->out, column, write_param, b);
	if (wrap)
		fputc(')', b->out);
}

static void
write_insert(builder *b)
{
	const plan_target *t = b->form->target;
	bool first = true;

	fprintf(b->out, "INSERT INTO %s AS t (wiki_id", t->quoted);
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (in_set(b->form->set, i))
			fprintf(b->out, ", %s", t->columns[i].quoted);
	}
	fputs(") VALUES ($1", b->out);
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (!in_set(b->form->set, i))
			continue;
		fputs(", ", b->out);
		if (in_set(b->form->null, i))
			fputs("NULL", b->out);
		else
			write_value(b, i, SLOT_AFTER, false);
	}
	fputc(')', b->out);
	if (t->keyless || b->form->plain)
		return;
	fputs(" ON CONFLICT (wiki_id", b->out);
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (t->columns[i].key)
			fprintf(b->out, ", %s", t->columns[i].quoted);
	}
	fputs(") DO ", b->out);
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (t->columns[i].key)
			continue;
		fprintf(b->out, "%s%s = excluded.%s", first ? "UPDATE SET " : ", ", t->columns[i].quoted,
		        t->columns[i].quoted);
		first = false;
	}
	if (first)
		fputs("NOTHING", b->out);
}

/* An UPDATE that gives a row another key: with the old one it is gone. */
static bool
moves_key(const write_form *form)
{
	for (unsigned i = 0; form->op == WRITE_UPDATE && i < form->target->column_count; i++)
	{
		if (form->target->columns[i].key && in_set(form->set, i))
			return true;
	}
	return false;
}

/* What the row refers to goes into the WAL with the mark, as it does of rows in batches. */
static void
write_returning(builder *b)
{
	if (moves_key(b->form))
	{
		fputs(" RETURNING mwmirror.note_row(o, true), mwmirror.note_row(t, false)", b->out);
		return;
	}
	fprintf(b->out, " RETURNING mwmirror.note_row(t, %s)",
	        b->form->op == WRITE_DELETE ? "true" : "false");
}

static void
write_condition(builder *b)
{
	const plan_target *t = b->form->target;

	fprintf(b->out, "%swiki_id = $1", b->old);
	for (unsigned i = 0; i < t->column_count; i++)
	{
		const plan_column *column = &t->columns[i];

		if (!in_set(b->form->where, i))
			continue;
		fprintf(b->out, " AND %s%s ", b->old, column->quoted);
		if (in_set(b->form->where_null, i))
		{
			fputs("IS NULL", b->out);
			continue;
		}
		fputs(column->key || column->match ? "= " : "IS NOT DISTINCT FROM ", b->out);
		write_value(b, i, SLOT_BEFORE, true);
	}
}

/* Rows of a table without key may repeat: one source row is one of them. */
static void
write_where(builder *b)
{
	fputs(" WHERE ", b->out);
	if (b->form->target->keyless)
	{
		fprintf(b->out, "wiki_id = $1 AND ctid = (SELECT ctid FROM %s WHERE ",
		        b->form->target->quoted);
		write_condition(b);
		fputs(" LIMIT 1)", b->out);
	}
	else
		write_condition(b);
}

/* "<the column is not zero> OR " for guards whose columns are asked, with NOT for those that hide when zero. */
static void
write_guards(builder *b, const plan_guard *guards, unsigned count, bool unless)
{
	const plan_target *t = b->form->target;

	for (unsigned i = 0; i < count; i++)
	{
		const plan_column *c;

		if (!in_set(b->form->kept, b->column) && !stands_in(b->form, guards[i].stand_in))
			continue;
		c = &t->columns[guards[i].stand_in];
		fprintf(b->out, "%s(coalesce(t.%s, %s) OR ", unless ? "NOT " : "", c->quoted,
		        c->type == MAPPING_BOOL ? "false)" : "0) <> 0");
	}
}

/* A value that the row itself helps to say. */
static void
write_asked(builder *b, unsigned i)
{
	const plan_target *t = b->form->target;
	const plan_column *column = &t->columns[i];

	b->column = i;
	fputs("CASE WHEN ", b->out);
	write_guards(b, column->null_when, column->null_when_count, false);
	write_guards(b, column->null_unless, column->null_unless_count, true);
	fputs("false THEN ", b->out);
	if (in_set(b->form->kept, i))
		fprintf(b->out, "mwmirror.image_lacks(t.%s, $1) ELSE t.%s", column->quoted, column->quoted);
	else
	{
		fputs("NULL ELSE ", b->out);
		write_value(b, i, SLOT_AFTER, false);
	}
	fputs(" END", b->out);
}

static void
write_update(builder *b)
{
	const plan_target *t = b->form->target;
	bool first = true;

	fprintf(b->out, "UPDATE %s AS t SET ", t->quoted);
	for (unsigned i = 0; i < t->column_count; i++)
	{
		const char *name = t->columns[i].quoted;

		if (!in_set(b->form->set, i))
			continue;
		fprintf(b->out, "%s%s = ", first ? "" : ", ", name);
		first = false;
		if (in_set(b->form->null, i))
			fputs("NULL", b->out);
		else if (in_set(b->form->asked, i))
			write_asked(b, i);
		else
			write_value(b, i, SLOT_AFTER, false);
	}
	if (!moves_key(b->form))
	{
		write_where(b);
		return;
	}
	/* RETURNING shows what a row becomes only: what it was is another one's */
	fprintf(b->out, " FROM %s AS o WHERE ", t->quoted);
	b->old = "o.";
	write_condition(b);
	fputs(" AND t.wiki_id = o.wiki_id", b->out);
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (t->columns[i].key)
			fprintf(b->out, " AND t.%s = o.%s", t->columns[i].quoted, t->columns[i].quoted);
	}
}

bool
write_sql_build(const write_form *form, char **sql, write_slot **slots, unsigned *slot_count)
{
	const plan_target *t = form->target;
	builder b = {.form = form, .old = ""};
	size_t expression_uses = 0;
	size_t size;

	/* an expression may use a parameter more than once, each time as another $n */
	for (unsigned i = 0; i < t->column_count; i++)
		expression_uses += t->columns[i].expression == NULL ? 1 : strlen(t->columns[i].expression);
	b.slots = calloc(1 + 2 * expression_uses, sizeof(write_slot));
	b.out = open_memstream(sql, &size);
	if (b.slots == NULL || b.out == NULL)
	{
		if (b.out != NULL)
		{
			fclose(b.out);
			free(*sql);
		}
		free(b.slots);
		return false;
	}
	b.slots[b.count++] = (write_slot){.image = SLOT_WIKI, .type = MAPPING_TEXT};
	if (form->op == WRITE_INSERT)
		write_insert(&b);
	else if (form->op == WRITE_UPDATE)
		write_update(&b);
	else
	{
		fprintf(b.out, "DELETE FROM %s AS t", t->quoted);
		if (form->op != WRITE_EMPTY)
			write_where(&b);
		else if (t->own != NULL)
			fprintf(b.out, " WHERE wiki_id = $1 AND (%s)", t->own);
		else
			fputs(" WHERE wiki_id = $1", b.out);
	}
	if (form->op != WRITE_EMPTY)
		write_returning(&b);
	if (fclose(b.out) != 0)
	{
		free(*sql);
		free(b.slots);
		return false;
	}
	*slots = b.slots;
	*slot_count = b.count;
	return true;
}
