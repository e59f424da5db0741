/*
 * apply/request.c
 *	  Requests; see request.h.
 */
#include "apply/request.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "apply/request_contents.h"
#include "support/clock.h"
#include "support/log.h"
#include "support/pg.h"

#define PATIENCE_MS 1000 /* under a backlog a part is written that often, which takes about 50 ms */
#define LOOK_MS 1000     /* between two looks while nothing is due */
#define LOCKED_MS 100    /* what is due and was not done is locked by somebody */
#define REFUSED_MS 60000 /* after the server has refused to look */
#define MICROSECONDS 1000000
#define UNTIL_SIZE 32
#define DOING "look for requests"

enum
{
	COLUMN_ID,
	COLUMN_WROTE,
	COLUMN_STATE,
	COLUMN_ERROR,
	COLUMN_WAIT_MS,
	COLUMN_CONTENTS
};

#define PARAMS 7

void
requests_init(requests *r, const char *source_name, pipeline *p, body_reader *bodies,
              const wiki_list *wikis)
{
	r->source_name = source_name;
	r->pipe = p;
	r->bodies = bodies;
	r->wikis = wikis;
	r->next_ms = 0;
}

int
requests_due(const requests *r)
{
	int64_t due = r->next_ms - clock_ms();

	return due < 0 ? 0 : (int) due;
}

bool
requests_overdue(const requests *r)
{
	return clock_ms() - r->next_ms >= PATIENCE_MS;
}

/* Logs how a request ended, or that it has to wait. */
static void
log_part(const PGresult *res)
{
	const char *id = PQgetvalue(res, 0, COLUMN_ID);
	const char *state = PQgetvalue(res, 0, COLUMN_STATE);
	const char *error = PQgetvalue(res, 0, COLUMN_ERROR);

	log_debug("request %s: %s rows, %s", id, PQgetvalue(res, 0, COLUMN_WROTE), state);
	if (strcmp(state, "failed") == 0)
		log_write_hint(LOG_LEVEL_WARNING, "its row in mwmirror.request says how far it came",
		               "request %s failed: %s", id, error);
	else if (!PQgetisnull(res, 0, COLUMN_ERROR))
		log_warning("request %s is put off: %s", id, error);
	else if (strcmp(state, "done") == 0)
		log_info("request %s is done", id);
}

static void
take_answer(requests *r, const PGresult *res)
{
	const bool done = !PQgetisnull(res, 0, COLUMN_ID);
	int wait = LOOK_MS;

	if (done)
		log_part(res);
	if (!PQgetisnull(res, 0, COLUMN_WAIT_MS))
		wait = atoi(PQgetvalue(res, 0, COLUMN_WAIT_MS));
	if (!done && wait < LOCKED_MS)
		wait = LOCKED_MS;
	r->next_ms = clock_ms() + (wait < LOOK_MS ? wait : LOOK_MS);
}

/* The connection is in order: what follows does not depend on requests. */
static status
take_error(requests *r, const PGresult *res)
{
	const char *sqlstate = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	if (pg_judge(sqlstate) == PG_RETRY)
	{
		log_warning("cannot " DOING ": %s", PQresultErrorMessage(res));
		return STATUS_RETRY;
	}
	log_write_hint(LOG_LEVEL_WARNING, "run mwmirror init, and grant mwmirror_writer to this role",
	               "PostgreSQL refuses requests, which wait: %s", PQresultErrorMessage(res));
	r->next_ms = clock_ms() + REFUSED_MS;
	return STATUS_OK;
}

/* Asks for a part; *out is whatever the server answers, the caller's. */
static status
ask(requests *r, const char *const *params, PGresult **out)
{
	return pipeline_ask(r->pipe,
	                    "SELECT id, wrote, state, error, wait_ms, contents FROM "
	                    "mwmirror.request_step($1, to_timestamp($2), $3, $4, "
	                    "coalesce($5::bigint[], '{}'), coalesce($6::bytea[], '{}'), "
	                    "coalesce($7::text[], '{}'))",
	                    PARAMS, params, DOING, out);
}

static bool
is_answer(const PGresult *res)
{
	return PQresultStatus(res) == PGRES_TUPLES_OK && PQntuples(res) == 1;
}

/* The request waits, and live changes go on: what it asks for may be gone, or away for long. */
static status
put_off(requests *r, const char *id)
{
	const char *params[] = {id,
	                        "its contents cannot be read from the source; see the log of follow"};
	PGresult *res;
	status result = pipeline_ask(r->pipe, "SELECT mwmirror.request_put_off($1, $2)", 2, params,
	                             "put a request off", &res);

	log_write_hint(LOG_LEVEL_WARNING, "mwmirror backfill --cancel ends it",
	               "request %s is put off: its contents cannot be read from the source", id);
	r->next_ms = clock_ms() + LOOK_MS;
	if (result == STATUS_OK && PQresultStatus(res) != PGRES_TUPLES_OK)
		result = take_error(r, res);
	PQclear(res);
	return result;
}

/* Reads the contents that an answer asks for, and asks again with them; *res is the new answer, NULL if they cannot be read. */
static status
give_contents(requests *r, const char **params, PGresult **res)
{
	request_contents contents;
	PGresult *asked = *res;
	status result = request_contents_read(r->bodies, r->wikis,
	                                      PQgetvalue(asked, 0, COLUMN_CONTENTS), &contents);

	*res = NULL;
	params[2] = PQgetvalue(asked, 0, COLUMN_ID);
	params[3] = contents.rows;
	params[4] = contents.ids;
	params[5] = contents.bodies;
	params[6] = contents.statuses;
	if (result == STATUS_OK)
		result = ask(r, params, res);
	else if (result == STATUS_RETRY || result == STATUS_SOURCE)
		result = put_off(r, params[2]);
	request_contents_free(&contents);
	PQclear(asked);
	return result;
}

status
requests_step(requests *r, int64_t until)
{
	char seconds[UNTIL_SIZE];
	const char *params[PARAMS] = {r->source_name, until > 0 ? seconds : NULL};
	PGresult *res;
	status result;

	snprintf(seconds, sizeof(seconds), "%" PRId64 ".%06" PRId64, until / MICROSECONDS,
	         until % MICROSECONDS);
	result = ask(r, params, &res);
	if (result == STATUS_OK && is_answer(res) && !PQgetisnull(res, 0, COLUMN_CONTENTS))
		result = give_contents(r, params, &res);
	if (result != STATUS_OK || res == NULL)
		return result;
	if (is_answer(res))
		take_answer(r, res);
	else
		result = take_error(r, res);
	PQclear(res);
	return result;
}
