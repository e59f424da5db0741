/*
 * apply/target.c
 *	  The connection to the mirror; see target.h.
 */
#include "apply/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "support/extension.h"
#include "support/log.h"
#include "support/pg.h"
#include "support/stop.h"

#define ORIGIN_WAIT_MS 10000 /* a session gives up its lock a moment before its origin */
#define ORIGIN_STEP_MS 100
#define OBJECT_IN_USE "55006"
#define ANSWER_MS 30000 /* to short questions */
#define COPIES_MAX 9999 /* workers copy1, copy2... of a source */

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
    /* the session of a dead host ends within half a minute, and with it its locks */
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; "
    "SET tcp_user_timeout = 30000; "
    /* from PostgreSQL 17 on */
    "SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout'";

status
target_execute(PGconn *conn, const char *sql)
{
	PGresult *res;
	status result = pg_execute(conn, sql, sql, 0, &res);

	PQclear(res);
	return result;
}

status
target_open(const config *c, const char *application, PGconn **out)
{
	const pg_place place = {.conninfo = c->postgres_conninfo,
	                        .setting = "postgres.conninfo",
	                        .application = application,
	                        .writes = true};
	PGresult *res = NULL;
	status result = pg_open(&place, out);

	if (result != STATUS_OK)
		return result;
	result = pg_execute(*out, session_sql, "set the session up", ANSWER_MS, &res);
	PQclear(res);
	if (result != STATUS_OK)
	{
		PQfinish(*out);
		*out = NULL;
	}
	return result;
}

status
target_check(PGconn *conn)
{
	PGresult *res;
	status result = pg_execute(conn,
	                           "SELECT current_setting('wal_level'), "
	                           "current_setting('server_encoding'), pg_is_in_recovery() OR "
	                           "current_setting('transaction_read_only')::boolean, "
	                           "EXISTS (SELECT FROM pg_class WHERE relnamespace = "
	                           "to_regnamespace('mediawiki') AND relrowsecurity AND "
	                           "row_security_active(oid))",
	                           "look at PostgreSQL's settings", ANSWER_MS, &res);

	if (result != STATUS_OK)
		return result;
	/* conninfo may say target_session_attrs=any */
	if (PQgetvalue(res, 0, 2)[0] == 't')
	{
		PQclear(res);
		log_warning("this PostgreSQL is read-only: waiting for one that is not");
		return STATUS_RETRY;
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
	if (strcmp(PQgetvalue(res, 0, 1), "UTF8") != 0)
	{
		log_error_hint("create the database with ENCODING 'UTF8'",
		               "the encoding of database %s is %s", PQdb(conn), PQgetvalue(res, 0, 1));
		result = STATUS_TARGET;
	}
	/* policies let it see and write all rows, but the server refuses COPY */
	if (PQgetvalue(res, 0, 3)[0] == 't')
	{
		log_error_hint("run mwmirror init --writer-role with its name, or ALTER ROLE ... BYPASSRLS",
		               "there are public views, and role %s has no BYPASSRLS", PQuser(conn));
		result = STATUS_TARGET;
	}
	PQclear(res);
	return result == STATUS_OK ? extension_check(conn) : result;
}

/* *in_use, only if it may be: another session is that worker. */
static status
try_origin(PGconn *conn, const char *source_name, const char *worker, bool may_be, bool *in_use)
{
	static const char doing[] = "set up the source's replication origin";
	const char *params[] = {source_name, worker};
	const char *sqlstate;
	PGresult *res;
	status result = pg_ask_params(conn, "SELECT mwmirror.origin_setup($1, $2)", 2, params, doing,
	                              ANSWER_MS, &res);

	*in_use = false;
	if (result == STATUS_OK && PQresultStatus(res) != PGRES_TUPLES_OK)
	{
		sqlstate = PQresultErrorField(res, PG_DIAG_SQLSTATE);
		*in_use = may_be && sqlstate != NULL && strcmp(sqlstate, OBJECT_IN_USE) == 0;
		if (!*in_use)
			result = pg_fail(conn, res, doing,
			                 "run mwmirror init, and grant mwmirror_writer to this role");
	}
	PQclear(res);
	return result;
}

status
target_set_up_origin(PGconn *conn, const char *source_name, const char *worker)
{
	bool in_use;

	for (int waited = 0;; waited += ORIGIN_STEP_MS)
	{
		status result = try_origin(conn, source_name, worker, waited < ORIGIN_WAIT_MS, &in_use);

		if (result != STATUS_OK || !in_use)
			return result;
		if (stop_wait(ORIGIN_STEP_MS))
			return STATUS_STOPPED;
	}
}

status
target_set_up_copy_origin(PGconn *conn, const char *source_name, unsigned number)
{
	bool in_use = true;
	status result = STATUS_OK;

	for (unsigned i = number; result == STATUS_OK && in_use; i++)
	{
		char worker[32];

		snprintf(worker, sizeof(worker), "copy%u", i);
		result = try_origin(conn, source_name, worker, i < COPIES_MAX, &in_use);
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
	PGresult *res;
	status result = pg_execute_params(
	    conn,
	    "SELECT gtid_pos, last_gtid, prior_gtid, floor(extract(epoch FROM source_commit_time)) "
	    "FROM mwmirror.source WHERE source_name = $1",
	    1, params, "read mwmirror.source", NULL, ANSWER_MS, &res);

	memset(out, 0, sizeof(*out));
	if (known != NULL)
		memset(known, 0, sizeof(*known));
	*found = result == STATUS_OK && PQntuples(res) > 0;
	if (*found)
	{
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
