/*
 * apply/target.h
 *	  The connection to the mirror: session settings, checks, replication origin, position.
 */
#ifndef MWMIRROR_APPLY_TARGET_H
#define MWMIRROR_APPLY_TARGET_H

#include <libpq-fe.h>
#include <stdbool.h>
#include "source/gtid.h"
#include "source/history.h"
#include "support/config.h"
#include "support/status.h"

/*
 * Connects with the writer's conninfo and sets the session up. application is "mwmirror follow" or the like.
 * STATUS_RETRY if no server is reachable that can write (a warning), STATUS_TARGET if it refuses (logged).
 * The caller closes *out with PQfinish.
 */
status target_open(const config *c, const char *application, PGconn **out);

/* Checks version, wal_level, the extension and its version, and that row level security does not hold the role back. Each fault is logged with what to run. */
status target_check(PGconn *conn);

/*
 * Marks all that this session commits as work of a worker of the source, "follow" for one, by its replication
 * origin. One session at a time can be that worker; a predecessor that is about to end is waited for. STATUS_RETRY if it
 * does not end (logged, with its process), STATUS_STOPPED.
 */
status target_set_up_origin(PGconn *conn, const char *source_name, const char *worker);

/*
 * Makes the session a worker copyN of the source, the first from that number on that no other session is. Errors as pg_execute, also if PostgreSQL has no
 * place for more origins.
 */
status target_set_up_copy_origin(PGconn *conn, const char *source_name, unsigned number);

/*
 * Reads mwmirror.source's gtid_pos into *out (freed by the caller), and the transaction at its end into *known (NULL: is
 * not wanted; all zero if unknown). *found false: there is no row yet.
 */
status target_read_position(PGconn *conn, const char *source_name, gtid_list *out, history *known,
                            bool *found);

/* Runs a command that answers no rows; errors as pg_execute. */
status target_execute(PGconn *conn, const char *sql);

#endif
