/*
 * snapshot/again.c
 *	  mwmirror snapshot --force; see again.h.
 */
#include "snapshot/again.h"

#include <stdlib.h>
#include <string.h>
#include "apply/lock.h"
#include "apply/target.h"
#include "mapping/mapping.h"
#include "mapping/wiki.h"
#include "snapshot/inventory.h"
#include "snapshot/plans.h"
#include "snapshot/session.h"
#include "snapshot/source_check.h"
#include "source/history.h"
#include "source/mariadb.h"
#include "source/reader.h"
#include "support/clock.h"
#include "support/log.h"
#include "support/pg.h"
#include "support/stop.h"

#define SHOW_MS 1000
#define ANSWER_MS 15000 /* for the source to begin its binlog */
#define STEP_MS 100
#define SOURCE_TIMEOUT_S 30
#define REASON "mwmirror snapshot --force"

typedef struct run
{
	const again_call *call;
	PGconn *conn;
	plans plans;
	wiki_list wikis;
	bool follows; /* a follow runs */
	bool moves;   /* the position moves to where the source is */
	char *newest; /* where that is */
} run;

/* True if it can be compared: of one whose database was dropped the rows stay. */
static bool
is_copied(const wiki *w)
{
	return w->snapshot_text != NULL && !w->gone;
}

/* True if the wiki is among those that are asked for. */
static bool
is_meant(const run *r, const wiki *w)
{
	if (!is_copied(w))
		return false;
	for (size_t i = 0; i < r->call->wiki_count; i++)
	{
		if (strcmp(r->call->wiki_ids[i], w->wiki_id) == 0)
			return true;
	}
	return r->call->wiki_count == 0;
}

/* ---- the position ---- */

static bool
wants_nothing(void *context, const char *schema, size_t schema_len, const char *table,
              size_t table_len)
{
	(void) context;
	(void) schema;
	(void) schema_len;
	(void) table;
	(void) table_len;
	return false;
}

/* Reads the binlog from the position as follow would; *good false: the source refuses to go on from there. */
static status
try_position(const run *r, const gtid_list *position, const history *known, bool *good)
{
	const int64_t until = clock_ms() + ANSWER_MS;
	reader_item item = {.kind = READER_EVENT};
	reader *stream;
	bool got = false;
	status result =
	    reader_start(r->call->config, position, known, false, false, wants_nothing, NULL, &stream);

	*good = true;
	if (result != STATUS_OK)
		return result;
	while (!got && reader_quiet_time(stream) == 0 && clock_ms() < until && !stop_requested())
		got = reader_next(stream, STEP_MS, &item);
	if (stop_requested())
		result = STATUS_STOPPED;
	else if (got && item.kind == READER_END)
	{
		*good = item.status != STATUS_SOURCE && item.status != STATUS_DATA;
		result = *good ? item.status : STATUS_OK;
	}
	else if (!got && reader_quiet_time(stream) == 0)
	{
		log_error_hint("try again when the source answers",
		               "the source did not begin to send its binlog within %d s", ANSWER_MS / 1000);
		result = STATUS_RETRY;
	}
	reader_destroy(stream);
	return result;
}

/* Whether what is to be compared can be read as of one moment, and followed from there. */
static status
check_tables(run *r, MYSQL *mysql)
{
	status result = STATUS_OK;

	for (size_t i = 0; result == STATUS_OK && i < r->wikis.count; i++)
	{
		const wiki *w = &r->wikis.items[i];

		if (!is_meant(r, w))
			continue;
		result = snapshot_check_tables(mysql, plans_mapping(&r->plans), w);
		if (result == STATUS_OK)
			result = snapshot_check_keys(mysql, &r->plans, w);
		if (result == STATUS_OK)
			result = inventory_take(r->conn, mysql, r->call->config->source_name, w);
	}
	return result;
}

/* Looks at the source, and where it is: at the position, or behind it, unless its history is another. */
static status
ask_source(run *r, const gtid_list *position)
{
	MYSQL *mysql = NULL;
	gtid_list newest = {0};
	status result = mariadb_open_source(r->call->config, SOURCE_TIMEOUT_S, NULL, 0, &mysql);

	if (result == STATUS_OK)
		result = check_tables(r, mysql);
	if (result == STATUS_OK)
		result = mariadb_query_value(mysql, "SELECT @@global.gtid_binlog_pos", &r->newest);
	if (mysql != NULL)
		mysql_close(mysql);
	if (result == STATUS_OK && (r->newest == NULL || !gtid_list_parse(r->newest, &newest)))
		result = STATUS_MEMORY;
	if (result == STATUS_OK && !r->moves && !gtid_list_covers_all(&newest, position))
	{
		log_error_hint("wait until it has caught up, or name another host in source.host",
		               "the host is at GTID '%s', behind the mirror's position", r->newest);
		result = STATUS_SOURCE;
	}
	gtid_list_free(&newest);
	return result;
}

static status
refuse_to_move(const run *r)
{
	log_error_hint("run mwmirror snapshot --force without any WIKI: all of them are compared, and "
	               "follow goes on from where the source is",
	               "source %s cannot be followed from the mirror's position, which is that of all "
	               "its wikis",
	               r->call->config->source_name);
	return STATUS_SOURCE;
}

/* Where the source is, and whether follow can go on from the position. */
static status
check_position(run *r)
{
	gtid_list position = {0};
	history known = {0};
	bool found;
	bool good = true;
	status result =
	    target_read_position(r->conn, r->call->config->source_name, &position, &known, &found);

	if (result == STATUS_OK && found && position.count > 0 && !r->follows)
		result = try_position(r, &position, &known, &good);
	r->moves = !good;
	if (result == STATUS_OK && r->moves && (r->call->wiki_count > 0 || r->call->table != NULL))
		result = refuse_to_move(r);
	if (result == STATUS_OK)
		result = ask_source(r, &position);
	gtid_list_free(&position);
	return result;
}

/* A follow that runs is at the position; if none does, this keeps it from starting. */
static status
find_follow(run *r)
{
	const char *params[] = {r->call->config->source_name};
	char *got = NULL;
	status result =
	    session_ask(r->conn, "SELECT pg_try_advisory_lock(" LOCK_KEY("$1") ")", 1, params, &got);

	r->follows = result == STATUS_OK && strcmp(got, "t") != 0;
	free(got);
	return result;
}

/* ---- what is to be done ---- */

static status
check_wiki(const run *r, const char *wiki_id)
{
	const wiki *w = wiki_list_by_id(&r->wikis, wiki_id);

	if (w != NULL && is_copied(w))
		return STATUS_OK;
	log_error_hint(w == NULL || w->gone ? "run mwmirror add-wiki, then mwmirror snapshot"
	                                    : "run mwmirror snapshot, which goes on where it was",
	               "source %s has no wiki %s that is copied", r->call->config->source_name,
	               wiki_id);
	return STATUS_USAGE;
}

static status
check_wikis(const run *r)
{
	status result = STATUS_OK;
	size_t copied = 0;

	for (size_t i = 0; result == STATUS_OK && i < r->call->wiki_count; i++)
		result = check_wiki(r, r->call->wiki_ids[i]);
	for (size_t i = 0; i < r->wikis.count; i++)
		copied += is_copied(&r->wikis.items[i]) ? 1 : 0;
	if (result != STATUS_OK || copied > 0)
		return result;
	log_error_hint("run mwmirror snapshot", "no wiki of source %s is copied",
	               r->call->config->source_name);
	return STATUS_USAGE;
}

static status
mark_wiki(const run *r, const char *wiki_id)
{
	const char *params[] = {wiki_id, REASON, r->call->table == NULL ? r->newest : r->call->table};

	if (r->call->table == NULL)
		return session_ask(r->conn, "SELECT mwmirror.copy_again_all($1, $2, $3)", 3, params, NULL);
	return session_ask(r->conn, "SELECT mwmirror.copy_again($1, $3, $2)", 3, params, NULL);
}

static status
mark_wikis(const run *r)
{
	status result = STATUS_OK;

	for (size_t i = 0; result == STATUS_OK && i < r->wikis.count; i++)
	{
		if (is_meant(r, &r->wikis.items[i]))
			result = mark_wiki(r, r->wikis.items[i].wiki_id);
	}
	return result;
}

static status
mark(const run *r)
{
	const char *source[] = {r->call->config->source_name, r->newest};
	status result = target_execute(r->conn, "BEGIN; SET LOCAL synchronous_commit = on");

	if (result == STATUS_OK)
		result = session_ask(r->conn, "SELECT mwmirror.copy_change($1)", 1, source, NULL);
	if (result == STATUS_OK && r->moves)
		result = session_ask(r->conn, "SELECT mwmirror.copy_again_from($1, $2)", 2, source, NULL);
	if (result == STATUS_OK)
		result = mark_wikis(r);
	return result == STATUS_OK ? target_execute(r->conn, "COMMIT") : result;
}

static void
report(const run *r)
{
	if (r->moves)
		log_warning("source %s: the position moves to GTID '%s', where the source is; what was "
		            "written before is found by comparing",
		            r->call->config->source_name, r->newest);
	log_info(
	    "follow compares %s of %zu wikis of source %s with the source, and writes what differs, "
	    "with events; nothing is deleted first%s",
	    r->call->table == NULL ? "all tables" : r->call->table,
	    r->call->wiki_count > 0 ? r->call->wiki_count : r->wikis.count,
	    r->call->config->source_name, r->follows ? "" : ". Start mwmirror follow");
}

/* ---- waiting ---- */

static const char progress_sql[] =
    "SELECT coalesce(sum(rows_done), 0)::bigint, coalesce(sum(CASE WHEN state = 'copied' THEN "
    "rows_done ELSE greatest(rows_done, rows_total) END), 0)::bigint, string_agg(wiki_id || ' ' || "
    "source_table, ', ' ORDER BY started_at) FILTER (WHERE state = 'copying'), "
    "count(*) FILTER (WHERE state <> 'copied') FROM mwmirror.copy_table WHERE source_name = $1 "
    "AND mode = 'again' AND (cardinality($2::text[]) = 0 OR wiki_id = ANY ($2::text[]))";

static char *
write_array(const again_call *call)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return NULL;
	/* ids are names of databases and prefixes, with neither quotes nor backslashes (add-wiki) */
	fputc('{', out);
	for (size_t i = 0; i < call->wiki_count; i++)
		fprintf(out, "%s\"%s\"", i == 0 ? "" : ",", call->wiki_ids[i]);
	fputc('}', out);
	return fclose(out) == 0 ? text : NULL;
}

static status
wait_for_end(const run *r)
{
	char *ids = write_array(r->call);
	const char *params[] = {r->call->config->source_name, ids};
	bool over = false;
	status result = ids == NULL ? STATUS_MEMORY : STATUS_OK;

	while (result == STATUS_OK && !over)
	{
		PGresult *res = NULL;

		result =
		    pg_execute_params(r->conn, progress_sql, 2, params, "see how far it is", NULL, 0, &res);
		if (result == STATUS_OK)
		{
			const snapshot_progress p = {.rows_done = strtoll(PQgetvalue(res, 0, 0), NULL, 10),
			                             .rows_total = strtoll(PQgetvalue(res, 0, 1), NULL, 10),
			                             .tables = PQgetvalue(res, 0, 2)};

			over = strcmp(PQgetvalue(res, 0, 3), "0") == 0;
			if (r->call->show != NULL)
				r->call->show(r->call->context, &p);
		}
		PQclear(res);
		if (result == STATUS_OK && !over && stop_wait(SHOW_MS))
			result = STATUS_STOPPED;
	}
	free(ids);
	return result;
}

/* ---- run ---- */

static status
prepare(run *r)
{
	const config *c = r->call->config;
	status result = target_open(c, "mwmirror snapshot", &r->conn);

	if (result == STATUS_OK)
		result = target_check(r->conn);
	if (result == STATUS_OK)
		result = plans_load(&r->plans, r->conn, c->source_name);
	if (result == STATUS_OK)
		result = wiki_list_load(r->conn, c->source_name, &r->wikis);
	if (result == STATUS_OK)
		result = check_wikis(r);
	if (result == STATUS_OK)
		result = find_follow(r);
	return result == STATUS_OK ? check_position(r) : result;
}

status
again_run(const again_call *call)
{
	const char *source[] = {call->config->source_name};
	run r = {.call = call};
	status result;

	plans_init(&r.plans);
	result = prepare(&r);
	if (result == STATUS_OK)
		result = mark(&r);
	if (result == STATUS_OK)
		report(&r);
	if (result == STATUS_OK && !r.follows)
		result =
		    session_ask(r.conn, "SELECT pg_advisory_unlock(" LOCK_KEY("$1") ")", 1, source, NULL);
	if (result == STATUS_OK && call->wait)
		result = wait_for_end(&r);
	free(r.newest);
	plans_free(&r.plans);
	wiki_list_free(&r.wikis);
	if (r.conn != NULL)
		PQfinish(r.conn);
	return result;
}
