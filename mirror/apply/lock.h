/*
 * apply/lock.h
 *	  The lock that makes one writer a source, and what becomes of a session that holds it and does not end.
 *
 * A follow shows PostgreSQL a sign of life every lock_sign_ms, also when nothing happens. One that waits for the lock goes by that:
 *	  - a follow without a sign for source.takeover_s is dead (its host, its network, SIGSTOP): its session is ended;
 *	  - a follow that shows signs while this one waits for source.takeover_s is at work: STATUS_FENCED;
 *	  - anything else, a snapshot for one, is waited for: STATUS_RETRY.
 * (A dead host's session also ends by itself within half a minute, by the keepalives that target_open sets.)
 */
#ifndef MWMIRROR_APPLY_LOCK_H
#define MWMIRROR_APPLY_LOCK_H

#include <libpq-fe.h>
#include <stdbool.h>
#include "support/config.h"
#include "support/status.h"

/*
 * In SQL, for the source of an SQL expression: the lock's key, and the FROM and WHERE that find the session that holds it, of which
 * a is the row of pg_stat_activity.
 */
#define LOCK_KEY(name) "hashtextextended('mwmirror source ' || " name ", 0)"
#define LOCK_HOLDER(name)                                                                          \
	"FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid) WHERE l.locktype = 'advisory' AND " \
	"l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) " \
	"AND (l.classid::bigint << 32) | l.objid::bigint = " LOCK_KEY(name)

/* Milliseconds from one sign of life to the next. */
int lock_sign_ms(const config *c);

/*
 * Takes the source's lock, which one session at a time can hold until it ends; waits as said above. Who holds it is logged. STATUS_FENCED, STATUS_RETRY,
 * STATUS_STOPPED; errors as pg_fail.
 */
status lock_source(PGconn *conn, const config *c);

#endif
