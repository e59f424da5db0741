/*
 * snapshot/table_sql.c
 *	  SQL for both servers that copies a table; see table_sql.h.
 */
#include "snapshot/table_sql.h"

#include <stdio.h>
#include "source/sql_name.h"

static void
write_source_table(FILE *out, const wiki *w, const char *table)
{
	sql_name_write_table(out, w->database, w->table_prefix, table);
}

char *
table_sql_columns(const wiki *w, const char *table)
{
	char *sql;
	size_t size;
	FILE *out = open_memstream(&sql, &size);

	if (out == NULL)
		return NULL;
	/* SELECT * would leave out invisible columns, which the binlog has */
	fputs("SHOW COLUMNS FROM ", out);
	write_source_table(out, w, table);
	return fclose(out) == 0 ? sql : NULL;
}

/* Which source columns the target needs. */
static void
mark_used(const plan_target *t, bool *used)
{
	for (unsigned i = 0; i < t->column_count; i++)
	{
		const plan_column *c = &t->columns[i];

		for (unsigned j = 0; j < c->param_count; j++)
		{
			for (unsigned k = 0; k < c->params[j].source_count; k++)
				used[c->params[j].sources[k]] = true;
		}
		for (unsigned j = 0; j < c->null_when_count; j++)
			used[c->null_when[j].source] = true;
		for (unsigned j = 0; j < c->null_unless_count; j++)
			used[c->null_unless[j].source] = true;
	}
}

char *
table_sql_select(const wiki *w, const plan *pl, const source_type *types, const plan_target *t,
                 const key_range *range, const char *only, unsigned *selected,
                 unsigned *selected_count)
{
	bool used[MAPPING_SOURCES_MAX] = {false};
	char *sql;
	size_t size;
	FILE *out = open_memstream(&sql, &size);

	if (out == NULL)
		return NULL;
	*selected_count = 0;
	mark_used(t, used);
	fputs("SELECT ", out);
	for (unsigned i = 0; i < pl->source_count; i++)
	{
		if (!used[i])
			continue;
		if (*selected_count > 0)
			fputs(", ", out);
		sql_name_write(out, pl->source_names[i]);
		if (types[i] == SOURCE_FLOAT || types[i] == SOURCE_REAL)
			fputs(" * 1e0",
			      out); /* a DOUBLE that has no number of digits is printed with all it has */
		selected[(*selected_count)++] = i;
	}
	if (*selected_count == 0)
		fputs("1", out);
	fputs(" FROM ", out);
	write_source_table(out, w, pl->source_table);
	if (range->kind != KEY_NONE)
		fputs(" FORCE INDEX (PRIMARY)", out);
	fputs(" WHERE 1", out);
	key_range_write(out, range);
	if (only != NULL)
		fprintf(out, " AND content_id IN (%s)", only);
	if (t->filter != NULL)
	{
		fputs(" AND ", out);
		row_filter_write(out, t->filter);
	}
	return fclose(out) == 0 ? sql : NULL;
}

bool
table_sql_needs_staging(const plan_target *t)
{
	if (t->merge || t->shared || t->bodies)
		return true;
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (t->columns[i].expression != NULL)
			return true;
	}
	return false;
}

bool
table_sql_has_null_flag(const plan_column *c)
{
	return c->expression != NULL && c->null_when_count + c->null_unless_count > 0;
}

static void
write_staging_param(FILE *out, const plan_column *column, int i, void *context)
{
	(void) context;
	if (i < 0)
		fputs("s.wiki_id", out);
	else
		fprintf(out, "s.p%u", column->first_param + (unsigned) i);
}

void
table_sql_write_staged(FILE *out, const plan_column *c, unsigned i)
{
	if (table_sql_has_null_flag(c))
		fprintf(out, "CASE WHEN NOT s.n%u THEN ", i);
	fputc('(', out);
	plan_write_expression(out, c, write_staging_param, NULL);
	fputc(')', out);
	if (table_sql_has_null_flag(c))
		fputs(" END", out);
}

void
table_sql_write_staging(FILE *out, const plan_target *t)
{
	fputs("wiki_id text", out);
	for (unsigned i = 0; i < t->column_count; i++)
	{
		const plan_column *c = &t->columns[i];

		for (unsigned j = 0; j < c->param_count; j++)
			fprintf(out, ", p%u %s", c->first_param + j, mapping_type_name(c->params[j].type));
		if (table_sql_has_null_flag(c))
			fprintf(out, ", n%u boolean", i);
	}
}

char *
table_sql_staging(const plan_target *t)
{
	char *sql;
	size_t size;
	FILE *out = open_memstream(&sql, &size);

	if (out == NULL)
		return NULL;
	fprintf(out, "CREATE TEMPORARY TABLE IF NOT EXISTS " TABLE_STAGING " (", t->id);
	table_sql_write_staging(out, t);
	fputs(") ON COMMIT DELETE ROWS", out);
	return fclose(out) == 0 ? sql : NULL;
}

static void
write_merge(FILE *out, const plan_target *t)
{
	bool first = true;

	fprintf(out, "UPDATE %s AS t SET ", t->quoted);
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (t->columns[i].key)
			continue;
		fprintf(out, "%s%s = ", first ? "" : ", ", t->columns[i].quoted);
		table_sql_write_staged(out, &t->columns[i], i);
		first = false;
	}
	fprintf(out, " FROM pg_temp." TABLE_STAGING " AS s WHERE t.wiki_id = s.wiki_id", t->id);
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (!t->columns[i].key)
			continue;
		fprintf(out, " AND t.%s = ", t->columns[i].quoted);
		table_sql_write_staged(out, &t->columns[i], i);
	}
}

/* What expressions write is locked in one order by all, or copies that run at once would wait for each other. */
static void
write_ordered(FILE *out, const plan_target *t)
{
	const char *comma = " ORDER BY ";

	fprintf(out, " FROM (SELECT * FROM pg_temp." TABLE_STAGING, t->id);
	for (unsigned i = 0; i < t->column_count; i++)
	{
		const plan_column *c = &t->columns[i];

		for (unsigned j = 0; c->expression != NULL && j < c->param_count; j++)
		{
			fprintf(out, "%sp%u", comma, c->first_param + j);
			comma = ", ";
		}
	}
	fputs(") AS s", out);
}

char *
table_sql_move(const plan_target *t)
{
	char *sql;
	size_t size;
	FILE *out = open_memstream(&sql, &size);

	if (out == NULL)
		return NULL;
	if (t->merge)
		write_merge(out, t);
	else
	{
		fprintf(out, "INSERT INTO %s (wiki_id", t->quoted);
		for (unsigned i = 0; i < t->column_count; i++)
			fprintf(out, ", %s", t->columns[i].quoted);
		fputs(") SELECT s.wiki_id", out);
		for (unsigned i = 0; i < t->column_count; i++)
		{
			fputs(", ", out);
			table_sql_write_staged(out, &t->columns[i], i);
		}
		write_ordered(out, t);
		if (t->shared || t->bodies)
			fputs(" ON CONFLICT DO NOTHING", out);
	}
	return fclose(out) == 0 ? sql : NULL;
}

char *
table_sql_copy(const plan_target *t, bool staged)
{
	char *sql;
	size_t size;
	FILE *out = open_memstream(&sql, &size);

	if (out == NULL)
		return NULL;
	if (staged)
		fprintf(out, "COPY pg_temp." TABLE_STAGING, t->id);
	else
	{
		fprintf(out, "COPY %s (wiki_id", t->quoted);
		for (unsigned i = 0; i < t->column_count; i++)
			fprintf(out, ", %s", t->columns[i].quoted);
		fputc(')', out);
	}
	fputs(" FROM STDIN (FORMAT binary)", out);
	return fclose(out) == 0 ? sql : NULL;
}
