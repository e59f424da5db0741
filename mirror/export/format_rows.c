/*
 * export/format_rows.c
 *	  Formats that write tables row by row; see format_rows.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "export/format_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/log.h"
#include "support/pg.h"

/* $1: those that are wanted, by commas; NULL: all. A column cuts only if it is shown as it is, in each row. */
static const char tables_sql[] =
    "SELECT n.name, to_regclass(format('mediawiki.%I', p.table_name)) IS NOT NULL, (SELECT "
    "a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = "
    "i.indkey[1] JOIN mwmirror.public_column c ON c.table_name = p.table_name AND c.column_name = "
    "a.attname WHERE i.indrelid = to_regclass(format('mediawiki.%I', p.table_name)) AND "
    "i.indisprimary AND a.atttypid IN ('smallint'::regtype, 'integer'::regtype, "
    "'bigint'::regtype) AND c.shown = 'value' AND c.hidden_by = 0) FROM (SELECT table_name FROM "
    "mwmirror.public_table WHERE $1::text IS NULL UNION SELECT unnest(string_to_array($1, ','))) "
    "AS n (name) LEFT JOIN mwmirror.public_table p ON p.table_name = n.name ORDER BY 1";

/* Columns of a table's key behind wiki_id, as far as they are shown as they are. */
static const char query_sql[] =
    "SELECT mwmirror.public_rows_query($1), (SELECT string_agg(', q.' || quote_ident(k.column_name)"
    ", '' ORDER BY k.place) FROM (SELECT a.attname::text, key.place, bool_and(c.column_name IS NOT "
    "NULL) OVER (ORDER BY key.place) FROM pg_index i CROSS JOIN "
    "unnest(i.indkey::smallint[]) WITH ORDINALITY AS key (attnum, place) JOIN pg_attribute a ON "
    "a.attrelid = i.indrelid AND a.attnum = key.attnum LEFT JOIN mwmirror.public_column c ON "
    "c.table_name = $1 AND c.column_name = a.attname AND c.shown = 'value' AND c.hidden_by = 0 "
    "WHERE i.indrelid = to_regclass(format('mediawiki.%I', $1::text)) AND i.indisprimary AND "
    "key.place > 1) AS k (column_name, place, shown) WHERE k.shown)";

void
rows_digest_add(rows_digest *d, int64_t hash)
{
	d->rows++;
	d->high += hash >> 32;
	d->low += hash & UINT32_MAX;
}

void
rows_digest_format(const rows_digest *d, char out[PART_DIGEST_SIZE])
{
	snprintf(out, PART_DIGEST_SIZE, "%" PRIu64 " %" PRId64 " %" PRId64, d->rows, d->high, d->low);
}

status
rows_plan(planner *p, const char *wiki_id)
{
	const char *params[] = {p->call->tables};
	PGresult *res = NULL;
	status s =
	    pg_execute_params(p->conn, tables_sql, 1, params, "see what is public", NULL, 0, &res);

	for (int i = 0; s == STATUS_OK && i < PQntuples(res); i++)
	{
		const char *table = PQgetvalue(res, i, 0);

		if (PQgetvalue(res, i, 1)[0] != 't')
		{
			log_error_hint("SELECT table_name FROM mwmirror.public_table says which are",
			               "nothing of table \"%s\" is public", table);
			s = STATUS_USAGE;
			continue;
		}
		s = planner_add(p, wiki_id, table, table,
		                PQgetisnull(res, i, 2) ? NULL : PQgetvalue(res, i, 2));
	}
	PQclear(res);
	return s;
}

/* The column that cuts the table, as planner_add was told. */
static status
cut_condition(export_session *s, const part *p, char out[PLANNER_CONDITION_SIZE])
{
	const char *params[] = {p->name};
	PGresult *res = NULL;
	char *column;
	status answer;

	out[0] = '\0';
	if (!p->range.has_from && !p->range.has_to)
		return STATUS_OK;
	answer = pg_execute_params(s->conn, tables_sql, 1, params, "see what is public", NULL, 0, &res);
	if (answer != STATUS_OK)
		return answer;
	column = PQescapeIdentifier(s->conn, PQgetvalue(res, 0, 2), strlen(PQgetvalue(res, 0, 2)));
	PQclear(res);
	if (column == NULL)
		return STATUS_MEMORY;
	planner_condition(&p->range, column, out);
	PQfreemem(column);
	return STATUS_OK;
}

status
rows_query(export_session *s, const part *p, char **out)
{
	const char *params[] = {p->name};
	char condition[PLANNER_CONDITION_SIZE];
	char *wiki = PQescapeLiteral(s->conn, p->wiki_id, strlen(p->wiki_id));
	PGresult *res = NULL;
	status answer = wiki == NULL ? STATUS_MEMORY : cut_condition(s, p, condition);

	*out = NULL;
	if (answer == STATUS_OK)
		answer = pg_execute_params(s->conn, query_sql, 1, params, "see what of it is public", NULL,
		                           0, &res);
	/* OFFSET 0: what r is made of is computed once, whatever is made of r */
	if (answer == STATUS_OK &&
	    asprintf(out, "SELECT * FROM (%s) q WHERE q.wiki_id = %s%s ORDER BY q.wiki_id%s OFFSET 0",
	             PQgetvalue(res, 0, 0), wiki, condition, PQgetvalue(res, 0, 1)) < 0)
	{
		*out = NULL;
		answer = STATUS_MEMORY;
	}
	PQclear(res);
	PQfreemem(wiki);
	return answer;
}

status
rows_ask_digest(export_session *s, const char *query, rows_digest *out)
{
	char *sql;
	PGresult *res = NULL;
	status answer;

	if (asprintf(&sql,
	             "SELECT count(*), coalesce(sum(h >> 32), 0), coalesce(sum(h & 4294967295), 0) "
	             "FROM (SELECT hash_record_extended(r, %" PRId64 ") FROM (%s) r) AS d (h)",
	             s->seed, query) < 0)
		return STATUS_MEMORY;
	answer = pg_execute(s->conn, sql, "compare rows with a file of the dump", 0, &res);
	free(sql);
	if (answer == STATUS_OK)
		*out = (rows_digest){.rows = strtoull(PQgetvalue(res, 0, 0), NULL, 10),
		                     .high = strtoll(PQgetvalue(res, 0, 1), NULL, 10),
		                     .low = strtoll(PQgetvalue(res, 0, 2), NULL, 10)};
	PQclear(res);
	return answer;
}
