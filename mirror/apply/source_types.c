/*
 * apply/source_types.c
 *	  Keeps mwmirror.source_type; see source_types.h.
 */
#include "apply/source_types.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "apply/take.h"
#include "support/log.h"
#include "support/pg.h"
#include "support/pg_array.h"

#define DOING "write mwmirror.source_type"

/* Names of columns and their types, as arrays; and names of which no type is known. */
typedef struct type_lists
{
	const char **names;
	const char **types;
	const char **others;
	size_t count;
	size_t other_count;
} type_lists;

static bool
lists_make(type_lists *l, size_t most)
{
	*l = (type_lists){.names = calloc(most + 1, sizeof(char *)),
	                  .types = calloc(most + 1, sizeof(char *)),
	                  .others = calloc(most + 1, sizeof(char *))};
	return l->names != NULL && l->types != NULL && l->others != NULL;
}

static void
lists_free(type_lists *l)
{
	free(l->names);
	free(l->types);
	free(l->others);
}

static void
lists_add(type_lists *l, const char *name, const declared_type *type, arena *scratch)
{
	const char *text = declared_type_format(type, scratch);

	if (text == NULL)
	{
		l->others[l->other_count++] = name;
		return;
	}
	l->names[l->count] = name;
	l->types[l->count++] = text;
}

static status
out_of_memory(void)
{
	log_error("out of memory for mwmirror.source_type");
	return STATUS_MEMORY;
}

/* ---- rows ---- */

status
source_types_prepare(PGconn *conn)
{
	return pg_prepare(conn, "source_type_seen",
	                  "SELECT mwmirror.source_type_seen($1::text, $2::text, $3::text::text[], "
	                  "$4::text::text[])",
	                  "prepare a statement");
}

static status
send_seen(applier *a, const source_table *t, const char *names, const char *types)
{
	const pipeline_op op = {.verb = "SELECT", .table = "mwmirror.source_type", .id = a->id};
	const char *texts[] = {t->wiki->wiki_id, t->bare, names, types};
	convert_error err;

	param_reset(a->params);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
	{
		if (!param_put_text(a->params, texts[i], strlen(texts[i]), &err))
		{
			log_error("BUG: mwmirror.source_type cannot be written: %s", err.message);
			return STATUS_BUG;
		}
	}
	return pipeline_send(a->pipe, a->params, "source_type_seen", &op);
}

status
source_types_note(applier *a, const source_table *t)
{
	type_lists l;
	char *names = NULL, *types = NULL;
	status result;

	if (lists_make(&l, t->map.column_count))
	{
		for (unsigned i = 0; i < t->map.column_count; i++)
		{
			declared_type type = declared_type_of(&t->map.columns[i], a->scratch);

			lists_add(&l, t->map.columns[i].name, &type, a->scratch);
		}
		names = pg_array_format(l.names, l.count);
		types = pg_array_format(l.types, l.count);
	}
	result = names == NULL || types == NULL ? out_of_memory() : send_seen(a, t, names, types);
	lists_free(&l);
	free(names);
	free(types);
	arena_reset(a->scratch);
	return result;
}

/* ---- DDL ---- */

static void
add_statement(type_lists *l, const statement *s, arena *scratch)
{
	for (size_t i = 0; i < s->column_count; i++)
	{
		const statement_column *c = &s->columns[i];

		/* a new key says nothing of types */
		if (c->change == COLUMN_KEYED)
			continue;
		if (c->change == COLUMN_DROPPED || c->next != NULL)
			l->others[l->other_count++] = c->name;
		if (c->change != COLUMN_DROPPED)
			lists_add(l, c->next != NULL ? c->next : c->name, &c->type, scratch);
	}
}

status
source_types_alter(applier *a, const statement *s, const wiki *w, const char *bare, PGresult **old)
{
	type_lists l;
	char *gone = NULL, *names = NULL, *types = NULL;
	status result;

	*old = NULL;
	if (lists_make(&l, 2 * s->column_count))
	{
		add_statement(&l, s, a->scratch);
		gone = pg_array_format(l.others, l.other_count);
		names = pg_array_format(l.names, l.count);
		types = pg_array_format(l.types, l.count);
	}
	if (gone == NULL || names == NULL || types == NULL)
		result = out_of_memory();
	else
	{
		const char *params[] = {w->wiki_id, bare, gone, names, types};

		result = group_ask(a->group, a->conn,
		                   "SELECT * FROM mwmirror.source_type_alter($1, $2, $3, $4, $5)", 5,
		                   params, DOING, old);
	}
	lists_free(&l);
	free(gone);
	free(names);
	free(types);
	return result;
}

status
source_types_forget(applier *a, const wiki *w, const char *bare)
{
	const char *params[] = {w->wiki_id, bare};
	PGresult *res;
	status result = group_ask(a->group, a->conn, "SELECT mwmirror.source_type_forget($1, $2)", 2,
	                          params, DOING, &res);

	PQclear(res);
	return result;
}

declared_type
source_types_find(const PGresult *old, const char *column, arena *scratch)
{
	for (int i = 0; i < PQntuples(old); i++)
	{
		if (strcasecmp(PQgetvalue(old, i, 0), column) == 0)
			return declared_type_read(PQgetvalue(old, i, 1), scratch);
	}
	return (declared_type){.kind = DECLARED_UNKNOWN};
}
