/*
 * export/holder.c
 *	  The connection that holds the snapshot of a dump; see holder.h.
 */
#include "export/holder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/log.h"
#include "support/pg.h"
#include "support/pg_array.h"

#define APPLICATION "mwmirror export"

/*
 * A dump may take days; what values look like is not the server's settings to say; it has threads enough of its own. transaction_timeout is there from
 * PostgreSQL 17 on.
 */
static const char session_sql[] =
    "SELECT pg_catalog.set_config(name, value, false) FROM (VALUES ('search_path', 'pg_catalog'), "
    "('statement_timeout', '0'), ('transaction_timeout', '0'), ('lock_timeout', '0'), "
    "('idle_in_transaction_session_timeout', '0'), ('idle_session_timeout', '0'), "
    "('TimeZone', 'UTC'), ('DateStyle', 'ISO'), ('IntervalStyle', 'postgres'), "
    "('extra_float_digits', '1'), ('bytea_output', 'hex'), ('jit', 'off'), "
    "('max_parallel_workers_per_gather', '0')) AS s (name, value) JOIN pg_catalog.pg_settings "
    "USING (name)";

static const char begin_sql[] = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";

/* Dropping or emptying a table, or a partition, is seen by every snapshot: it must wait, as it does for pg_dump. */
static const char lock_sql[] =
    "SELECT 'LOCK TABLE ' || string_agg(format('ONLY mediawiki.%I', relname), ', ' ORDER BY "
    "relname) || ' IN ACCESS SHARE MODE' FROM pg_class WHERE relnamespace = "
    "'mediawiki'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition";

/* $1: those that are named; NULL: all. */
static const char wikis_sql[] =
    "SELECT n.wiki_id, CASE WHEN w.wiki_id IS NULL THEN 'there is none' WHEN w.gone_gtid IS NOT "
    "NULL THEN 'its database was dropped' WHEN w.private THEN 'it is private' WHEN w.snapshot_gtid "
    "IS NULL OR EXISTS (SELECT FROM mwmirror.copy_table c WHERE c.wiki_id = w.wiki_id AND c.mode = "
    "'first' AND c.state <> 'copied') THEN 'it is not copied' END FROM (SELECT wiki_id FROM "
    "mwmirror.wiki WHERE $1::text[] IS NULL UNION SELECT unnest($1::text[])) AS n (wiki_id) LEFT "
    "JOIN mwmirror.wiki w ON w.wiki_id = n.wiki_id ORDER BY 1";

/* Tables of which this role would see no row: it was given rights since their policies were made. */
static const char hidden_sql[] =
    "SELECT current_user, string_agg(c.relname, ', ' ORDER BY c.relname) FROM pg_class c WHERE "
    "c.relnamespace = 'mediawiki'::regnamespace AND c.relkind IN ('r', 'p') AND "
    "row_security_active(c.oid) AND NOT EXISTS (SELECT FROM pg_policy p CROSS JOIN "
    "unnest(p.polroles) AS role WHERE p.polrelid = c.oid AND p.polname = 'mwmirror_others' AND "
    "pg_has_role(role, 'USAGE'))";

static const char position_sql[] =
    "SELECT coalesce(json_agg(to_json(p) ORDER BY source_name), '[]') FROM mwmirror.position() p "
    "WHERE source_name IN (SELECT source_name "
    "FROM mwmirror.wiki WHERE wiki_id = ANY ($1::text[]))";

static const char gone_sql[] =
    "SELECT NOT EXISTS (SELECT FROM mwmirror.wiki w WHERE w.wiki_id = n.wiki_id AND NOT w.private "
    "AND w.gone_gtid IS NULL) FROM unnest($1::text[]) WITH ORDINALITY AS n (wiki_id, place) ORDER "
    "BY place";

static status
run_sql(PGconn *conn, const char *sql, const char *doing)
{
	PGresult *res = NULL;
	status s = pg_execute(conn, sql, doing, 0, &res);

	PQclear(res);
	return s;
}

static status
connect_session(const export_call *call, PGconn **out)
{
	const pg_place place = {.conninfo = call->config->postgres_conninfo,
	                        .setting = "postgres.conninfo",
	                        .application = APPLICATION,
	                        .once = true};
	status s = pg_open(&place, out);

	if (s == STATUS_OK)
		s = run_sql(*out, session_sql, "set the session up");
	if (s == STATUS_OK)
		s = run_sql(*out, begin_sql, "begin the snapshot");
	return s;
}

status
holder_join(const holder *h, const export_call *call, PGconn **out)
{
	char sql[HOLDER_SNAPSHOT_SIZE + 32];
	status s = connect_session(call, out);

	snprintf(sql, sizeof(sql), "SET TRANSACTION SNAPSHOT '%s'", h->snapshot);
	return s == STATUS_OK ? run_sql(*out, sql, "read in the snapshot of the dump") : s;
}

/* The first field of a query; for free(). */
static status
ask(PGconn *conn, const char *sql, int count, const char *const *params, const char *doing,
    char **out)
{
	PGresult *res = NULL;
	status s = pg_execute_params(conn, sql, count, params, doing, NULL, 0, &res);

	*out = s == STATUS_OK ? strdup(PQgetvalue(res, 0, 0)) : NULL;
	PQclear(res);
	return s == STATUS_OK && *out == NULL ? STATUS_MEMORY : s;
}

/* Before the snapshot, which is begun by the first query and must not be older than the locks. */
static status
lock_tables(holder *h, const export_call *call)
{
	PGconn *conn = NULL;
	char *sql = NULL;
	status s = connect_session(call, &conn);

	if (s == STATUS_OK)
		s = ask(conn, lock_sql, 0, NULL, "see which tables there are", &sql);
	if (s == STATUS_OK)
		s = run_sql(h->conn, sql, "keep the tables of the mirror from being dropped");
	free(sql);
	PQfinish(conn);
	return s;
}

static status
begin_snapshot(holder *h)
{
	char *name;
	status s = ask(h->conn, "SELECT pg_export_snapshot()", 0, NULL, "export a snapshot", &name);

	if (s != STATUS_OK)
		return s;
	snprintf(h->snapshot, sizeof(h->snapshot), "%s", name);
	free(name);
	return STATUS_OK;
}

/* A wiki that is not named and cannot be written is left out. */
static status
take_wiki(holder *h, const export_call *call, const char *wiki_id, const char *fault)
{
	if (fault != NULL && call->wiki_count > 0)
	{
		log_error_hint("mwmirror status says of each wiki how it is",
		               "wiki %s cannot be exported: %s", wiki_id, fault);
		return STATUS_USAGE;
	}
	if (fault != NULL)
	{
		log_info("wiki %s is left out: %s", wiki_id, fault);
		return STATUS_OK;
	}
	h->wiki_ids[h->wiki_count] = strdup(wiki_id);
	return h->wiki_ids[h->wiki_count++] != NULL ? STATUS_OK : STATUS_MEMORY;
}

static status
read_wikis(holder *h, const export_call *call)
{
	char *names = call->wiki_count > 0 ? pg_array_format(call->wiki_ids, call->wiki_count) : NULL;
	const char *params[] = {names};
	PGresult *res = NULL;
	status s = call->wiki_count > 0 && names == NULL
	               ? STATUS_MEMORY
	               : pg_execute_params(h->conn, wikis_sql, 1, params, "see which wikis there are",
	                                   NULL, 0, &res);

	free(names);
	if (s == STATUS_OK)
		h->wiki_ids = calloc((size_t) PQntuples(res) + 1, sizeof(*h->wiki_ids));
	if (s == STATUS_OK && h->wiki_ids == NULL)
		s = STATUS_MEMORY;
	for (int i = 0; s == STATUS_OK && i < PQntuples(res); i++)
		s = take_wiki(h, call, PQgetvalue(res, i, 0),
		              PQgetisnull(res, i, 1) ? NULL : PQgetvalue(res, i, 1));
	PQclear(res);
	if (s == STATUS_OK && h->wiki_count == 0)
	{
		log_error_hint("wikis are private until add-wiki is told that they are not",
		               "there is no wiki that everybody may read and that is copied");
		s = STATUS_USAGE;
	}
	return s;
}

/* Runs a query whose parameter is the list of wikis. */
static status
ask_of_wikis(holder *h, const char *sql, const char *doing, PGresult **out)
{
	char *names = pg_array_format((const char *const *) h->wiki_ids, h->wiki_count);
	const char *params[] = {names};
	status s = names == NULL ? STATUS_MEMORY
	                         : pg_execute_params(h->conn, sql, 1, params, doing, NULL, 0, out);

	free(names);
	return s;
}

static status
read_position(holder *h)
{
	PGresult *res = NULL;
	status s = ask_of_wikis(h, position_sql, "read the position of the mirror", &res);

	if (s == STATUS_OK)
	{
		h->position = json_loads(PQgetvalue(res, 0, 0), 0, NULL);
		s = h->position != NULL ? STATUS_OK : STATUS_MEMORY;
	}
	PQclear(res);
	return s;
}

static status
check_policies(holder *h)
{
	PGresult *res = NULL;
	status s = pg_execute(h->conn, hidden_sql, "look at row level security", 0, &res);

	if (s == STATUS_OK && !PQgetisnull(res, 0, 1))
	{
		log_error_hint("SELECT mwmirror.refresh_views(), as the owner of the extension, has them "
		               "know the role",
		               "row level security hides all rows from role %s, as it has its rights since "
		               "the policies were made, of %s",
		               PQgetvalue(res, 0, 0), PQgetvalue(res, 0, 1));
		s = STATUS_TARGET;
	}
	PQclear(res);
	return s;
}

status
holder_open(holder *h, const export_call *call)
{
	status s = connect_session(call, &h->conn);

	if (s == STATUS_OK)
		s = lock_tables(h, call);
	if (s == STATUS_OK)
		s = begin_snapshot(h);
	if (s == STATUS_OK)
		s = check_policies(h);
	if (s == STATUS_OK)
		s = read_wikis(h, call);
	if (s == STATUS_OK)
		s = read_position(h);
	return s;
}

status
holder_end(holder *h, bool **gone)
{
	PGresult *res = NULL;
	status s = run_sql(h->conn, "COMMIT", "end the snapshot");

	*gone = calloc(h->wiki_count, sizeof(**gone));
	if (s == STATUS_OK)
		s = *gone == NULL
		        ? STATUS_MEMORY
		        : ask_of_wikis(h, gone_sql, "see which wikis everybody may still read", &res);
	for (int i = 0; s == STATUS_OK && i < PQntuples(res); i++)
		(*gone)[i] = PQgetvalue(res, i, 0)[0] == 't';
	PQclear(res);
	return s;
}

void
holder_close(holder *h)
{
	PQfinish(h->conn);
	for (size_t i = 0; i < h->wiki_count; i++)
		free(h->wiki_ids[i]);
	free(h->wiki_ids);
	json_decref(h->position);
	*h = (holder){0};
}
