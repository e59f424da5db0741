/*
 * snapshot/dispenser.c
 *	  Who copies which chunk; see dispenser.h.
 */
#include "snapshot/dispenser.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "apply/target.h"
#include "snapshot/table.h"
#include "source/mariadb.h"
#include "support/log.h"
#include "support/pg.h"

#define NUMBER_SIZE 32

void
chunk_claim_free(chunk_claim *c)
{
	key_range_free(&c->range);
	gtid_list_free(&c->position);
	memset(c, 0, sizeof(*c));
}

static status
out_of_memory(void)
{
	log_error("out of memory for a chunk");
	return STATUS_MEMORY;
}

/* A field of bytea; false without memory. */
static bool
read_bound(const PGresult *res, int column, key_bound *out)
{
	size_t len;
	unsigned char *data;
	bool done;

	if (PQgetisnull(res, 0, column))
		return true;
	data = PQunescapeBytea((const unsigned char *) PQgetvalue(res, 0, column), &len);
	done = data != NULL && key_bound_set(out, (const char *) data, len);
	PQfreemem(data);
	return done;
}

static claim_answer
read_answer(const char *what)
{
	if (strcmp(what, "new") == 0 || strcmp(what, "dead") == 0)
		return CLAIM_CHUNK;
	if (strcmp(what, "none") == 0)
		return CLAIM_NONE;
	return strcmp(what, "busy") == 0 ? CLAIM_BUSY : CLAIM_OVER;
}

/* In the transaction that will announce it. *is_new: its upper bound is to be found. */
static status
dispense(PGconn *conn, const wiki *w, const char *table, chunk_claim *out, claim_answer *answer,
         bool *is_new)
{
	const char *params[] = {w->wiki_id, table};
	PGresult *res;
	status result =
	    pg_execute_params(conn,
	                      "SELECT what, ordinal, lower, upper, key_column, key_kind FROM "
	                      "mwmirror.copy_dispense($1, $2)",
	                      2, params, "take a chunk", NULL, 0, &res);

	if (result != STATUS_OK)
		return result;
	*answer = read_answer(PQgetvalue(res, 0, 0));
	*is_new = PQgetvalue(res, 0, 0)[0] == 'n' && *answer == CLAIM_CHUNK;
	out->ordinal = atoi(PQgetvalue(res, 0, 1));
	if (!PQgetisnull(res, 0, 4))
	{
		out->range.column = strdup(PQgetvalue(res, 0, 4));
		out->range.kind = key_kind_parse(PQgetvalue(res, 0, 5));
		if (out->range.column == NULL)
			result = out_of_memory();
	}
	if (!read_bound(res, 2, &out->range.lower) || !read_bound(res, 3, &out->range.upper))
		result = out_of_memory();
	PQclear(res);
	return result;
}

static status
announce(PGconn *conn, const wiki *w, const char *table, chunk_claim *c, claim_answer *answer)
{
	char ordinal[NUMBER_SIZE];
	char *lower = NULL, *upper = NULL;
	PGresult *res = NULL;
	status result = STATUS_OK;

	snprintf(ordinal, sizeof(ordinal), "%d", c->ordinal);
	if (!key_bound_write(&c->range.lower, &lower) || !key_bound_write(&c->range.upper, &upper))
		result = out_of_memory();
	else
	{
		const char *params[] = {w->wiki_id, table, lower, upper, ordinal};

		result = pg_execute_params(
		    conn, "SELECT mwmirror.copy_announce($1, $2, $3::bytea, $4::bytea, $5::integer)", 5,
		    params, "announce a chunk to mwmirror follow", NULL, 0, &res);
	}
	if (result == STATUS_OK && PQgetisnull(res, 0, 0))
		*answer = CLAIM_AGAIN;
	else if (result == STATUS_OK && !gtid_list_parse(PQgetvalue(res, 0, 0), &c->position))
	{
		log_error_hint("correct the row, or copy the wikis again",
		               "mwmirror.source: gtid_pos is not a GTID list: \"%s\"",
		               PQgetvalue(res, 0, 0));
		result = STATUS_TARGET;
	}
	PQclear(res);
	free(lower);
	free(upper);
	return result;
}

status
dispenser_claim(PGconn *conn, MYSQL *mysql, const wiki *w, const char *table, uint64_t rows,
                chunk_claim *out, claim_answer *answer)
{
	const key_bound open = {0};
	bool is_new = false;
	bool found;
	status result = target_execute(conn, "BEGIN");

	*out = (chunk_claim){0};
	if (result == STATUS_OK)
		result = dispense(conn, w, table, out, answer, &is_new);
	if (result == STATUS_OK && is_new)
		result =
		    table_fail(mysql, w, table,
		               key_range_find_upper(mysql, w, table, rows, &open, &out->range, &found));
	if (result == STATUS_OK && *answer == CLAIM_CHUNK)
		result = announce(conn, w, table, out, answer);
	if (result == STATUS_OK)
		result = target_execute(conn, *answer == CLAIM_CHUNK ? "COMMIT" : "ROLLBACK");
	if (result == STATUS_OK && *answer != CLAIM_CHUNK)
		result = dispenser_release(conn, out);
	return result;
}

status
dispenser_copied(PGconn *conn, const wiki *w, const char *table, const chunk_claim *c,
                 const char *at, uint64_t rows, bool *ours)
{
	char ordinal[NUMBER_SIZE], count[NUMBER_SIZE];
	const char *params[] = {w->wiki_id, table, ordinal, at, count};
	PGresult *res;
	status result;

	snprintf(ordinal, sizeof(ordinal), "%d", c->ordinal);
	snprintf(count, sizeof(count), "%" PRIu64, rows);
	result = pg_execute_params(conn, "SELECT mwmirror.copy_copied($1, $2, $3, $4, $5)", 5, params,
	                           "say that a chunk is copied", NULL, 0, &res);
	*ours = result == STATUS_OK && PQgetvalue(res, 0, 0)[0] == 't';
	PQclear(res);
	return result;
}

status
dispenser_release(PGconn *conn, chunk_claim *c)
{
	chunk_claim_free(c);
	return target_execute(conn, "SELECT pg_advisory_unlock_all()");
}

status
dispenser_end(PGconn *conn, const wiki *w, const char *table)
{
	const char *params[] = {w->wiki_id, table};
	PGresult *res;
	status result = pg_execute_params(conn, "SELECT mwmirror.copy_end($1, $2)", 2, params,
	                                  "say that a table is copied", NULL, 0, &res);

	PQclear(res);
	return result;
}
