/*
 * cli/init_slot.c
 *	  The replication slot from which the relay reads.
 */
#include "cli/init_slot.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "cli/postgres.h"
#include "support/clock.h"
#include "support/log.h"
#include "support/pg.h"
#include "support/stop.h"

#define LOOK_MS 500
#define MAKING "create the replication slot"

enum
{
	PLUGIN,
	IS_HERE,
	DATABASE,
	WAL_STATUS,
	MAKER /* the process that is still making it, or "" */
};

/* Looks for whom a slot waits that is being made. */
typedef struct slot_watch
{
	PGconn *conn;
	const char *name;
	patience waiting;
} slot_watch;

/* Of a process that makes a slot: whose transactions it waits for. One that is prepared has no process. */
static const char waits_for[] = "SELECT string_agg(coalesce(format('process %s (%s in database %s, "
                                "since %s)', a.pid, a.usename, a.datname, "
                                "date_trunc('second', a.xact_start)), format('the prepared "
                                "transaction %L of database %s', p.gid, p.database)), ', ') "
                                "FROM pg_locks w JOIN pg_locks h ON h.locktype = 'transactionid' "
                                "AND h.transactionid = w.transactionid AND h.granted "
                                "LEFT JOIN pg_stat_activity a ON a.pid = h.pid LEFT JOIN "
                                "pg_prepared_xacts p ON p.transaction = h.transactionid "
                                "WHERE w.pid = $1::int AND NOT w.granted";

/* Says for whom a process that makes the slot waits, now and then. */
static status
tell_for_whom(slot_watch *watch, const char *maker)
{
	PGresult *result;
	status s;

	if (!patience_due(&watch->waiting))
		return STATUS_OK;
	s = postgres_run(watch->conn, "look for whom the slot waits", NULL, waits_for, 1, &maker,
	                 &result);
	if (s != STATUS_OK)
		return s;
	log_write_hint(LOG_LEVEL_WARNING,
	               "PostgreSQL makes a slot once every transaction that was open has ended: commit "
	               "it or roll it "
	               "back, or SELECT pg_terminate_backend(PROCESS)",
	               "replication slot %s, made by process %s, waits for %s", watch->name, maker,
	               PQgetisnull(result, 0, 0) ? "nothing" : PQgetvalue(result, 0, 0));
	PQclear(result);
	return STATUS_OK;
}

/* Has the server give up what it is at, so that no slot comes of it later. */
static void
give_up(PGconn *conn)
{
	char error[256];
	PGcancel *cancel = PQgetCancel(conn);

	if (cancel == NULL || PQcancel(cancel, error, sizeof(error)) == 0)
		log_warning("PostgreSQL goes on to make the slot: it could not be told to stop");
	PQfreeCancel(cancel);
}

/* Waits until the server has made it, and says meanwhile for whom. */
static status
await_slot(PGconn *conn, slot_watch *watch)
{
	char maker[16];
	status s = STATUS_OK;

	snprintf(maker, sizeof(maker), "%d", PQbackendPID(conn));
	while (s == STATUS_OK && PQconsumeInput(conn) != 0 && PQisBusy(conn))
	{
		struct pollfd fds[2] = {{.fd = PQsocket(conn), .events = POLLIN},
		                        {.fd = stop_fd(), .events = POLLIN}};

		poll(fds, 2, LOOK_MS);
		s = stop_requested() ? STATUS_STOPPED : tell_for_whom(watch, maker);
	}
	if (s != STATUS_OK)
		give_up(conn);
	return s;
}

static status
make_slot(PGconn *conn, slot_watch *watch)
{
	PGresult *result;
	status s;

	if (PQsendQueryParams(conn, "SELECT mwmirror.slot_create($1)", 1, NULL, &watch->name, NULL,
	                      NULL, 0) == 0)
		return pg_fail(conn, NULL, MAKING, NULL);
	s = await_slot(conn, watch);
	if (s != STATUS_OK)
		return s;
	result = PQgetResult(conn);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		s = pg_fail(conn, result, MAKING,
		            "is mwmirror.so installed (make install), and the name of lower case letters, "
		            "digits and "
		            "underscores?");
	PQclear(result);
	while ((result = PQgetResult(conn)) != NULL)
		PQclear(result);
	return s;
}

/* Refuses a slot of that name that cannot serve; NULL values are those of a slot of a physical standby. */
static status
check_slot(const PGresult *slot, const char *name)
{
	char hint[512];

	snprintf(hint, sizeof(hint),
	         "set relay.slot to another name, or drop it if nobody needs it: SELECT "
	         "pg_drop_replication_slot('%s')",
	         name);
	if (PQgetisnull(slot, 0, PLUGIN) || strcmp(PQgetvalue(slot, 0, PLUGIN), "mwmirror") != 0)
	{
		log_error_hint(hint, "replication slot %s is of plugin \"%s\", not of mwmirror", name,
		               PQgetvalue(slot, 0, PLUGIN));
		return STATUS_TARGET;
	}
	if (PQgetvalue(slot, 0, IS_HERE)[0] != 't')
	{
		log_error_hint(hint, "replication slot %s belongs to database %s", name,
		               PQgetvalue(slot, 0, DATABASE));
		return STATUS_TARGET;
	}
	if (strcmp(PQgetvalue(slot, 0, WAL_STATUS), "lost") == 0)
	{
		log_error_hint(hint, "replication slot %s is invalid: PostgreSQL removed WAL that it needs",
		               name);
		return STATUS_TARGET;
	}
	return STATUS_OK;
}

/* One that another session is making, as one that was killed while it did, is waited for, and made here if it comes to nothing. */
static status
find_slot(PGconn *conn, slot_watch *watch, bool *there)
{
	for (;;)
	{
		PGresult *result;
		bool ready;
		status s =
		    postgres_run(conn, "read pg_replication_slots", NULL,
		                 "SELECT plugin, database = current_database(), database, wal_status, "
		                 "CASE WHEN confirmed_flush_lsn IS NULL THEN active_pid END "
		                 "FROM pg_replication_slots WHERE slot_name = $1",
		                 1, &watch->name, &result);

		if (s != STATUS_OK)
			return s;
		*there = PQntuples(result) > 0;
		ready = !*there || PQgetvalue(result, 0, MAKER)[0] == '\0';
		if (*there)
			s = check_slot(result, watch->name);
		if (s == STATUS_OK && !ready)
			s = tell_for_whom(watch, PQgetvalue(result, 0, MAKER));
		PQclear(result);
		if (s != STATUS_OK || ready)
			return s;
		if (stop_wait(LOOK_MS))
			return STATUS_STOPPED;
	}
}

status
init_slot(PGconn *conn, const char *conninfo, const char *name, bool *made)
{
	slot_watch watch = {.name = name, .waiting = patience_begin()};
	bool there = false;
	status s = postgres_connect(conninfo, "postgres.admin_conninfo", &watch.conn);

	if (s != STATUS_OK)
		return s;
	s = find_slot(conn, &watch, &there);
	*made = !there;
	if (s == STATUS_OK && !there)
		s = make_slot(conn, &watch);
	PQfinish(watch.conn);
	return s;
}
