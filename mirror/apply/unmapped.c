/*
 * apply/unmapped.c
 *	  Keeps mwmirror.unmapped; see unmapped.h.
 */
#include "apply/unmapped.h"

#include <stdlib.h>
#include <string.h>
#include "apply/take.h"
#include "support/log.h"
#include "support/pg.h"
#include "support/pg_array.h"

#define DOING "write mwmirror.unmapped"

struct unmapped
{
	PGresult *tables; /* wiki_id, source_table: those with rows in it when follow began */
	bool changed;     /* there may be others since */
};

status
unmapped_load(PGconn *conn, unmapped **out)
{
	unmapped *u = calloc(1, sizeof(*u));

	*out = u;
	if (u == NULL)
	{
		log_error("out of memory for mwmirror.unmapped");
		return STATUS_MEMORY;
	}
	return pg_execute(conn, "SELECT DISTINCT wiki_id, source_table FROM mwmirror.unmapped",
	                  "read mwmirror.unmapped", 0, &u->tables);
}

void
unmapped_destroy(unmapped *u)
{
	if (u == NULL)
		return;
	PQclear(u->tables);
	free(u);
}

static bool
has_rows(const unmapped *u, const char *wiki_id, const char *table)
{
	for (int i = 0; !u->changed && i < PQntuples(u->tables); i++)
	{
		if (strcmp(PQgetvalue(u->tables, i, 0), wiki_id) == 0 &&
		    strcmp(PQgetvalue(u->tables, i, 1), table) == 0)
			return true;
	}
	return u->changed;
}

static void
report(const wiki *w, const char *bare, const char *column, bool is_there)
{
	const char *part = column != NULL ? column : "";
	const char *of = column != NULL ? " of " : "";

	if (is_there)
		log_write_hint(LOG_LEVEL_WARNING,
		               column != NULL
		                   ? "to mirror it, add the column to the mirror table and to "
		                     "mwmirror.column_map; mwmirror status shows all that is not mirrored"
		                   : "to mirror it, or to leave it behind on purpose, see sql/README.md; "
		                     "mwmirror status shows all that is not mirrored",
		               "%s%ssource table %s of wiki %s is not known to the mapping and is not "
		               "mirrored",
		               part, of, bare, w->wiki_id);
	else
		log_warning("%s%ssource table %s of wiki %s is gone: the mirror has nothing of it any more",
		            part, of, bare, w->wiki_id);
}

status
unmapped_seen(applier *a, const wiki *w, const char *bare, const char *column, bool is_there)
{
	const char *params[] = {w->wiki_id, bare, column != NULL ? column : "", is_there ? "t" : "f"};
	PGresult *res;
	status result = group_ask(a->group, a->conn, "SELECT mwmirror.unmapped_seen($1, $2, $3, $4)", 4,
	                          params, DOING, &res);

	if (result == STATUS_OK && *PQgetvalue(res, 0, 0) == 't')
	{
		report(w, bare, column, is_there);
		a->unmapped->changed = true;
	}
	PQclear(res);
	return result;
}

#define SHAPE_SQL "SELECT source_column, is_there FROM mwmirror.unmapped_shape($1, $2, $3)"

static void
report_shape(applier *a, const wiki *w, const char *bare, const PGresult *news)
{
	for (int i = 0; i < PQntuples(news); i++)
	{
		report(w, bare, PQgetvalue(news, i, 0), *PQgetvalue(news, i, 1) == 't');
		a->unmapped->changed = true;
	}
}

/* The caller frees it; NULL without memory (logged). */
static char *
format_columns(const plan *pl)
{
	char *columns = pg_array_format(pl->source_names, pl->source_count);

	if (columns == NULL)
		log_error("out of memory for mwmirror.unmapped");
	return columns;
}

status
unmapped_take_shape(applier *a, const source_table *t)
{
	const char *params[] = {t->wiki->wiki_id, t->bare, NULL};
	char *columns;
	PGresult *res;
	status result;

	if (!t->plan->unknown && !t->plan->lost && !has_rows(a->unmapped, t->wiki->wiki_id, t->bare))
		return STATUS_OK;
	params[2] = columns = format_columns(t->plan);
	if (columns == NULL)
		return STATUS_MEMORY;
	result = group_ask(a->group, a->conn, SHAPE_SQL, 3, params, DOING, &res);
	if (result == STATUS_OK)
		report_shape(a, t->wiki, t->bare, res);
	PQclear(res);
	free(columns);
	return result;
}

status
unmapped_compared(applier *a, const wiki *w, const char *bare, const plan *pl)
{
	const char *params[] = {w->wiki_id, bare, NULL};
	char *columns = format_columns(pl);
	PGresult *res = NULL;
	status result;

	if (columns == NULL)
		return STATUS_MEMORY;
	params[2] = columns;
	result =
	    pg_execute_params(a->conn, SHAPE_SQL, 3, params, DOING,
	                      "run mwmirror init, and grant mwmirror_writer to this role", 0, &res);
	if (result == STATUS_OK)
		report_shape(a, w, bare, res);
	PQclear(res);
	free(columns);
	return result;
}
