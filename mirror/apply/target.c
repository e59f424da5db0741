/*
 * apply/target.c
 *	  The connection to the mirror; see target.h.
 */
#include "apply/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "support/log.h"
#include "support/stop.h"

#define ORIGIN_WAIT_MS 10000 /* a session gives up its lock a moment before its origin */
#define ORIGIN_STEP_MS 100
#define OBJECT_IN_USE "55006"

/*
 * Names are always qualified, times are UTC, and nothing ends a long wait but the operator. Plans are made once,
 * maybe while a table is still empty: they must be right for when it is large.
 */
static const char session_sql[] =
    "SET search_path = pg_catalog; SET timezone = 'UTC'; SET statement_timeout = 0; "
    "SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0; "
    "SET idle_session_timeout = 0; "
    "SET client_min_messages = warning; SET bytea_output = 'hex'; SET jit = off; "
    "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; "
    "SET default_transaction_isolation = 'read committed'; "
    /* from PostgreSQL 17 on */
    "SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout'";

status
target_fail(PGconn *conn, const char *what)
{
	if (PQstatus(conn) == CONNECTION_BAD)
	{
		log_warning("%s: the connection to PostgreSQL is lost: %s", what, PQerrorMessage(conn));
		return STATUS_RETRY;
	}
	log_error("%s: %s", what, PQerrorMessage(conn));
	return STATUS_TARGET;
}

status
target_execute(PGconn *conn, const char *sql)
{
	PGresult *res = PQexec(conn, sql);
	ExecStatusType answer = PQresultStatus(res);

	PQclear(res);
	if (answer == PGRES_COMMAND_OK || answer == PGRES_TUPLES_OK)
		return STATUS_OK;
	return target_fail(conn, sql);
}

/* True if the server spoke and said no, as opposed to not being there. */
static bool
is_refusal(PGconn *conn)
{
	const char *message = PQerrorMessage(conn);

	/* libpq 15 gives no SQLSTATE for a failed connection */
	return strstr(message, "does not exist") != NULL || strstr(message, "authentication") != NULL ||
	       strstr(message, "pg_hba.conf") != NULL || strstr(message, "invalid") != NULL ||
	       strstr(message, "no password supplied") != NULL;
}

status
target_open(const config *c, const char *application, PGconn **out)
{
	const char *names[] = {"dbname", "fallback_application_name", "client_encoding", NULL};
	const char *values[] = {c->postgres_conninfo, application, "UTF8", NULL};
	PGconn *conn = PQconnectdbParams(names, values, 1);
	status result;

	*out = NULL;
	if (PQstatus(conn) != CONNECTION_OK)
	{
		bool refused = conn != NULL && is_refusal(conn);

		log_write_hint(refused ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING,
		               "see [postgres] conninfo in the configuration",
		               "cannot connect to PostgreSQL: %s", PQerrorMessage(conn));
		PQfinish(conn);
		return refused ? STATUS_TARGET : STATUS_RETRY;
	}
	result = target_execute(conn, session_sql);
	if (result != STATUS_OK)
	{
		PQfinish(conn);
		return result;
	}
	*out = conn;
	return STATUS_OK;
}

status
target_check(PGconn *conn)
{
	status result = STATUS_OK;
	PGresult *res = PQexec(conn, "SELECT current_setting('wal_level'), (SELECT extversion FROM "
	                             "pg_extension WHERE extname = 'mwmirror'), "
	                             "current_setting('server_encoding')");

	if (PQresultStatus(res) != PGRES_TUPLES_OK)
	{
		PQclear(res);
		return target_fail(conn, "cannot look at PostgreSQL's settings");
	}
	if (PQserverVersion(conn) < 150000)
	{
		log_error_hint("use PostgreSQL 15 or later", "PostgreSQL is version %d",
		               PQserverVersion(conn) / 10000);
		result = STATUS_TARGET;
	}
	if (strcmp(PQgetvalue(res, 0, 0), "logical") != 0)
	{
		log_error_hint("run ALTER SYSTEM SET wal_level = 'logical' and restart PostgreSQL",
		               "PostgreSQL's wal_level is %s", PQgetvalue(res, 0, 0));
		result = STATUS_TARGET;
	}
	if (PQgetisnull(res, 0, 1))
	{
		log_error_hint("run mwmirror init",
		               "the extension mwmirror is not installed in database %s", PQdb(conn));
		result = STATUS_TARGET;
	}
	if (strcmp(PQgetvalue(res, 0, 2), "UTF8") != 0)
	{
		log_error_hint("create the database with ENCODING 'UTF8'",
		               "the encoding of database %s is %s", PQdb(conn), PQgetvalue(res, 0, 2));
		result = STATUS_TARGET;
	}
	PQclear(res);
	return result;
}

/* Names the session that holds the lock, for the operator. */
static void
report_holder(PGconn *conn, const char *source_name)
{
	const char *params[] = {source_name};
	PGresult *res =
	    PQexecParams(conn,
	                 "SELECT a.pid, a.application_name, a.client_addr, a.backend_start FROM "
	                 "pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' "
	                 "AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = "
	                 "current_database()) AND (l.classid::bigint << 32) | l.objid::bigint = "
	                 "hashtextextended('mwmirror source ' || $1, 0)",
	                 1, NULL, params, NULL, NULL, 0);

	if (PQresultStatus(res) == PGRES_TUPLES_OK && PQntuples(res) > 0)
		log_error_hint("stop the other one, or give this one another source name",
		               "source %s is being written by another session: server process %s, \"%s\", "
		               "since %s",
		               source_name, PQgetvalue(res, 0, 0), PQgetvalue(res, 0, 1),
		               PQgetvalue(res, 0, 3));
	else
		log_error_hint("try again", "source %s was being written by another session", source_name);
	PQclear(res);
}

status
target_lock_source(PGconn *conn, const char *source_name, int wait_ms)
{
	const char *params[] = {source_name};
	char sql[64];
	status result;
	PGresult *res;
	const char *sqlstate;

	snprintf(sql, sizeof(sql), "SET lock_timeout = %d", wait_ms);
	result = target_execute(conn, sql);
	if (result != STATUS_OK)
		return result;
	res =
	    PQexecParams(conn, "SELECT pg_advisory_lock(hashtextextended('mwmirror source ' || $1, 0))",
	                 1, NULL, params, NULL, NULL, 0);
	sqlstate = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	if (PQresultStatus(res) == PGRES_TUPLES_OK)
		result = target_execute(conn, "SET lock_timeout = 0");
	else if (sqlstate != NULL && strcmp(sqlstate, "55P03") == 0)
	{
		report_holder(conn, source_name);
		result = STATUS_FENCED;
	}
	else
		result = target_fail(conn, "cannot take the source's lock");
	PQclear(res);
	return result;
}

status
target_set_up_origin(PGconn *conn, const char *source_name, const char *worker)
{
	const char *params[] = {source_name, worker};
	status result = STATUS_RETRY;

	for (int waited = 0; result == STATUS_RETRY; waited += ORIGIN_STEP_MS)
	{
		PGresult *res = PQexecParams(conn, "SELECT mwmirror.origin_setup($1, $2)", 2, NULL, params,
		                             NULL, NULL, 0);
		const char *sqlstate = PQresultErrorField(res, PG_DIAG_SQLSTATE);

		if (PQresultStatus(res) == PGRES_TUPLES_OK)
			result = STATUS_OK;
		else if (sqlstate == NULL || strcmp(sqlstate, OBJECT_IN_USE) != 0)
			result = target_fail(conn, "cannot set up the source's replication origin");
		else if (waited >= ORIGIN_WAIT_MS)
		{
			log_warning("source %s: another session is its worker %s: %s", source_name, worker,
			            PQerrorMessage(conn));
			PQclear(res);
			return STATUS_RETRY;
		}
		else if (stop_wait(ORIGIN_STEP_MS))
			result = STATUS_STOPPED;
		PQclear(res);
		if (result == STATUS_RETRY && PQstatus(conn) == CONNECTION_BAD)
			break;
	}
	return result;
}

/* Columns 1 to 3 of the row: last_gtid, prior_gtid, and the time of the former. */
static void
read_history(const PGresult *res, history *out)
{
	memset(out, 0, sizeof(*out));
	if (PQgetisnull(res, 0, 1) || PQgetisnull(res, 0, 2) || PQgetisnull(res, 0, 3))
		return;
	if (!gtid_parse(PQgetvalue(res, 0, 1), &out->last) ||
	    !gtid_parse(PQgetvalue(res, 0, 2), &out->prior))
		memset(out, 0, sizeof(*out));
	out->time = (uint32_t) strtoul(PQgetvalue(res, 0, 3), NULL, 10);
}

status
target_read_position(PGconn *conn, const char *source_name, gtid_list *out, history *known,
                     bool *found)
{
	const char *params[] = {source_name};
	PGresult *res = PQexecParams(
	    conn,
	    "SELECT gtid_pos, last_gtid, prior_gtid, floor(extract(epoch FROM source_commit_time)) "
	    "FROM mwmirror.source WHERE source_name = $1",
	    1, NULL, params, NULL, NULL, 0);
	status result = STATUS_OK;

	memset(out, 0, sizeof(*out));
	if (known != NULL)
		memset(known, 0, sizeof(*known));
	*found = false;
	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		result = target_fail(conn, "cannot read mwmirror.source");
	else if (PQntuples(res) > 0)
	{
		*found = true;
		if (known != NULL)
			read_history(res, known);
		if (!gtid_list_parse(PQgetvalue(res, 0, 0), out))
		{
			log_error_hint("correct the row, or copy the wikis again",
			               "mwmirror.source: gtid_pos of %s is not a GTID list: \"%s\"",
			               source_name, PQgetvalue(res, 0, 0));
			result = STATUS_TARGET;
		}
	}
	PQclear(res);
	return result;
}
