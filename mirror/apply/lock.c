/*
 * apply/lock.c
 *	  The lock that makes one writer a source; see lock.h.
 */
#include "apply/lock.h"

#include <stdlib.h>
#include <string.h>
#include "support/log.h"
#include "support/pg.h"
#include "support/stop.h"

#define FOLLOW_NAME "mwmirror follow" /* application_name, as target_open sets it */
#define STEP_MS 250
#define SIGN_MOST_MS 5000
#define SIGN_PART 6     /* signs in source.takeover_s, at least */
#define ANSWER_MS 30000 /* for PostgreSQL to answer */

/* The session that has the lock. */
typedef struct holder
{
	char pid[16];
	char began[48];
	char name[64];
	char address[64];
	bool follow;
	int silent_s; /* since it last asked something; 0 while it works, and if it may not be seen */
	bool visible;
} holder;

static const char holder_sql[] =
    "SELECT a.pid, a.backend_start, coalesce(a.application_name, ''), "
    "coalesce(host(a.client_addr), "
    "'the same host'), a.state IS NOT NULL, CASE WHEN a.state <> 'active' OR a.wait_event_type = "
    "'Client' THEN extract(epoch FROM clock_timestamp() - a.state_change)::integer ELSE 0 "
    "END " LOCK_HOLDER("$1");

/* True if it could be taken; *result says how the question went. */
static bool
try_lock(PGconn *conn, const char *source_name, status *result)
{
	const char *params[] = {source_name};
	PGresult *res;
	bool got;

	*result = pg_execute_params(conn, "SELECT pg_try_advisory_lock(" LOCK_KEY("$1") ")", 1, params,
	                            "take the source's lock", NULL, ANSWER_MS, &res);
	got = *result == STATUS_OK && PQgetvalue(res, 0, 0)[0] == 't';
	PQclear(res);
	return got;
}

static void
copy_field(char *out, size_t size, const PGresult *res, int column)
{
	snprintf(out, size, "%s", PQgetvalue(res, 0, column));
}

/* *found false: nobody has it any more. */
static status
find_holder(PGconn *conn, const char *source_name, holder *out, bool *found)
{
	const char *params[] = {source_name};
	PGresult *res;
	status result = pg_execute_params(conn, holder_sql, 1, params, "see who has the source's lock",
	                                  NULL, ANSWER_MS, &res);

	*found = result == STATUS_OK && PQntuples(res) > 0;
	if (*found)
	{
		copy_field(out->pid, sizeof(out->pid), res, 0);
		copy_field(out->began, sizeof(out->began), res, 1);
		copy_field(out->name, sizeof(out->name), res, 2);
		copy_field(out->address, sizeof(out->address), res, 3);
		out->follow = strcmp(out->name, FOLLOW_NAME) == 0;
		out->visible = PQgetvalue(res, 0, 4)[0] == 't';
		out->silent_s = atoi(PQgetvalue(res, 0, 5));
	}
	PQclear(res);
	return result;
}

/* Ends the session of a follow that is dead. */
static status
end_holder(PGconn *conn, const char *source_name, const holder *h)
{
	const char *params[] = {h->pid, h->began};
	PGresult *res;
	status result;

	log_warning("source %s: the follow of server process %s from %s has shown no sign of life for "
	            "%d s: its session is ended",
	            source_name, h->pid, h->address, h->silent_s);
	result = pg_ask_params(conn,
	                       "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid "
	                       "= $1::integer AND backend_start = $2::timestamptz",
	                       2, params, "end a dead session", ANSWER_MS, &res);
	if (result != STATUS_OK)
		return result;
	/* without the right to it: PostgreSQL's own keepalives do it */
	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		log_warning("source %s: the session could not be ended: %s", source_name,
		            PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY));
	PQclear(res);
	return STATUS_OK;
}

static void
log_holder(const char *source_name, const holder *h)
{
	log_write_hint(LOG_LEVEL_WARNING,
	               h->follow ? "one mwmirror follow a source; this one waits for the other to end"
	                         : "this waits for it to end",
	               "source %s is being written by another session: server process %s, \"%s\" from "
	               "%s, since %s",
	               source_name, h->pid, h->name, h->address, h->began);
}

/* The time to wait is over. */
static status
give_up(const config *c, const holder *h)
{
	const char *source_name = c->source_name;

	if (!h->follow || !h->visible || h->silent_s > c->source_takeover_s / 2)
	{
		log_warning("source %s: server process %s still writes it", source_name, h->pid);
		return STATUS_RETRY;
	}
	log_error_hint("stop the other one first, or leave the work to it",
	               "source %s is being written by \"%s\", server process %s from %s", source_name,
	               h->name, h->pid, h->address);
	return STATUS_FENCED;
}

int
lock_sign_ms(const config *c)
{
	int64_t part = c->source_takeover_s * 1000 / SIGN_PART;

	return part < SIGN_MOST_MS ? (int) part : SIGN_MOST_MS;
}

status
lock_source(PGconn *conn, const config *c)
{
	const char *source_name = c->source_name;
	const int64_t patience = c->source_takeover_s * 1000;
	status result;
	holder h;

	for (int64_t waited = 0; !try_lock(conn, source_name, &result); waited += STEP_MS)
	{
		bool found = false;

		if (result == STATUS_OK)
			result = find_holder(conn, source_name, &h, &found);
		if (result != STATUS_OK)
			return result;
		if (found && waited == 0)
			log_holder(source_name, &h);
		if (found && waited >= patience)
			return give_up(c, &h);
		if (found && h.follow && h.silent_s >= c->source_takeover_s)
		{
			result = end_holder(conn, source_name, &h);
			if (result != STATUS_OK)
				return result;
		}
		if (stop_wait(STEP_MS))
			return STATUS_STOPPED;
	}
	return result;
}
