/*
 * cli/requests.c
 *	  Requests as JSON and as text; see requests.h.
 */
#include "cli/requests.h"

#include <inttypes.h>
#include <string.h>

#include "cli/postgres.h"
#include "support/log.h"

/* clang-format off */
static const char sql_requests[] =
    "SELECT coalesce(json_agg(x ORDER BY x.id), '[]') FROM ("
    "SELECT q.id, q.wiki_id, q.table_name, q.streams, q.topics, q.state, q.lower_key, q.upper_key, "
    "q.last_key, q.by_page AS history, q.since, q.listed, q.rows_done, q.rows_read, q.rows_total, "
    "q.rows_per_second, q.first_gtid_pos, q.first_lsn, q.last_gtid_pos, q.last_lsn, q.error, "
    "q.created_at, q.updated_at, "
    "coalesce(q.last_lsn <= s.confirmed_flush_lsn, true) AS published "
    "FROM mwmirror.request AS q LEFT JOIN pg_catalog.pg_replication_slots AS s "
    "ON s.slot_name = $1 AND s.database = current_database() "
    "WHERE q.kind IN ('backfill', 'state') AND CASE WHEN $2::json IS NOT NULL "
    "THEN q.id::text IN (SELECT json_array_elements_text($2::json)) "
    "ELSE q.state IN ('waiting', 'running') OR (q.updated_at > now() - interval '1 day' AND "
    "(q.kind, q.state) <> ('state', 'done')) END) AS x";
/* clang-format on */

status
requests_read(PGconn *conn, const char *slot, const char *ids, json_t **out)
{
	const char *params[] = {slot, ids};
	PGresult *result;
	status s = postgres_run(conn, "read mwmirror.request",
	                        "run mwmirror init of this version, and grant mwmirror_writer or "
	                        "mwmirror_reader to this role",
	                        sql_requests, 2, params, &result);

	*out = NULL;
	if (s != STATUS_OK)
		return s;
	*out = json_loads(PQgetvalue(result, 0, 0), 0, NULL);
	PQclear(result);
	if (*out == NULL)
		log_error("out of memory for requests");
	return *out != NULL ? STATUS_OK : STATUS_MEMORY;
}

static const char *
text(const json_t *request, const char *name)
{
	const char *value = json_string_value(json_object_get(request, name));

	return value != NULL ? value : "";
}

void
requests_write(const json_t *request, FILE *out)
{
	const json_t *total = json_object_get(request, "rows_total");
	const json_t *topics = json_object_get(request, "topics");
	const json_t *item;
	size_t i;

	fprintf(out, "%" JSON_INTEGER_FORMAT " of %s, table %s: %s, %" JSON_INTEGER_FORMAT,
	        json_integer_value(json_object_get(request, "id")), text(request, "wiki_id"),
	        text(request, "table_name"), text(request, "state"),
	        json_integer_value(json_object_get(request, "rows_read")));
	if (json_is_integer(total))
		fprintf(out, " of about %" JSON_INTEGER_FORMAT, json_integer_value(total));
	fputs(" rows", out);
	json_array_foreach(json_object_get(request, "streams"), i, item)
	    fprintf(out, "%s%s", i == 0 ? ", to " : ", ",
	            json_is_array(topics) ? json_string_value(json_array_get(topics, i))
	                                  : json_string_value(item));
	if (text(request, "error")[0] != '\0')
		fprintf(out, ": %s", text(request, "error"));
}
