/*
 * apply/again_next.c
 *	  What is to be compared next; see again_next.h.
 */
#define _GNU_SOURCE /* strsep */
#include "apply/again_next.h"

#include <stdlib.h>
#include <string.h>
#include "apply/take.h"
#include "support/log.h"
#include "support/pg.h"

#define DOING "see what is to be copied again"
#define KEYS_AT_ONCE "200" /* of copy_range */

/* The columns of both questions. */
enum
{
	COLUMN_WIKI,
	COLUMN_TABLE,
	COLUMN_KEY,
	COLUMN_KIND,
	COLUMN_FAILED,

	/* tables */
	COLUMN_STATE,
	COLUMN_LOWER,
	COLUMN_VERSION,

	/* ranges */
	COLUMN_NUMBERS = COLUMN_STATE,
	COLUMN_ONE_KEY,
	COLUMN_LOWERS,
	COLUMN_UPPER
};

static const char table_sql[] =
    "SELECT wiki_id, source_table, key_column, key_kind, failed, state, encode(next_lower, 'hex'), "
    "version FROM mwmirror.copy_again_next($1)";

static const char ranges_sql[] =
    "SELECT wiki_id, source_table, key_column, key_kind, failed, numbers, one_key, "
    "array_to_string(lowers, ' '), upper FROM mwmirror.copy_again_next_ranges($1, $2)";

static bool
take_bound(const PGresult *res, int column, key_bound *out)
{
	return PQgetisnull(res, 0, column) || key_bound_read(out, PQgetvalue(res, 0, column));
}

/* Hexadecimal digits of keys with spaces between. */
static bool
take_keys(key_range *r, char *text)
{
	size_t room = 1;
	char *rest;

	for (const char *p = text; *p != '\0'; p++)
		room += *p == ' ' ? 1 : 0;
	r->keys = calloc(room, sizeof(key_bound));
	if (r->keys == NULL)
		return false;
	/* a key may be empty */
	while ((rest = strsep(&text, " ")) != NULL)
	{
		if (!key_bound_read(&r->keys[r->key_count], rest))
			return false;
		r->key_count++;
	}
	return true;
}

static bool
take_ranges(again_range *r, const PGresult *res)
{
	r->first = true;
	r->numbers = strdup(PQgetvalue(res, 0, COLUMN_NUMBERS));
	if (r->numbers == NULL || !take_bound(res, COLUMN_UPPER, &r->limit))
		return false;
	if (PQgetvalue(res, 0, COLUMN_ONE_KEY)[0] == 't')
		return take_keys(&r->keys, PQgetvalue(res, 0, COLUMN_LOWERS));
	/* of a range without a lower bound the text is empty, but a bound of no bytes is one */
	return PQgetisnull(res, 0, COLUMN_LOWERS) || PQgetlength(res, 0, COLUMN_LOWERS) == 0 ||
	       take_bound(res, COLUMN_LOWERS, &r->keys.lower);
}

static bool
take_table(again_range *r, const PGresult *res)
{
	r->version = strdup(PQgetvalue(res, 0, COLUMN_VERSION));
	r->first = strcmp(PQgetvalue(res, 0, COLUMN_STATE), "waiting") == 0;
	return r->version != NULL && take_bound(res, COLUMN_LOWER, &r->keys.lower);
}

static bool
take_next(again_range *r, const PGresult *res, bool ranges)
{
	r->wiki_id = strdup(PQgetvalue(res, 0, COLUMN_WIKI));
	r->table = strdup(PQgetvalue(res, 0, COLUMN_TABLE));
	r->key = strdup(PQgetvalue(res, 0, COLUMN_KEY));
	r->kind = strdup(PQgetvalue(res, 0, COLUMN_KIND));
	r->failed = PQgetvalue(res, 0, COLUMN_FAILED)[0] == 't';
	return r->wiki_id != NULL && r->table != NULL && r->key != NULL && r->kind != NULL &&
	       (ranges ? take_ranges(r, res) : take_table(r, res));
}

status
again_next_find(applier *a, bool ranges, again_range *out)
{
	const char *params[] = {a->config->source_name, KEYS_AT_ONCE};
	PGresult *res;
	status result =
	    pipeline_ask(a->pipe, ranges ? ranges_sql : table_sql, ranges ? 2 : 1, params, DOING, &res);

	if (result == STATUS_OK && PQresultStatus(res) != PGRES_TUPLES_OK)
		result = pg_fail(a->conn, res, DOING,
		                 "run mwmirror init, and grant mwmirror_writer to this role");
	else if (result == STATUS_OK && PQntuples(res) > 0 && !PQgetisnull(res, 0, COLUMN_WIKI) &&
	         !take_next(out, res, ranges))
	{
		log_error("out of memory for a table that is copied again");
		result = STATUS_MEMORY;
	}
	PQclear(res);
	return result;
}
