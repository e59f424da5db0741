/*
 * cli/postgres.h
 *	  One connection to PostgreSQL for a verb that sets up or looks: plain queries with parameters.
 */
#ifndef MWMIRROR_CLI_POSTGRES_H
#define MWMIRROR_CLI_POSTGRES_H

#include <libpq-fe.h>
#include "support/status.h"

/*
 * Connects, with nothing but pg_catalog on the search path. setting names the configuration entry, for messages.
 * STATUS_TARGET if it cannot (logged). The caller ends *out with PQfinish.
 */
status postgres_connect(const char *conninfo, const char *setting, PGconn **out);

/*
 * Runs one statement with text parameters. doing completes "cannot ..." in the message. On STATUS_OK *out (may be
 * NULL if no rows are wanted) is the caller's, for PQclear. Else as pg_fail, logged with the server's hint or this one.
 */
status postgres_run(PGconn *conn, const char *doing, const char *hint, const char *sql,
                    int param_count, const char *const *params, PGresult **out);

/*
 * As postgres_run, of a statement that waits for locks for less than a second (lock_timeout): those who write and read go on meanwhile, and a deadlock with
 * them never is one. It is tried for a minute, and limits that the role has for its queries do not end it.
 */
status postgres_run_until_free(PGconn *conn, const char *doing, const char *hint, const char *sql,
                               int param_count, const char *const *params, PGresult **out);

/* Returns conn's last message as one line in a buffer that the next call overwrites. */
const char *postgres_message(PGconn *conn);

#endif
