/*
 * mapping/column_use.c
 *	  What a column of a source table is to the mapping; see column_use.h.
 */
#include "mapping/column_use.h"

#include <string.h>
#include <strings.h>
#include "mapping/mapping_data.h"

static bool
list_names(const name_list *l, const char *column)
{
	for (unsigned i = 0; i < l->count; i++)
	{
		if (strcasecmp(l->names[i], column) == 0)
			return true;
	}
	return false;
}

static bool
alternative_names(const map_column *c, const char *column)
{
	return list_names(&c->sources, column) || list_names(&c->null_when, column) ||
	       list_names(&c->null_unless, column) || list_names(&c->requires, column);
}

/* What the column is to one mirror column. */
static void
add_target(const map_table *t, const mirror_column *target, const char *column, column_use *use)
{
	bool used = false, other = false, alone = true;

	for (unsigned i = 0; i < t->column_count; i++)
	{
		const map_column *c = &t->columns[i];

		if (strcmp(c->target_column, target->name) != 0)
			continue;
		if (!alternative_names(c, column))
		{
			other = true;
			continue;
		}
		used = true;
		alone = alone && c->expression == NULL && list_names(&c->sources, column);
	}
	if (!used)
		return;
	use->used = true;
	use->needed = use->needed || (!other && (target->key || target->in_events));
	use->null_as_absent = use->null_as_absent && alone && !other && !target->has_default;
}

column_use
column_use_find(const mapping *m, const char *table, const char *column)
{
	const int row = mapping_list_find(m->migrations, table, column);
	column_use use = {.null_as_absent = true, .migrates = row >= 0};

	if (row >= 0 && !PQgetisnull(m->migrations, row, 2))
		use.unfilled = PQgetvalue(m->migrations, row, 2);

	for (unsigned i = 0; i < m->table_count; i++)
	{
		const map_table *t = &m->tables[i];

		if (strcmp(t->source_table, table) != 0)
			continue;
		if (mapping_filters_by(t, column))
		{
			use.used = true;
			use.needed = true;
			use.null_as_absent = false;
		}
		for (unsigned j = 0; j < t->target->column_count; j++)
			add_target(t, &t->target->columns[j], column, &use);
	}
	return use;
}

/* ---- changes of its type ---- */

static void
write_rows(const mirror_table *t, const char *condition, FILE *out)
{
	fprintf(out, " OR EXISTS (SELECT FROM %s WHERE wiki_id = $1 AND %s)", t->quoted, condition);
}

static void
write_value(const mirror_table *t, const mirror_column *c, const char *condition, FILE *out)
{
	fprintf(out, " OR EXISTS (SELECT FROM %s WHERE wiki_id = $1 AND %s %s)", t->quoted, c->quoted,
	        condition);
}

static void
write_range(const mirror_table *t, const mirror_column *c, const declared_change *change, FILE *out)
{
	char condition[40];

	if (change->below)
	{
		snprintf(condition, sizeof(condition), "< %lld", (long long) change->least);
		write_value(t, c, condition, out);
	}
	if (change->above)
	{
		snprintf(condition, sizeof(condition), "> %llu", (unsigned long long) change->most);
		write_value(t, c, condition, out);
	}
}

/* Names are as somebody, or the source, gave them. */
static void
write_literal(const char *text, FILE *out)
{
	fputc('\'', out);
	for (; *text != '\0'; text++)
	{
		if (*text == '\'')
			fputc('\'', out);
		fputc(*text, out);
	}
	fputc('\'', out);
}

/* Bytes of which the mirror has shown all it can are not in raw_value: those it took for a time have all their digits. */
static void
write_raw(const mirror_table *t, const mirror_column *c, FILE *out)
{
	fputs(" OR EXISTS (SELECT FROM mwmirror.raw_value WHERE wiki_id = $1 AND table_name = ", out);
	write_literal(t->name, out);
	fputs(" AND column_name = ", out);
	write_literal(c->name, out);
	fputc(')', out);
}

static const mirror_column *
find_target(const map_table *t, const map_column *c)
{
	for (unsigned i = 0; i < t->target->column_count; i++)
	{
		if (strcmp(t->target->columns[i].name, c->target_column) == 0)
			return &t->target->columns[i];
	}
	return NULL;
}

/* The same of one mirror column that comes of the column. */
static bool
write_doubt(const map_table *t, const map_column *c, const declared_change *change, FILE *out)
{
	const mirror_column *target = find_target(t, c);
	bool ranges = change->below || change->above;

	if (target == NULL || c->sources.count != 1 || c->expression != NULL ||
	    c->null_when.count > 0 || c->null_unless.count > 0)
		return false;
	if (strcmp(c->kinds.names[0], "timestamp") == 0)
	{
		if (change->padded)
			write_raw(t->target, target, out);
		/* what becomes of NULL is no time */
		return !ranges;
	}
	if (change->padded || (ranges && strcmp(c->kinds.names[0], "int") != 0))
		return false;
	write_range(t->target, target, change, out);
	if (change->null)
		write_value(t->target, target, "IS NULL", out);
	return true;
}

bool
column_use_write_doubt(const mapping *m, const char *table, const char *column,
                       const declared_change *change, FILE *out)
{
	bool known = !change->any;

	if (known && !change->below && !change->above && !change->null && !change->padded)
		return true;
	for (unsigned i = 0; known && i < m->table_count; i++)
	{
		const map_table *t = &m->tables[i];

		if (strcmp(t->source_table, table) != 0)
			continue;
		known = !mapping_filters_by(t, column);
		for (unsigned j = 0; known && j < t->column_count; j++)
		{
			if (alternative_names(&t->columns[j], column))
				known = write_doubt(t, &t->columns[j], change, out);
		}
	}
	return known;
}

void
column_use_write_unfilled(const mapping *m, const char *table, const char *unfilled, FILE *out)
{
	for (unsigned i = 0; i < m->table_count; i++)
	{
		if (strcmp(m->tables[i].source_table, table) == 0)
			write_rows(m->tables[i].target, unfilled, out);
	}
}
