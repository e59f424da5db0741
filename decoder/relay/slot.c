/*
 * relay/slot.c
 *	  Checks of cluster and slot; see slot.h.
 *
 * A standby can be read from PostgreSQL 16 on, if the slot is its own. A copy of the primary's, which PostgreSQL 17
 * keeps there (synced), only after the promotion.
 *
 * A replication connection takes simple queries only, so the slot's name is quoted as a literal by libpq.
 */
#include "relay/slot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/log.h"
#include "support/pg.h"

#define PLUGIN "mwmirror"
#define STANDBY_SINCE 160000
#define ANSWER_MS 30000 /* for a look into the catalog */
#define NEW_SLOT_HINT                                                                              \
	"the rows are in the mirror, only the events in between are gone: drop the slot with "         \
	"pg_drop_replication_slot(), run `mwmirror init`, then start the relay once with "             \
	"--accept-gap."
#define STANDBY_SLOT_HINT                                                                          \
	"SELECT pg_create_logical_replication_slot(name, 'mwmirror'); and start the relay once with "  \
	"--accept-gap."

/*
 * What the server's bare errors mean for the operator. A hint of the server or of the plugin goes before these: only
 * they know which of several causes it was.
 */
static const struct
{
	slot_doing doing;
	const char *sqlstate;
	const char *hint;
} hints[] = {
    {SLOT_LOOK_UP, "42501", "the role must be a member of mwmirror_relay, with REPLICATION."},
    {SLOT_START, "42704", "run `mwmirror init`, which makes the slot."},
    {SLOT_START, "55000", NEW_SLOT_HINT},
    {SLOT_START, "58P01", "install the module mwmirror on this server (make install)."},
    {SLOT_START, "42501",
     "the role needs REPLICATION; output_plugin_libraries must list mwmirror: ALTER SYSTEM SET "
     "output_plugin_libraries = pgoutput, test_decoding, mwmirror; then SELECT pg_reload_conf()."},
    {SLOT_START, "22023",
     "install module and program from one build. If it says that the library may not be used: "
     "ALTER SYSTEM SET output_plugin_libraries = pgoutput, test_decoding, mwmirror; then SELECT "
     "pg_reload_conf()."},
    {SLOT_READ, "58P01", NEW_SLOT_HINT},
};

status
slot_refuse_active(const char *slot, int pid)
{
	log_error_hint(
	    "only one relay may read a slot: stop the other one, or set another relay.slot.",
	    "replication slot %s is in use by another process, PID %d of the PostgreSQL server", slot,
	    pid);
	return STATUS_FENCED;
}

/* A file of the server's own state of decoding, which it makes again: no matter of WAL or modules. */
static bool
is_passing_file(const PGresult *result, const char *sqlstate)
{
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	return sqlstate != NULL && strcmp(sqlstate, "58P01") == 0 && text != NULL &&
	       strstr(text, "pg_logical/") != NULL;
}

status
slot_fail(PGconn *conn, const PGresult *result, const char *slot, slot_doing doing)
{
	static const char *const verbs[] = {[SLOT_LOOK_UP] = "look up",
	                                    [SLOT_START] = "start streaming from",
	                                    [SLOT_READ] = "read from"};
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *hint = "the position stays before the change that failed; see PostgreSQL's log.";
	char what[160];

	for (size_t i = 0; sqlstate != NULL && i < sizeof(hints) / sizeof(hints[0]); i++)
		if (hints[i].doing == doing && strcmp(hints[i].sqlstate, sqlstate) == 0)
			hint = hints[i].hint;
	snprintf(what, sizeof(what), "%s replication slot %s", verbs[doing], slot);
	if (is_passing_file(result, sqlstate))
	{
		log_write_hint(LOG_LEVEL_WARNING, "the folder is the server's own: see PostgreSQL's log.",
		               "cannot %s for now: %s", what,
		               PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
		return STATUS_RETRY;
	}
	return pg_fail(conn, result, what, hint);
}

/* The server is a standby, and the slot nothing that can be read there, for the reason given: one day it is the primary. */
static status
wait_for_promotion(const char *reason)
{
	log_warning(
	    "this PostgreSQL is in recovery, a standby perhaps, %s; waiting for it to be promoted, "
	    "or for relay.conninfo to lead to the primary",
	    reason);
	return STATUS_RETRY;
}

/* Runs a query that must answer one row at least; NULL after it was logged, with *out set. */
static PGresult *
query(PGconn *conn, const char *sql, const char *slot, status *out)
{
	PGresult *result = NULL;

	*out = pg_ask(conn, sql, "look at PostgreSQL's replication slots", ANSWER_MS, &result);
	if (*out != STATUS_OK)
		return NULL;
	if (PQresultStatus(result) == PGRES_TUPLES_OK)
		return result;
	*out = slot_fail(conn, result, slot, SLOT_LOOK_UP);
	PQclear(result);
	return NULL;
}

static status
ask_system(PGconn *conn, const char *slot, slot_facts *out)
{
	status s;
	PGresult *result = query(conn, "IDENTIFY_SYSTEM", slot, &s);

	if (result == NULL)
		return s;
	snprintf(out->system, sizeof(out->system), "%s", PQgetvalue(result, 0, 0));
	out->timeline = (uint32_t) strtoul(PQgetvalue(result, 0, 1), NULL, 10);
	if (!relay_lsn_parse(PQgetvalue(result, 0, 2), &out->server_lsn))
		s = STATUS_BUG;
	PQclear(result);
	return s;
}

status
slot_same_timeline(PGconn *conn, const char *slot, const slot_facts *known)
{
	slot_facts now;
	status s = ask_system(conn, slot, &now);

	if (s != STATUS_OK || now.timeline == known->timeline)
		return s;
	log_info("the standby is on timeline %" PRIu32 " now, it was on %" PRIu32
	         ": it or its primary was promoted; reading begins anew",
	         now.timeline, known->timeline);
	return STATUS_RETRY;
}

status
slot_identify(PGconn *conn, const char *slot, slot_facts *out)
{
	status s;
	PGresult *result =
	    query(conn,
	          "SELECT pg_catalog.current_setting('wal_level'),"
	          " (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'wal_sender_timeout'),"
	          " pg_catalog.pg_is_in_recovery(), pg_catalog.pg_postmaster_start_time()",
	          slot, &s);

	if (result == NULL)
		return s;
	snprintf(out->started, sizeof(out->started), "%s", PQgetvalue(result, 0, 3));
	out->in_recovery = strcmp(PQgetvalue(result, 0, 2), "t") == 0;
	if (out->in_recovery && PQserverVersion(conn) < STANDBY_SINCE)
		s = wait_for_promotion("and cannot decode before PostgreSQL 16");
	else if (!out->in_recovery && strcmp(PQgetvalue(result, 0, 0), "logical") != 0)
	{
		log_error_hint("ALTER SYSTEM SET wal_level = logical; then restart PostgreSQL.",
		               "PostgreSQL runs with wal_level = %s, which cannot be decoded",
		               PQgetvalue(result, 0, 0));
		s = STATUS_TARGET;
	}
	out->timeout_ms = atoi(PQgetvalue(result, 0, 1));
	PQclear(result);
	/* afterwards: the timeline of a server that is not in recovery stays */
	return s == STATUS_OK ? ask_system(conn, slot, out) : s;
}

/* Judges the one row about the slot. */
static status
judge_slot(const PGresult *result, const char *slot, slot_facts *out)
{
	const bool synced = strcmp(PQgetvalue(result, 0, 8), "t") == 0;
	const char *type = PQgetvalue(result, 0, 0);
	const char *plugin = PQgetvalue(result, 0, 1);
	const char *wal_status = PQgetvalue(result, 0, 4);

	if (strcmp(type, "logical") != 0 || strcmp(plugin, PLUGIN) != 0)
	{
		log_error_hint(
		    "set relay.slot to a name of its own and run `mwmirror init`, which makes the slot.",
		    "replication slot %s is a %s slot of plugin '%s', not of " PLUGIN, slot, type, plugin);
		return STATUS_TARGET;
	}
	if (strcmp(PQgetvalue(result, 0, 2), "t") != 0)
	{
		log_error_hint("set the database in relay.conninfo to that of the mirror.",
		               "replication slot %s belongs to another database, %s", slot,
		               PQgetvalue(result, 0, 6));
		return STATUS_TARGET;
	}
	if (strcmp(PQgetvalue(result, 0, 7), "t") == 0)
	{
		log_error_hint(
		    "the standby needs hot_standby_feedback = on and primary_slot_name, its primary "
		    "wal_level = logical. Then drop the slot and make it again on the "
		    "standby: " STANDBY_SLOT_HINT,
		    "replication slot %s is lost: the primary removed rows of its catalog that the "
		    "slot still needed, or went below wal_level = logical",
		    slot);
		return STATUS_TARGET;
	}
	if (strcmp(wal_status, "lost") == 0)
	{
		log_error_hint(NEW_SLOT_HINT " max_slot_wal_keep_size limits how much WAL is kept.",
		               "replication slot %s is lost: PostgreSQL removed WAL that it still needed",
		               slot);
		return STATUS_TARGET;
	}
	if (strcmp(wal_status, "unreserved") == 0)
		log_warning("replication slot %s is about to be lost (wal_status unreserved): "
		            "max_slot_wal_keep_size",
		            slot);
	if (out->in_recovery && synced)
		return wait_for_promotion("where the slot is kept for a failover");
	out->active_pid = atoi(PQgetvalue(result, 0, 3));
	if (!relay_lsn_parse(PQgetvalue(result, 0, 5), &out->confirmed))
		out->confirmed = 0;
	return STATUS_OK;
}

status
slot_check(PGconn *conn, const char *slot, slot_facts *out)
{
	static const char select[] =
	    "SELECT slot_type, coalesce(plugin, ''), coalesce(database = current_database(), false),"
	    " coalesce(active_pid, 0), coalesce(wal_status, ''), coalesce(confirmed_flush_lsn::text, "
	    "''),"
	    " coalesce(database, ''), coalesce((to_jsonb(s) ->> 'conflicting')::boolean, false),"
	    " coalesce((to_jsonb(s) ->> 'synced')::boolean, false)"
	    " FROM pg_catalog.pg_replication_slots AS s WHERE slot_name = ";
	char *name = PQescapeLiteral(conn, slot, strlen(slot));
	size_t size = sizeof(select) + (name != NULL ? strlen(name) : 0);
	char *sql = malloc(size);
	PGresult *result = NULL;
	status s = STATUS_MEMORY;

	if (sql != NULL && name != NULL)
	{
		snprintf(sql, size, "%s%s", select, name);
		result = query(conn, sql, slot, &s);
	}
	PQfreemem(name);
	free(sql);
	if (result == NULL)
		return s;
	if (PQntuples(result) == 1)
		s = judge_slot(result, slot, out);
	else if (out->in_recovery)
		s = wait_for_promotion("and has no such slot of its own");
	else
	{
		log_error_hint("run `mwmirror init`, which makes the slot.",
		               "there is no replication slot %s", slot);
		s = STATUS_TARGET;
	}
	PQclear(result);
	return s;
}
