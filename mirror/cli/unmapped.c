/*
 * cli/unmapped.c
 *	  What of the sources has no place in the mirror; see unmapped.h.
 */
#include "cli/unmapped.h"

#include <string.h>

#include "cli/postgres.h"
#include "support/log.h"

static const char sql_unmapped[] =
    "SELECT coalesce(json_agg(x), '[]') FROM (SELECT u.kind, u.source_table, "
    "nullif(u.source_column, '') AS source_column, count(*) AS wikis, min(u.wiki_id) AS wiki_id, "
    "min(u.since) AS since FROM mwmirror.unmapped AS u GROUP BY u.kind, u.source_table, "
    "u.source_column ORDER BY u.kind, u.source_table, u.source_column) AS x";

status
unmapped_read(PGconn *conn, json_t **out)
{
	PGresult *result;
	status s = postgres_run(conn, "read mwmirror.unmapped",
	                        "run mwmirror init of this version, and grant mwmirror_writer or "
	                        "mwmirror_reader to this role",
	                        sql_unmapped, 0, NULL, &result);

	*out = NULL;
	if (s != STATUS_OK)
		return s;
	*out = json_loads(PQgetvalue(result, 0, 0), 0, NULL);
	PQclear(result);
	if (*out == NULL)
		log_error("out of memory for what is not mirrored");
	return *out != NULL ? STATUS_OK : STATUS_MEMORY;
}

static const char *
text(const json_t *one, const char *name)
{
	const char *value = json_string_value(json_object_get(one, name));

	return value != NULL ? value : "";
}

void
unmapped_write(const json_t *one, FILE *out)
{
	const char *column = text(one, "source_column");
	json_int_t wikis = json_integer_value(json_object_get(one, "wikis"));

	fprintf(out, "%s%s%s of %s", text(one, "source_table"), *column != '\0' ? "." : "", column,
	        text(one, "wiki_id"));
	if (wikis > 1)
		fprintf(out, " and %" JSON_INTEGER_FORMAT " more", wikis - 1);
	fputs(strcmp(text(one, "kind"), "lost") == 0 ? ": gone at the source"
	                                             : ": not known to the mapping",
	      out);
}
