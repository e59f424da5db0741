/*
 * support/pg.h
 *	  The one way to reach PostgreSQL: connect and execute in bounded time, and one answer to what fails.
 *
 * Everything here ends at once when a stop is asked for (STATUS_STOPPED), whatever the server or the resolver does.
 */
#ifndef MWMIRROR_SUPPORT_PG_H
#define MWMIRROR_SUPPORT_PG_H

#include <libpq-fe.h>
#include <stdbool.h>
#include "support/pg_error.h"
#include "support/status.h"

#define PG_MESSAGE_SIZE 1024

/* Where to connect; all texts are the caller's and need only live for the call. */
typedef struct pg_place
{
	const char *conninfo;    /* what it says goes before the defaults here */
	const char *setting;     /* the configuration entry that conninfo is from, for messages */
	const char *application; /* fallback_application_name */
	const char *hint;        /* what to do when the server refuses; NULL: look at the setting */
	bool replication;        /* replication=database */
	bool writes; /* a server that only reads is waited for, unless conninfo says otherwise */
	bool once;   /* for a verb that looks: the first refusal is final */
} pg_place;

/*
 * Connects. A failure of the network, of the resolver, of a server that starts, recovers, shuts down or is full is
 * STATUS_RETRY, a warning. STATUS_TARGET, an error: the server refuses (PG_REFUSE), again some seconds after the
 * first time; or conninfo is wrong. With several hosts in conninfo no refusal is final, because another host may
 * come back. STATUS_STOPPED, STATUS_MEMORY. On STATUS_OK the caller ends *out with PQfinish.
 */
status pg_open(const pg_place *place, PGconn **out);

/* As pg_open with once, but says nothing: message is why, one line. */
status pg_try(const pg_place *place, PGconn **out, char message[PG_MESSAGE_SIZE]);

/*
 * PQexec that sees a stop, and that gives up after wait_ms (0: waits for ever, and says every minute for what).
 * doing completes "cannot ..." and "waiting to ..." in messages. On STATUS_OK *out, for PQclear, is a result that
 * did not fail (rows, command, copy). Else *out is NULL, it is logged, and the connection may be in the middle of
 * something: STATUS_RETRY, STATUS_STOPPED, STATUS_TARGET as pg_fail.
 */
status pg_execute(PGconn *conn, const char *sql, const char *doing, int wait_ms, PGresult **out);

/*
 * pg_execute for one statement with text parameters. hint, which may be NULL, says what to do about a refusal to which the
 * server has no hint.
 */
status pg_execute_params(PGconn *conn, const char *sql, int count, const char *const *params,
                         const char *doing, const char *hint, int wait_ms, PGresult **out);

/* pg_execute for one statement without parameters, whose values come in binary form. */
status pg_execute_binary(PGconn *conn, const char *sql, const char *doing, PGresult **out);

/* pg_execute without judging: *out is whatever the server answers, NULL on STATUS_RETRY and STATUS_STOPPED (logged). */
status pg_ask(PGconn *conn, const char *sql, const char *doing, int wait_ms, PGresult **out);

/* Ends a COPY FROM STDIN, and waits for what the server says to it; errors as pg_execute. */
status pg_end_copy(PGconn *conn, const char *doing);

/* Prepares a statement; errors as pg_execute. */
status pg_prepare(PGconn *conn, const char *name, const char *sql, const char *doing);

/* pg_ask for one statement with text parameters. */
status pg_ask_params(PGconn *conn, const char *sql, int count, const char *const *params,
                     const char *doing, int wait_ms, PGresult **out);

/*
 * Logs a failed result (NULL: the connection's own message) with the server's detail and hint, or with the given
 * hint if the server has none (may be NULL). STATUS_RETRY, a warning, or STATUS_TARGET, by pg_judge.
 */
status pg_fail(PGconn *conn, const PGresult *result, const char *doing, const char *hint);

#endif
