/*
 * apply/ddl_columns.c
 *	  What ALTER TABLE does to the mirror's columns; see ddl_columns.h.
 *
 * Whether values are others is told by the types before and after, and where these leave it to the values, by the mirror's rows: it has all that
 * the source had before the statement.
 */
#include "apply/ddl_columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "apply/source_types.h"
#include "apply/take.h"
#include "mapping/column_use.h"
#include "support/log.h"

static status
fail_lost(const statement_table *t, const wiki *w, const statement_column *c)
{
	log_error_hint("add a row to mwmirror.column_map that gives it from the columns that are left, "
	               "or bring the column back and copy the wiki again with mwmirror snapshot "
	               "--force, then start follow; the position is before it",
	               "the column %s of the mirrored table %s.%s of wiki %s %s%s: a key or events of "
	               "the mirror need it, and nothing else gives it",
	               c->name, t->schema, t->table, w->wiki_id,
	               c->next != NULL ? "is renamed to " : "is dropped",
	               c->next != NULL ? c->next : "");
	return STATUS_DATA;
}

static bool
is_renamed(const statement_column *c)
{
	return c->next != NULL && strcasecmp(c->name, c->next) != 0;
}

static bool
goes(const statement_column *c)
{
	return c->change == COLUMN_DROPPED || is_renamed(c);
}

/* The column's type in the statement; a new primary key makes it NOT NULL. */
static declared_change
compare(const statement_column *c, const declared_type *old)
{
	declared_type next = c->change == COLUMN_KEYED ? *old : c->type;

	if (c->change == COLUMN_KEYED)
		next.nullable = false;
	return declared_type_compare(old, &next);
}

/*
 * Writes to out by which rows the mirror's values are others, as column_use_write_doubt does. False: they may be, and nothing tells.
 */
static bool
write_doubt(const mapping *m, const char *bare, const statement_column *c, const declared_type *old,
            FILE *out)
{
	column_use use = column_use_find(m, bare, c->name);
	bool is_known = old->kind != DECLARED_UNKNOWN;
	declared_change change;

	if (is_renamed(c))
		return !use.used && !column_use_find(m, bare, c->next).used;
	if (!use.used)
		return true;
	if (c->change == COLUMN_ADDED || c->change == COLUMN_ADDED_NULL)
		return use.migrates || (c->change == COLUMN_ADDED_NULL && use.null_as_absent);
	if (c->change == COLUMN_DROPPED || !is_known)
	{
		if (!use.migrates || (c->change == COLUMN_CHANGED && use.unfilled == NULL))
			return false;
		if (use.unfilled != NULL)
			column_use_write_unfilled(m, bare, use.unfilled, out);
		return true;
	}
	change = compare(c, old);
	if (use.unfilled != NULL && change.null && !change.any && !change.below && !change.above)
	{
		column_use_write_unfilled(m, bare, use.unfilled, out);
		return true;
	}
	return column_use_write_doubt(m, bare, c->name, &change, out);
}

/* Is there a row of which the condition is true? */
static status
ask(applier *a, const wiki *w, const char *sql, bool *yes)
{
	const char *params[] = {w->wiki_id};
	PGresult *res;
	status result =
	    group_ask(a->group, a->conn, sql, 1, params, "ask which rows an ALTER TABLE changes", &res);

	if (result == STATUS_OK)
		*yes = *PQgetvalue(res, 0, 0) == 't';
	PQclear(res);
	return result;
}

static status
judge(applier *a, const wiki *w, const char *bare, const statement_column *c, const PGresult *old,
      bool *matters)
{
	static const char head[] = "SELECT $1::text IS NULL";
	declared_type type = source_types_find(old, c->name, a->scratch);
	char *sql = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&sql, &size);
	status result = STATUS_OK;

	*matters = true;
	if (out != NULL)
	{
		fputs(head, out);
		*matters = !write_doubt(a->mapping, bare, c, &type, out);
	}
	if (out == NULL || fclose(out) != 0)
	{
		log_error("out of memory for an ALTER TABLE");
		result = STATUS_MEMORY;
	}
	else if (!*matters && size > strlen(head))
		result = ask(a, w, sql, matters);
	free(sql);
	return result;
}

status
ddl_columns_take(applier *a, const statement *s, const wiki *w, const char *bare,
                 const PGresult *old, const char **why)
{
	static const char *const words[] = {"ADD COLUMN with a value", "ADD COLUMN", "CHANGE COLUMN",
	                                    "DROP COLUMN", "ADD PRIMARY KEY"};

	*why = NULL;
	for (size_t i = 0; i < s->column_count; i++)
	{
		const statement_column *c = &s->columns[i];
		bool matters = false;
		status result = STATUS_OK;

		if (goes(c) && column_use_find(a->mapping, bare, c->name).needed)
			return fail_lost(&s->tables[0], w, c);
		if (*why == NULL)
			result = judge(a, w, bare, c, old, &matters);
		if (result != STATUS_OK)
			return result;
		if (matters)
			*why = words[c->change];
	}
	return STATUS_OK;
}

status
ddl_columns_note(applier *a, const statement *s, const wiki *w, const char *bare)
{
	status result = STATUS_OK;

	for (size_t i = 0; result == STATUS_OK && i < s->column_count; i++)
	{
		const statement_column *c = &s->columns[i];
		const char *comes = c->next != NULL               ? c->next
		                    : c->change == COLUMN_DROPPED ? NULL
		                                                  : c->name;

		if (goes(c))
			result = unmapped_seen(a, w, bare, c->name, false);
		if (result == STATUS_OK && comes != NULL)
			result = unmapped_seen(a, w, bare, comes, true);
	}
	return result;
}
