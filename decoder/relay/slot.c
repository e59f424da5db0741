/*
 * relay/slot.c
 *	  Checks of cluster and slot; see slot.h.
 *
 * A replication connection takes simple queries only, so the slot's name is quoted as a literal by libpq.
 */
#include "relay/slot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/log.h"

#define PLUGIN "mwmirror"
#define NEW_SLOT_HINT                                                                              \
	"what it held is gone, so a new start is needed: drop the slot with "                          \
	"pg_drop_replication_slot(), run "                                                             \
	"`mwmirror init` and `mwmirror snapshot`, then start the relay once with --accept-gap."

/* What an SQLSTATE of these commands means for the operator. */
static const struct
{
	const char *sqlstate;
	status answer;
	const char *hint;
} refusals[] = {
    {"42704", STATUS_TARGET, "run `mwmirror init`, which makes the slot."},
    {"55006", STATUS_FENCED,
     "only one relay may read a slot: stop the other one, or set another relay.slot."},
    {"55000", STATUS_TARGET, NEW_SLOT_HINT},
    {"58P01", STATUS_TARGET,
     "install the module mwmirror on this server (make install). If a WAL file is missing, the "
     "slot is lost."},
    {"42501", STATUS_TARGET,
     "the role needs REPLICATION; output_plugin_libraries must list mwmirror: ALTER SYSTEM SET "
     "output_plugin_libraries = pgoutput, test_decoding, mwmirror; then SELECT pg_reload_conf()."},
    {"22023", STATUS_TARGET,
     "the module in PostgreSQL refuses an option: install module and program from one build. If it "
     "says that the "
     "library may not be used: ALTER SYSTEM SET output_plugin_libraries = pgoutput, test_decoding, "
     "mwmirror; "
     "then SELECT pg_reload_conf()."},
};

/* Connection trouble, lack of resources, a server that shuts down: the same may work later. */
static bool
is_passing(const char *sqlstate)
{
	static const char *const classes[] = {"08", "53", "57", "40"};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strncmp(sqlstate, classes[i], 2) == 0)
			return true;
	return false;
}

static int
first_line(const char *text)
{
	return (int) strcspn(text, "\n");
}

status
slot_refuse_active(const char *slot, int pid)
{
	log_error_hint(
	    "only one relay may read a slot: stop the other one, or set another relay.slot.",
	    "replication slot %s is in use by another process, PID %d of the PostgreSQL server", slot,
	    pid);
	return STATUS_FENCED;
}

status
slot_refuse(PGconn *conn, const PGresult *result, const char *slot, const char *doing)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
	const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	status answer = STATUS_TARGET;

	if (text == NULL)
		text = PQerrorMessage(conn);
	if (detail == NULL)
		detail = "";
	if (sqlstate == NULL || is_passing(sqlstate))
	{
		log_warning("cannot %s replication slot %s for now: %.*s", doing, slot, first_line(text),
		            text);
		return STATUS_RETRY;
	}
	if (hint == NULL)
		hint = "the position stays before the change that failed; see PostgreSQL's log.";
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
	{
		if (strcmp(refusals[i].sqlstate, sqlstate) == 0)
		{
			hint = refusals[i].hint;
			answer = refusals[i].answer;
		}
	}
	log_error_hint(hint, "cannot %s replication slot %s: %.*s%s%.*s (SQLSTATE %s)", doing, slot,
	               first_line(text), text, detail[0] != '\0' ? ": " : "", first_line(detail),
	               detail, sqlstate);
	return answer;
}

/* Runs a query that must answer one row at least; NULL after it was logged, with *out set. */
static PGresult *
query(PGconn *conn, const char *sql, const char *slot, status *out)
{
	PGresult *result = PQexec(conn, sql);

	*out = STATUS_OK;
	if (PQresultStatus(result) == PGRES_TUPLES_OK)
		return result;
	*out = slot_refuse(conn, result, slot, "look up");
	PQclear(result);
	return NULL;
}

status
slot_identify(PGconn *conn, slot_facts *out)
{
	status s;
	bool logical;
	PGresult *result = query(conn, "IDENTIFY_SYSTEM", "", &s);

	if (result == NULL)
		return s;
	snprintf(out->system, sizeof(out->system), "%s", PQgetvalue(result, 0, 0));
	if (!relay_lsn_parse(PQgetvalue(result, 0, 2), &out->server_lsn))
		s = STATUS_BUG;
	PQclear(result);
	if (s != STATUS_OK)
		return s;
	result =
	    query(conn,
	          "SELECT current_setting('wal_level'),"
	          " (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'wal_sender_timeout')",
	          "", &s);
	if (result == NULL)
		return s;
	logical = strcmp(PQgetvalue(result, 0, 0), "logical") == 0;
	if (!logical)
		log_error_hint("ALTER SYSTEM SET wal_level = logical; then restart PostgreSQL.",
		               "PostgreSQL runs with wal_level = %s, which cannot be decoded",
		               PQgetvalue(result, 0, 0));
	out->timeout_ms = atoi(PQgetvalue(result, 0, 1));
	PQclear(result);
	return logical ? STATUS_OK : STATUS_TARGET;
}

/* Judges the one row about the slot. */
static status
judge_slot(const PGresult *result, const char *slot, slot_facts *out)
{
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
	    " coalesce(database, '') FROM pg_catalog.pg_replication_slots WHERE slot_name = ";
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
	else
	{
		log_error_hint(
		    "run `mwmirror init`, which makes the slot; then `mwmirror snapshot` if rows were "
		    "applied without it.",
		    "there is no replication slot %s", slot);
		s = STATUS_TARGET;
	}
	PQclear(result);
	return s;
}
