/*
 * cli/copies.c
 *	  What is being copied, as JSON and as text; see copies.h.
 */
#include "cli/copies.h"

#include <string.h>

#include "cli/postgres.h"
#include "support/log.h"

/* clang-format off */
static const char sql_copies[] =
    "SELECT coalesce(json_agg(x ORDER BY x.wiki_id), '[]') FROM ("
    "SELECT t.wiki_id, t.source_name, count(*) AS tables, count(*) FILTER (WHERE t.state = 'copied') AS copied, "
    "count(*) FILTER (WHERE t.state <> 'copied' AND t.mode = 'first') AS added, "
    "sum(t.rows_done)::bigint AS rows_done, "
    "sum(CASE WHEN t.state = 'copied' THEN t.rows_done ELSE greatest(t.rows_done, t.rows_total, 0) END)::bigint AS rows_total, "
    "coalesce(json_agg(json_build_object('table', t.source_table, 'mode', t.mode, 'state', t.state, 'rows_done', t.rows_done, "
    "'rows_total', t.rows_total, 'reason', t.reason, 'error', t.error) ORDER BY t.source_table) "
    "FILTER (WHERE t.state = 'copying' OR t.error IS NOT NULL), '[]') AS now "
    "FROM mwmirror.copy_table AS t GROUP BY t.wiki_id, t.source_name HAVING bool_or(t.state <> 'copied')) AS x";
/* clang-format on */

status
copies_read(PGconn *conn, json_t **out)
{
	PGresult *result;
	status s = postgres_run(conn, "read mwmirror.copy_table",
	                        "run mwmirror init of this version, and grant mwmirror_writer or "
	                        "mwmirror_reader to this role",
	                        sql_copies, 0, NULL, &result);

	*out = NULL;
	if (s != STATUS_OK)
		return s;
	*out = json_loads(PQgetvalue(result, 0, 0), 0, NULL);
	PQclear(result);
	if (*out == NULL)
		log_error("out of memory for copies");
	return *out != NULL ? STATUS_OK : STATUS_MEMORY;
}

const json_t *
copies_find(const json_t *copies, const char *wiki_id)
{
	const json_t *copy;
	size_t i;

	json_array_foreach(copies, i, copy)
	{
		if (strcmp(json_string_value(json_object_get(copy, "wiki_id")), wiki_id) == 0)
			return copy;
	}
	return NULL;
}

static json_int_t
number(const json_t *copy, const char *name)
{
	return json_integer_value(json_object_get(copy, name));
}

int
copies_added(const json_t *copy)
{
	return (int) number(copy, "added");
}

int
copies_percent(const json_t *copy)
{
	const json_int_t total = number(copy, "rows_total");

	return total > 0 ? (int) (number(copy, "rows_done") * 100 / total) : 0;
}

void
copies_write(const json_t *copy, FILE *out)
{
	const json_t *table;
	size_t i;

	fprintf(out,
	        "%s: %d %%, %" JSON_INTEGER_FORMAT " of about %" JSON_INTEGER_FORMAT
	        " rows, %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " tables",
	        json_string_value(json_object_get(copy, "wiki_id")), copies_percent(copy),
	        number(copy, "rows_done"), number(copy, "rows_total"), number(copy, "copied"),
	        number(copy, "tables"));
	json_array_foreach(json_object_get(copy, "now"), i, table)
	{
		const char *error = json_string_value(json_object_get(table, "error"));
		const char *mode = json_string_value(json_object_get(table, "mode"));

		fprintf(out, "%s%s %d %%%s%s%s", i == 0 ? "; " : ", ",
		        json_string_value(json_object_get(table, "table")), copies_percent(table),
		        strcmp(mode, "again") == 0 ? " (again)" : "", error == NULL ? "" : ": ",
		        error == NULL ? "" : error);
	}
}
