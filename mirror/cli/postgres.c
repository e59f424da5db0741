/*
 * cli/postgres.c
 *	  One connection to PostgreSQL for a verb that sets up or looks.
 */
#include "cli/postgres.h"

#include <stdio.h>
#include <string.h>

#include "support/clock.h"
#include "support/log.h"
#include "support/pg.h"
#include "support/stop.h"

#define LOCK_NOT_AVAILABLE "55P03"
#define PATIENCE_MS 60000
#define STEP_MS 500

static void
postgres_on_notice(void *arg, const char *message)
{
	(void) arg;
	log_debug("%s", message);
}

const char *
postgres_message(PGconn *conn)
{
	static char text[PG_MESSAGE_SIZE];

	pg_message_line(PQerrorMessage(conn), text, sizeof(text));
	return text;
}

status
postgres_connect(const char *conninfo, const char *setting, PGconn **out)
{
	const pg_place place = {
	    .conninfo = conninfo, .setting = setting, .application = "mwmirror", .once = true};
	char message[PG_MESSAGE_SIZE];
	char hint[256];
	status result = pg_try(&place, out, message);

	if (result == STATUS_OK)
	{
		PQsetNoticeProcessor(*out, postgres_on_notice, NULL);
		result = postgres_run(*out, "set the session up", NULL,
		                      "SELECT pg_catalog.set_config('search_path', 'pg_catalog', false)", 0,
		                      NULL, NULL);
		if (result != STATUS_OK)
			PQfinish(*out);
		return result;
	}
	if (result == STATUS_STOPPED || result == STATUS_MEMORY)
		return result;
	snprintf(hint, sizeof(hint),
	         "is the server up, and is %s right? Is the database there? If not: CREATE DATABASE "
	         "mwmirror ENCODING 'UTF8' TEMPLATE template0",
	         setting);
	log_error_hint(hint, "cannot connect to PostgreSQL: %s", message);
	return STATUS_TARGET;
}

status
postgres_run(PGconn *conn, const char *doing, const char *hint, const char *sql, int param_count,
             const char *const *params, PGresult **out)
{
	PGresult *result;
	status answer = pg_execute_params(conn, sql, param_count, params, doing, hint, 0, &result);

	if (out != NULL)
		*out = result;
	else
		PQclear(result);
	return answer;
}

/* True if all that failed was a lock that the statement did not get. */
static bool
is_in_use(const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	return state != NULL && strcmp(state, LOCK_NOT_AVAILABLE) == 0;
}

static bool
is_good(const PGresult *result)
{
	return PQresultStatus(result) == PGRES_TUPLES_OK || PQresultStatus(result) == PGRES_COMMAND_OK;
}

/* transaction_timeout is there from PostgreSQL 17 on. */
static status
lift_limits(PGconn *conn)
{
	return postgres_run(
	    conn, "set the session up", NULL,
	    "SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings "
	    "WHERE name IN ('statement_timeout', 'transaction_timeout')",
	    0, NULL, NULL);
}

status
postgres_run_until_free(PGconn *conn, const char *doing, const char *hint, const char *sql,
                        int param_count, const char *const *params, PGresult **out)
{
	const int64_t until = clock_ms() + PATIENCE_MS;
	PGresult *result = NULL;
	bool told = false;
	status answer = lift_limits(conn);

	if (answer != STATUS_OK)
		return answer;
	while ((answer = pg_ask_params(conn, sql, param_count, params, doing, 0, &result)) ==
	           STATUS_OK &&
	       is_in_use(result) && clock_ms() < until)
	{
		PQclear(result);
		result = NULL;
		if (!told)
			log_info("waiting for tables or views that are in use");
		told = true;
		if (stop_wait(STEP_MS))
			return STATUS_STOPPED;
	}
	if (answer == STATUS_OK && !is_good(result))
		answer = pg_fail(conn, result, doing,
		                 is_in_use(result) ? "a copy, a dump or a long query uses the tables: wait "
		                                     "for its end, or end it, and run this again"
		                                   : hint);
	if (answer == STATUS_OK && out != NULL)
		*out = result;
	else
		PQclear(result);
	return answer;
}
