/*
 * support/pg.c
 *	  Connecting and executing in bounded time; see pg.h.
 *
 * libpq connects in a thread of its own (aside.h): it knows hosts, addresses and connect_timeout, but neither it nor the
 * resolver can be interrupted.
 *
 * libpq 15 keeps the SQLSTATE of a failed connection to itself, but PQERRORS_VERBOSE writes it into the message. The
 * verbosity belongs to a connection, so an attempt that failed is made again on the same one (PQreset), and what
 * counts is how that ends.
 */
#include "support/pg.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/aside.h"
#include "support/clock.h"
#include "support/log.h"
#include "support/stop.h"

#define CONNECT_TIMEOUT_S "10" /* for each address */
#define QUICK_MS 8000   /* what took longer was a time-out, and asking again would give no more */
#define REFUSAL_MS 3000 /* between a refusal and the attempt that makes it final */
#define REPORT_MS 60000

/* How an attempt ended, if not with a connection. */
typedef enum verdict
{
	VERDICT_UNREACHABLE,
	VERDICT_REFUSED, /* by the server, or a password is wanted and there is none */
	VERDICT_WRONG    /* the conninfo itself */
} verdict;

/* One attempt. */
typedef struct attempt
{
	char *conninfo;
	char *application;
	bool replication;
	bool writes;
	PGconn *conn;
	verdict verdict;
	char message[PG_MESSAGE_SIZE];
} attempt;

static void
attempt_free(void *data)
{
	attempt *a = data;

	PQfinish(a->conn);
	free(a->conninfo);
	free(a->application);
	free(a);
}

static attempt *
attempt_create(const pg_place *place)
{
	attempt *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->conninfo = strdup(place->conninfo);
	a->application = strdup(place->application);
	a->replication = place->replication;
	a->writes = place->writes;
	if (a->conninfo != NULL && a->application != NULL)
		return a;
	attempt_free(a);
	return NULL;
}

/* True if more than one host or address is named, be it by conninfo, a service file or the environment. */
static bool
has_several_hosts(PGconn *conn)
{
	PQconninfoOption *options = PQconninfo(conn);
	bool several = false;

	for (const PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++)
		if (strcmp(o->keyword, "host") == 0 || strcmp(o->keyword, "hostaddr") == 0)
			several |= o->val != NULL && strchr(o->val, ',') != NULL;
	PQconninfoFree(options);
	return several;
}

/* Says what a failed attempt means; text is libpq's, with SQLSTATEs. */
static verdict
judge(const attempt *a, const char *const *names, const char *const *values, bool quick)
{
	const char *text = PQerrorMessage(a->conn);
	char state[PG_STATE_SIZE];

	if (pg_message_state(text, state))
		return pg_judge(state) == PG_REFUSE && !has_several_hosts(a->conn) ? VERDICT_REFUSED
		                                                                   : VERDICT_UNREACHABLE;
	if (PQconnectionNeedsPassword(a->conn))
		return VERDICT_REFUSED;
	/* of a ping only this answer is used: it depends on the parameters alone, not on how the server is by now */
	if (quick && PQpingParams(names, values, 1) == PQPING_NO_ATTEMPT)
		return VERDICT_WRONG;
	return VERDICT_UNREACHABLE;
}

/* In a thread of its own. */
static void
attempt_run(void *data)
{
	attempt *a = data;
	/* what stands before dbname are defaults, which conninfo may change; what stands behind it is fixed */
	const char *names[] = {"connect_timeout",
	                       "keepalives_idle",
	                       "keepalives_interval",
	                       "tcp_user_timeout",
	                       "target_session_attrs",
	                       "fallback_application_name",
	                       "dbname",
	                       "client_encoding",
	                       a->replication ? "replication" : NULL,
	                       NULL};
	const char *values[] = {
	    CONNECT_TIMEOUT_S, "10",        "10",   "30000",    a->writes ? "read-write" : "any",
	    a->application,    a->conninfo, "UTF8", "database", NULL};
	int64_t begun = clock_ms();
	bool quick;

	a->conn = PQconnectdbParams(names, values, 1);
	quick = clock_ms() - begun < QUICK_MS;
	if (a->conn != NULL && PQstatus(a->conn) != CONNECTION_OK && quick)
	{
		pg_message_line(PQerrorMessage(a->conn), a->message, sizeof(a->message));
		PQsetErrorVerbosity(a->conn, PQERRORS_VERBOSE);
		PQreset(a->conn); /* says nothing if the parameters are wrong */
		PQsetErrorVerbosity(a->conn, PQERRORS_DEFAULT);
	}
	if (a->conn != NULL && PQstatus(a->conn) != CONNECTION_OK)
	{
		a->verdict = judge(a, names, values, quick);
		if (PQerrorMessage(a->conn)[0] != '\0')
			pg_message_line(PQerrorMessage(a->conn), a->message, sizeof(a->message));
	}
}

/* STATUS_OK: the attempt has ended one way or the other, and *out is the caller's to free. */
static status
attempt_make(const pg_place *place, attempt **out)
{
	attempt *a = attempt_create(place);
	char doing[128];
	status s = STATUS_MEMORY;

	snprintf(doing, sizeof(doing), "connecting to PostgreSQL (%s)", place->setting);
	if (a != NULL)
		s = aside_run(attempt_run, attempt_free, a, doing);
	if (s == STATUS_OK)
		*out = a;
	else if (s != STATUS_STOPPED && a != NULL)
		attempt_free(a);
	return s;
}

/* Takes the connection out of the attempt if there is one. */
static PGconn *
attempt_take(attempt *a)
{
	PGconn *conn = a->conn;

	if (conn == NULL || PQstatus(conn) != CONNECTION_OK)
		return NULL;
	a->conn = NULL;
	return conn;
}

/* True if the thread has said the same less than a minute ago: a server that is away is not news at each attempt. */
static bool
is_repeated(const char *message)
{
	static _Thread_local char said[PG_MESSAGE_SIZE];
	static _Thread_local int64_t said_ms;
	int64_t now = clock_ms();

	if (strcmp(said, message) == 0 && now - said_ms < REPORT_MS)
		return true;
	snprintf(said, sizeof(said), "%s", message);
	said_ms = now;
	return false;
}

static void
log_attempt(const pg_place *place, const attempt *a, bool last)
{
	static const char *const what[] = {[VERDICT_UNREACHABLE] = "cannot connect to PostgreSQL",
	                                   [VERDICT_REFUSED] = "PostgreSQL refuses the connection",
	                                   [VERDICT_WRONG] = "cannot connect to PostgreSQL"};
	char hint[256];

	if (place->hint != NULL && a->verdict == VERDICT_REFUSED)
		snprintf(hint, sizeof(hint), "%s", place->hint);
	else
		snprintf(hint, sizeof(hint),
		         a->verdict == VERDICT_WRONG ? "correct %s" : "is the server up, and is %s right?",
		         place->setting);
	log_write_hint(last                      ? LOG_LEVEL_ERROR
	               : is_repeated(a->message) ? LOG_LEVEL_DEBUG
	                                         : LOG_LEVEL_WARNING,
	               hint, "%s: %s", what[a->verdict], a->message);
}

status
pg_open(const pg_place *place, PGconn **out)
{
	status s = STATUS_OK;

	*out = NULL;
	for (int refusals = 0; s == STATUS_OK && *out == NULL;)
	{
		attempt *a = NULL;

		s = attempt_make(place, &a);
		if (s != STATUS_OK)
			break;
		*out = attempt_take(a);
		if (a->conn == NULL && *out == NULL)
			s = STATUS_MEMORY;
		else if (*out == NULL)
		{
			bool last;

			refusals += a->verdict == VERDICT_REFUSED;
			last = a->verdict == VERDICT_WRONG ||
			       (a->verdict == VERDICT_REFUSED && (refusals > 1 || place->once));
			log_attempt(place, a, last);
			if (last)
				s = STATUS_TARGET;
			else if (a->verdict == VERDICT_UNREACHABLE)
				s = STATUS_RETRY;
			else if (stop_wait(REFUSAL_MS))
				s = STATUS_STOPPED;
		}
		attempt_free(a);
	}
	return s;
}

status
pg_try(const pg_place *place, PGconn **out, char message[PG_MESSAGE_SIZE])
{
	attempt *a = NULL;
	status s = attempt_make(place, &a);

	*out = NULL;
	message[0] = '\0';
	if (s != STATUS_OK)
		return s;
	*out = attempt_take(a);
	if (*out == NULL)
	{
		s = a->verdict == VERDICT_UNREACHABLE ? STATUS_RETRY : STATUS_TARGET;
		snprintf(message, PG_MESSAGE_SIZE, "%s", a->conn != NULL ? a->message : "out of memory");
	}
	attempt_free(a);
	return s;
}

status
pg_fail(PGconn *conn, const PGresult *result, const char *doing, const char *hint)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
	const char *own_hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	pg_answer answer = pg_judge(state);
	char text[PG_MESSAGE_SIZE];

	pg_message_line(primary != NULL ? primary : PQerrorMessage(conn), text, sizeof(text));
	if (answer == PG_RETRY)
	{
		log_write_hint(LOG_LEVEL_WARNING, own_hint, "cannot %s for now: %s (%s)", doing, text,
		               pg_meaning(state));
		return STATUS_RETRY;
	}
	if (own_hint != NULL)
		hint = own_hint;
	log_error_hint(hint != NULL ? hint : "see PostgreSQL's log.", "cannot %s: %s%s%s (SQLSTATE %s)",
	               doing, text, detail != NULL ? ": " : "", detail != NULL ? detail : "", state);
	return STATUS_TARGET;
}

/* Waits until the connection has a result to take. */
static status
await_result(PGconn *conn, const char *doing, int wait_ms)
{
	int64_t begun = clock_ms();
	int64_t report = begun + REPORT_MS;

	while (PQconsumeInput(conn) != 0 && PQisBusy(conn))
	{
		struct pollfd fds[2] = {{.fd = PQsocket(conn), .events = POLLIN},
		                        {.fd = stop_fd(), .events = POLLIN}};
		int64_t now = clock_ms();
		int64_t until = wait_ms > 0 && begun + wait_ms < report ? begun + wait_ms : report;

		if (PQflush(conn) > 0)
			fds[0].events |= POLLOUT;
		if (until > now)
			poll(fds, 2, (int) (until - now)); /* a signal only means to look again */
		if (stop_requested())
			return STATUS_STOPPED;
		now = clock_ms();
		if (wait_ms > 0 && now >= begun + wait_ms)
		{
			log_warning("PostgreSQL has not answered within %d ms; waiting to %s", wait_ms, doing);
			return STATUS_RETRY;
		}
		if (now >= report)
		{
			log_info("waiting to %s since %" PRId64 " s", doing, (now - begun) / 1000);
			report = now + REPORT_MS;
		}
	}
	return STATUS_OK; /* a lost connection has a result that says so */
}

/* Takes the answer to what was sent. */
static status
take_answer(PGconn *conn, const char *doing, int wait_ms, PGresult **out)
{
	PGresult *result = NULL;
	status s = STATUS_OK;

	while (s == STATUS_OK)
	{
		PGresult *next;
		ExecStatusType kind;

		s = await_result(conn, doing, wait_ms);
		if (s != STATUS_OK)
			break;
		next = PQgetResult(conn);
		if (next == NULL)
			break;
		/* as PQexec: the last result counts, or the first error */
		if (result != NULL && PQresultStatus(result) == PGRES_FATAL_ERROR)
			PQclear(next);
		else
		{
			PQclear(result);
			result = next;
		}
		kind = PQresultStatus(result);
		if (kind == PGRES_COPY_BOTH || kind == PGRES_COPY_IN || kind == PGRES_COPY_OUT)
			break;
	}
	if (s != STATUS_OK)
	{
		PQclear(result);
		return s;
	}
	*out = result;
	return result != NULL ? STATUS_OK : pg_fail(conn, NULL, doing, NULL);
}

status
pg_ask(PGconn *conn, const char *sql, const char *doing, int wait_ms, PGresult **out)
{
	*out = NULL;
	if (PQsendQuery(conn, sql) == 0)
		return pg_fail(conn, NULL, doing, NULL);
	return take_answer(conn, doing, wait_ms, out);
}

status
pg_ask_params(PGconn *conn, const char *sql, int count, const char *const *params,
              const char *doing, int wait_ms, PGresult **out)
{
	*out = NULL;
	if (PQsendQueryParams(conn, sql, count, NULL, params, NULL, NULL, 0) == 0)
		return pg_fail(conn, NULL, doing, NULL);
	return take_answer(conn, doing, wait_ms, out);
}

/* What is no failure of a statement. */
static bool
is_good(const PGresult *result)
{
	switch (PQresultStatus(result))
	{
		case PGRES_TUPLES_OK:
		case PGRES_COMMAND_OK:
		case PGRES_COPY_BOTH:
		case PGRES_COPY_IN:
		case PGRES_COPY_OUT:
		case PGRES_EMPTY_QUERY:
			return true;
		default:
			return false;
	}
}

/* Keeps a good result, judges another. */
static status
judge_result(PGconn *conn, const char *doing, const char *hint, PGresult **out)
{
	status s;

	if (is_good(*out))
		return STATUS_OK;
	s = pg_fail(conn, *out, doing, hint);
	PQclear(*out);
	*out = NULL;
	return s;
}

/* Takes the answer to what was sent, of which only matters whether it is good. */
static status
take_good_answer(PGconn *conn, const char *doing)
{
	PGresult *result = NULL;
	status s = take_answer(conn, doing, 0, &result);

	if (s == STATUS_OK)
		s = judge_result(conn, doing, NULL, &result);
	PQclear(result);
	return s;
}

status
pg_end_copy(PGconn *conn, const char *doing)
{
	if (PQputCopyEnd(conn, NULL) != 1)
		return pg_fail(conn, NULL, doing, NULL);
	return take_good_answer(conn, doing);
}

status
pg_prepare(PGconn *conn, const char *name, const char *sql, const char *doing)
{
	if (PQsendPrepare(conn, name, sql, 0, NULL) == 0)
		return pg_fail(conn, NULL, doing, NULL);
	return take_good_answer(conn, doing);
}

status
pg_execute(PGconn *conn, const char *sql, const char *doing, int wait_ms, PGresult **out)
{
	status s = pg_ask(conn, sql, doing, wait_ms, out);

	return s == STATUS_OK ? judge_result(conn, doing, NULL, out) : s;
}

status
pg_execute_params(PGconn *conn, const char *sql, int count, const char *const *params,
                  const char *doing, const char *hint, int wait_ms, PGresult **out)
{
	status s = pg_ask_params(conn, sql, count, params, doing, wait_ms, out);

	return s == STATUS_OK ? judge_result(conn, doing, hint, out) : s;
}

status
pg_execute_binary(PGconn *conn, const char *sql, const char *doing, PGresult **out)
{
	status s;

	*out = NULL;
	if (PQsendQueryParams(conn, sql, 0, NULL, NULL, NULL, NULL, 1) == 0)
		return pg_fail(conn, NULL, doing, NULL);
	s = take_answer(conn, doing, 0, out);
	return s == STATUS_OK ? judge_result(conn, doing, NULL, out) : s;
}
