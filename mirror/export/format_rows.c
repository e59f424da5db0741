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

#define WHOLE_HASH "hash_record_extended(r, %" PRId64 ")" /* its seed */
#define WHOLE_SIZE 64
#define NAME_SIZE 136 /* of a column, quoted, with an alias */

/* $1: those that are wanted, by commas; NULL: all. A column cuts only if it is shown as it is, in each row. */
static const char tables_sql[] =
    "SELECT n.name, p.relation IS NOT NULL, (SELECT a.attname FROM pg_index i JOIN pg_attribute a "
    "ON a.attrelid = i.indrelid AND a.attnum = i.indkey[1] JOIN mwmirror.public_column c ON "
    "c.table_name = p.table_name AND c.column_name = a.attname WHERE i.indrelid = p.relation AND "
    "i.indisprimary AND a.atttypid IN ('smallint'::regtype, 'integer'::regtype, "
    "'bigint'::regtype) AND c.shown = 'value' AND c.hidden_by = 0) FROM (SELECT table_name FROM "
    "mwmirror.public_table WHERE $1::text IS NULL UNION SELECT unnest(string_to_array($1, ','))) "
    "AS n (name) LEFT JOIN (SELECT table_name, to_regclass(format('mediawiki.%I', table_name)) "
    "FROM mwmirror.public_table) AS p (table_name, relation) ON p.table_name = n.name ORDER BY 1";

/* $1: a table. Columns of its key behind wiki_id, as far as they are shown as they are, for ORDER BY. */
static const char order_sql[] =
    "SELECT string_agg(', q.' || quote_ident(k.column_name), '' ORDER BY k.place) FROM (SELECT "
    "a.attname::text, key.place, bool_and(c.column_name IS NOT NULL) OVER (ORDER BY key.place) "
    "FROM pg_index i CROSS JOIN unnest(i.indkey::smallint[]) WITH ORDINALITY AS key (attnum, "
    "place) JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = key.attnum LEFT JOIN "
    "mwmirror.public_column c ON c.table_name = $1 AND c.column_name = a.attname AND c.shown = "
    "'value' AND c.hidden_by = 0 WHERE i.indrelid = to_regclass(format('mediawiki.%I', $1::text)) "
    "AND i.indisprimary AND key.place > 1) AS k (column_name, place, shown) WHERE k.shown";

static const char state_sql[] = "SELECT mwmirror.public_rows_query($1)";

/* Columns as views show them, with their types. */
static const char columns_sql[] =
    "SELECT 'wiki_id', 'text', 't.wiki_id' UNION ALL (SELECT c.column_name, "
    "format_type(a.atttypid, a.atttypmod), s.shown FROM mwmirror.public_column c JOIN pg_attribute "
    "a ON a.attrelid = to_regclass(format('mediawiki.%I', c.table_name)) AND a.attname = "
    "c.column_name AND a.attnum > 0 CROSS JOIN mwmirror.public_shown(c.table_name, 't', "
    "c.column_name) AS s (shown) WHERE c.table_name = $1 AND s.shown IS NOT NULL ORDER BY "
    "c.ordinal)";

static const char condition_sql[] =
    "SELECT format('FROM mediawiki.%I t WHERE t.wiki_id IN (SELECT w.wiki_id FROM mwmirror.wiki w "
    "WHERE NOT w.private) AND %s', $1::text, mwmirror.public_condition($1, 't'))";

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

/* The column that cuts the table, as planner_add was told, as a condition. */
static status
cut_condition(export_session *s, const part *p, const char *alias, char out[PLANNER_CONDITION_SIZE])
{
	const char *params[] = {p->name};
	PGresult *res = NULL;
	char column[NAME_SIZE];
	char *quoted;
	status answer;

	out[0] = '\0';
	if (!p->range.has_from && !p->range.has_to)
		return STATUS_OK;
	answer = pg_execute_params(s->conn, tables_sql, 1, params, "see what is public", NULL, 0, &res);
	if (answer != STATUS_OK)
		return answer;
	quoted = PQescapeIdentifier(s->conn, PQgetvalue(res, 0, 2), strlen(PQgetvalue(res, 0, 2)));
	PQclear(res);
	if (quoted == NULL)
		return STATUS_MEMORY;
	snprintf(column, sizeof(column), "%s.%s", alias, quoted);
	PQfreemem(quoted);
	planner_condition(&p->range, column, out);
	return STATUS_OK;
}

/* One text that the mirror says of a table; for free(). */
static status
ask_of_table(export_session *s, const char *sql, const char *table, char **out)
{
	const char *params[] = {table};
	PGresult *res = NULL;
	status answer =
	    pg_execute_params(s->conn, sql, 1, params, "see what of a table is public", NULL, 0, &res);

	*out = answer == STATUS_OK ? strdup(PQgetvalue(res, 0, 0)) : NULL;
	PQclear(res);
	return answer == STATUS_OK && *out == NULL ? STATUS_MEMORY : answer;
}

/* The query for public rows, as PostgreSQL finds those of a part best; for free(). */
static status
ask_of_part(export_session *s, const part *p, const char *all, const char *wanted, char **out)
{
	const char *params[] = {p->name, all, wanted};
	PGresult *res = NULL;
	status answer = pg_execute_params(s->conn, "SELECT mwmirror.public_of_part($1, $2, $3)", 3,
	                                  params, "see what of a table is public", NULL, 0, &res);

	*out = answer == STATUS_OK ? strdup(PQgetvalue(res, 0, 0)) : NULL;
	PQclear(res);
	return answer == STATUS_OK && *out == NULL ? STATUS_MEMORY : answer;
}

/* SQL that is true of the rows of the part; alias is the table's. For free(). */
static status
format_wanted(export_session *s, const part *p, const char *alias, char **out)
{
	char condition[PLANNER_CONDITION_SIZE];
	char *wiki = PQescapeLiteral(s->conn, p->wiki_id, strlen(p->wiki_id));
	status answer = wiki == NULL ? STATUS_MEMORY : cut_condition(s, p, alias, condition);

	if (answer == STATUS_OK && asprintf(out, "%s.wiki_id = %s%s", alias, wiki, condition) < 0)
	{
		*out = NULL;
		answer = STATUS_MEMORY;
	}
	PQfreemem(wiki);
	return answer;
}

/* Of all public rows of a table makes the query for those of the part. */
static status
make_query(export_session *s, const part *p, const char *all, rows_source *out)
{
	char *within = NULL;
	char *wanted = NULL;
	char *order = NULL;
	char *of_part = NULL;
	status answer = format_wanted(s, p, "t", &within);

	if (answer == STATUS_OK)
		answer = format_wanted(s, p, "q", &wanted);
	if (answer == STATUS_OK)
		answer = ask_of_part(s, p, all, within, &of_part);
	if (answer == STATUS_OK)
		answer = ask_of_table(s, order_sql, p->name, &order);
	/* OFFSET 0: what r is made of is computed once, whatever is made of r */
	if (answer == STATUS_OK &&
	    asprintf(&out->query, "SELECT * FROM (%s) q WHERE %s ORDER BY q.wiki_id%s OFFSET 0",
	             of_part, wanted, order) < 0)
	{
		out->query = NULL;
		answer = STATUS_MEMORY;
	}
	free(of_part);
	free(order);
	free(wanted);
	free(within);
	return answer;
}

status
rows_as_state(export_session *s, const part *p, rows_source *out)
{
	char *all = NULL;
	status answer = ask_of_table(s, state_sql, p->name, &all);

	*out = (rows_source){0};
	if (answer == STATUS_OK)
		answer = make_query(s, p, all, out);
	free(all);
	if (answer == STATUS_OK && asprintf(&out->hash, WHOLE_HASH, s->seed) < 0)
	{
		out->hash = NULL;
		answer = STATUS_MEMORY;
	}
	return answer;
}

static status
take_columns(const PGresult *res, rows_source *out)
{
	out->columns = calloc((size_t) PQntuples(res), sizeof(*out->columns));
	if (out->columns == NULL)
		return STATUS_MEMORY;
	for (int i = 0; i < PQntuples(res); i++)
	{
		rows_column *c = &out->columns[out->count++];

		c->name = strdup(PQgetvalue(res, i, 0));
		c->type = strdup(PQgetvalue(res, i, 1));
		if (c->name == NULL || c->type == NULL)
			return STATUS_MEMORY;
	}
	return STATUS_OK;
}

/* The list of a SELECT, and the hash of its row. JSON is the one type of the mirror that has no hash: its text has. */
static status
write_list(export_session *s, const PGresult *res, rows_source *out, char **list)
{
	size_t list_size, hash_size;
	FILE *to = open_memstream(list, &list_size);
	FILE *hash = open_memstream(&out->hash, &hash_size);
	bool good = to != NULL && hash != NULL;

	if (good)
		fputs("hash_record_extended(ROW(", hash);
	for (int i = 0; good && i < PQntuples(res); i++)
	{
		const char *name = PQgetvalue(res, i, 0);
		char *quoted = PQescapeIdentifier(s->conn, name, strlen(name));

		good = quoted != NULL;
		if (good)
		{
			fprintf(to, "%s%s AS %s", i > 0 ? ", " : "", PQgetvalue(res, i, 2), quoted);
			fprintf(hash, "%sr.%s%s", i > 0 ? ", " : "", quoted,
			        strcmp(PQgetvalue(res, i, 1), "json") == 0 ? "::text" : "");
		}
		PQfreemem(quoted);
	}
	if (good)
		fprintf(hash, "), %" PRId64 ")", s->seed);
	if (to != NULL)
		good = fclose(to) == 0 && good;
	if (hash != NULL)
		good = fclose(hash) == 0 && good;
	return good ? STATUS_OK : STATUS_MEMORY;
}

status
rows_as_view(export_session *s, const part *p, rows_source *out)
{
	const char *params[] = {p->name};
	PGresult *res = NULL;
	char *list = NULL;
	char *from = NULL;
	char *all = NULL;
	status answer = pg_execute_params(s->conn, columns_sql, 1, params,
	                                  "see what of a table is public", NULL, 0, &res);

	*out = (rows_source){0};
	if (answer == STATUS_OK)
		answer = take_columns(res, out);
	if (answer == STATUS_OK)
		answer = write_list(s, res, out, &list);
	if (answer == STATUS_OK)
		answer = ask_of_table(s, condition_sql, p->name, &from);
	if (answer == STATUS_OK && asprintf(&all, "SELECT %s %s", list, from) < 0)
	{
		all = NULL;
		answer = STATUS_MEMORY;
	}
	if (answer == STATUS_OK)
		answer = make_query(s, p, all, out);
	free(all);
	free(from);
	free(list);
	PQclear(res);
	return answer;
}

void
rows_source_free(rows_source *r)
{
	for (unsigned i = 0; i < r->count; i++)
	{
		free(r->columns[i].name);
		free(r->columns[i].type);
	}
	free(r->columns);
	free(r->query);
	free(r->hash);
	*r = (rows_source){0};
}

json_t *
rows_describe(const rows_source *r)
{
	json_t *columns = json_object();

	for (unsigned i = 0; i < r->count; i++)
		if (json_object_set_new(columns, r->columns[i].name, json_string(r->columns[i].type)) != 0)
		{
			json_decref(columns);
			return NULL;
		}
	return json_pack("{s:o}", "columns", columns);
}

/* ---- digests ---- */

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
rows_ask_digest(export_session *s, const char *query, const char *hash, rows_digest *out)
{
	char whole[WHOLE_SIZE];
	char *sql;
	PGresult *res = NULL;
	status answer;

	snprintf(whole, sizeof(whole), WHOLE_HASH, s->seed);
	if (asprintf(&sql,
	             "SELECT count(*), coalesce(sum(h >> 32), 0), coalesce(sum(h & 4294967295), 0) "
	             "FROM (SELECT %s FROM (%s) r) AS d (h)",
	             hash != NULL ? hash : whole, query) < 0)
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

/* The digest of a source that was made as answer says; frees it. */
static status
digest_source(export_session *s, status answer, rows_source *r, char out[PART_DIGEST_SIZE])
{
	rows_digest digest = {0};

	if (answer == STATUS_OK)
		answer = rows_ask_digest(s, r->query, r->hash, &digest);
	rows_source_free(r);
	rows_digest_format(&digest, out);
	return answer;
}

status
rows_digest_as_state(export_session *s, const part *p, char out[PART_DIGEST_SIZE])
{
	rows_source r;

	return digest_source(s, rows_as_state(s, p, &r), &r, out);
}

status
rows_digest_as_view(export_session *s, const part *p, char out[PART_DIGEST_SIZE])
{
	rows_source r;

	return digest_source(s, rows_as_view(s, p, &r), &r, out);
}
