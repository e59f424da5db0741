/*
 * cli/chain.c
 *	  Where each hop of the chain is right now.
 *
 * The hops are asked in the direction of the stream: a mirror that keeps up has what MariaDB had a moment before,
 * so that a quiet chain shows no lag, and neither does a busy one that is never behind.
 */
#include "cli/chain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/lock.h"
#include "cli/copies.h"
#include "cli/postgres.h"
#include "cli/requests.h"
#include "cli/unmapped.h"
#include "source/gtid.h"
#include "source/mariadb.h"
#include "relay/position_topic.h"
#include "relay/start.h"
#include "support/log.h"
#include "support/stop.h"

#define SOURCE_TIMEOUT 5
#define KAFKA_TIMEOUT_MS 5000
#define CATCH_UP_MS 1000 /* how long a hop may take to reach the one before it */
#define CATCH_UP_STEP_MS 20

/* ISO 8601 in UTC, as relay_time_format writes it. */
#define SQL_TIME(column)                                                                           \
	"to_char(" column " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

/* clang-format off */
static const char sql_sources[] =
    "SELECT s.source_name, s.gtid_pos, s.last_gtid, " SQL_TIME("s.source_commit_time") ", "
    "(extract(epoch FROM s.source_commit_time) * 1000000)::bigint, " SQL_TIME("s.applied_at") ", "
    "f.pid, f.application_name FROM mwmirror.source AS s LEFT JOIN LATERAL "
    "(SELECT a.pid, a.application_name " LOCK_HOLDER("s.source_name") " LIMIT 1) AS f ON true "
    "ORDER BY s.source_name";

static const char sql_wikis[] =
    "SELECT wiki_id, generator, snapshot_gtid, " SQL_TIME("snapshot_at") ", gone_gtid FROM mwmirror.wiki "
    "WHERE source_name = $1 ORDER BY wiki_id";
/* clang-format on */

/* a slot of PostgreSQL before 17 has neither failover nor synced */
static const char sql_slot[] =
    "SELECT one.flushed, s.slot_name, s.active_pid, s.restart_lsn, s.confirmed_flush_lsn, "
    "s.wal_status, greatest(pg_wal_lsn_diff(one.flushed, s.confirmed_flush_lsn), 0)::bigint, "
    "to_jsonb(s) ->> 'failover' = 'true', to_jsonb(s) ->> 'synced' = 'true', "
    "pg_is_in_recovery(), (SELECT system_identifier FROM pg_control_system()), "
    "CASE WHEN NOT pg_is_in_recovery() "
    "THEN ('x' || left(pg_walfile_name(one.flushed), 8))::bit(32)::bigint END, "
    "m.made_lsn, m.source_name, m.gtid_pos "
    "FROM (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() "
    "ELSE pg_current_wal_flush_lsn() END AS flushed) AS one "
    "LEFT JOIN pg_replication_slots AS s ON s.slot_name = $1 AND s.database = current_database() "
    "LEFT JOIN mwmirror.slot AS m ON m.slot_name = s.slot_name";

static const char sql_streams[] =
    "SELECT name, $1 || topic, private, enabled, wikis FROM mwmirror.streams() "
    "WHERE enabled OR of_table IS NULL";

static const char hint_init[] = "has mwmirror init been run on this database, and is this role a "
                                "member of mwmirror_writer or mwmirror_reader?";

/* Copies a field into the arena; NULL for NULL, and without memory. */
static const char *
field_copy(arena *a, const PGresult *result, int row, int column)
{
	if (PQgetisnull(result, row, column))
		return NULL;
	return arena_copy(a, PQgetvalue(result, row, column),
	                  (size_t) PQgetlength(result, row, column));
}

static int64_t
field_number(const PGresult *result, int row, int column)
{
	return PQgetisnull(result, row, column) ? 0
	                                        : strtoll(PQgetvalue(result, row, column), NULL, 10);
}

static bool
field_true(const PGresult *result, int row, int column)
{
	return PQgetvalue(result, row, column)[0] == 't';
}

static status
chain_read_wikis(PGconn *conn, arena *a, chain_source *source)
{
	const char *params[] = {source->name};
	PGresult *result;
	status s = postgres_run(conn, "read mwmirror.wiki", hint_init, sql_wikis, 1, params, &result);

	if (s != STATUS_OK)
		return s;
	source->wiki_count = (size_t) PQntuples(result);
	source->wikis = arena_alloc_zero(a, (source->wiki_count + 1) * sizeof(chain_wiki));
	for (int i = 0; source->wikis != NULL && i < PQntuples(result); i++)
	{
		chain_wiki *w = &source->wikis[i];

		w->wiki_id = field_copy(a, result, i, 0);
		w->generator = field_copy(a, result, i, 1);
		w->snapshot_gtid = field_copy(a, result, i, 2);
		w->snapshot_at = field_copy(a, result, i, 3);
		w->gone_gtid = field_copy(a, result, i, 4);
	}
	PQclear(result);
	return source->wikis != NULL ? STATUS_OK : STATUS_MEMORY;
}

/* Reads every source with its wikis into *out, anew each time. */
static status
chain_read_sources(PGconn *conn, const config *c, arena *a, chain *out)
{
	PGresult *result;
	status s = postgres_run(conn, "read mwmirror.source", hint_init, sql_sources, 0, NULL, &result);

	if (s != STATUS_OK)
		return s;
	out->source_count = (size_t) PQntuples(result);
	out->sources = arena_alloc_zero(a, (out->source_count + 1) * sizeof(chain_source));
	if (out->sources == NULL)
		s = STATUS_MEMORY;
	for (int i = 0; s == STATUS_OK && i < PQntuples(result); i++)
	{
		chain_source *source = &out->sources[i];

		source->name = field_copy(a, result, i, 0);
		source->mirror_gtid = field_copy(a, result, i, 1);
		if (source->name == NULL || source->mirror_gtid == NULL)
		{
			s = STATUS_MEMORY;
			break;
		}
		source->configured = strcmp(source->name, c->source_name) == 0;
		source->last_gtid = field_copy(a, result, i, 2);
		source->commit_time = field_copy(a, result, i, 3);
		source->commit_time_us = field_number(result, i, 4);
		source->applied_at = field_copy(a, result, i, 5);
		source->follow_pid = (int) field_number(result, i, 6);
		source->follow_name = field_copy(a, result, i, 7);
		source->lag = CHAIN_UNKNOWN;
		s = chain_read_wikis(conn, a, source);
	}
	PQclear(result);
	return s;
}

static status
chain_read_slot(PGconn *conn, const config *c, arena *a, chain *out)
{
	const char *params[] = {c->relay_slot};
	chain_slot *slot = &out->slot;
	PGresult *result;
	status s = postgres_run(conn, "read pg_replication_slots", NULL, sql_slot, 1, params, &result);

	if (s != STATUS_OK)
		return s;
	out->flush_lsn = field_copy(a, result, 0, 0);
	slot->exists = !PQgetisnull(result, 0, 1);
	slot->active_pid = (int) field_number(result, 0, 2);
	slot->restart_lsn = field_copy(a, result, 0, 3);
	slot->confirmed_lsn = field_copy(a, result, 0, 4);
	slot->wal_status = field_copy(a, result, 0, 5);
	slot->behind_bytes = field_number(result, 0, 6);
	slot->failover = field_true(result, 0, 7);
	slot->synced = field_true(result, 0, 8);
	out->in_recovery = field_true(result, 0, 9);
	out->system = field_copy(a, result, 0, 10);
	out->timeline = (uint32_t) field_number(result, 0, 11);
	slot->made_lsn = field_copy(a, result, 0, 12);
	slot->made_source = field_copy(a, result, 0, 13);
	slot->made_gtid = field_copy(a, result, 0, 14);
	PQclear(result);
	return STATUS_OK;
}

static status
chain_read_streams(PGconn *conn, const config *c, arena *a, chain *out)
{
	const char *params[] = {c->kafka_topic_prefix};
	PGresult *result;
	status s =
	    postgres_run(conn, "read mwmirror.streams()", hint_init, sql_streams, 1, params, &result);

	if (s != STATUS_OK)
		return s;
	out->stream_count = (size_t) PQntuples(result);
	out->streams = arena_alloc_zero(a, (out->stream_count + 1) * sizeof(chain_stream));
	for (int i = 0; out->streams != NULL && i < PQntuples(result); i++)
	{
		chain_stream *of = &out->streams[i];

		of->name = field_copy(a, result, i, 0);
		of->topic = field_copy(a, result, i, 1);
		of->is_private = field_true(result, i, 2);
		of->enabled = field_true(result, i, 3);
		of->wikis = field_number(result, i, 4);
	}
	PQclear(result);
	return out->streams != NULL ? STATUS_OK : STATUS_MEMORY;
}

/* Returns MariaDB's newest GTIDs as text in the arena; NULL if it cannot be asked (logged). */
static const char *
chain_ask_source(const config *c, arena *a)
{
	MYSQL *mysql = NULL;
	char *value = NULL;
	const char *copy = NULL;

	if (mariadb_open_source(c, SOURCE_TIMEOUT, NULL, 0, &mysql) != STATUS_OK)
		return NULL;
	if (mariadb_query_value(mysql, "SELECT @@global.gtid_binlog_pos", &value) == STATUS_OK)
	{
		copy = value != NULL ? arena_copy(a, value, strlen(value)) : "";
		free(value);
	}
	mysql_close(mysql);
	return copy;
}

/* True if every domain of a list is covered by another; both as text. */
static bool
positions_cover(const char *covering, const char *covered)
{
	gtid_list a = {0};
	gtid_list b = {0};
	bool result = gtid_list_parse(covering, &a) && gtid_list_parse(covered, &b) &&
	              gtid_list_covers_all(&a, &b);

	gtid_list_free(&a);
	gtid_list_free(&b);
	return result;
}

static double
seconds_since(int64_t microseconds)
{
	int64_t age = relay_time_now() - microseconds;

	return age > 0 ? (double) age / 1e6 : 0;
}

static chain_source *
chain_configured_source(chain *out)
{
	for (size_t i = 0; i < out->source_count; i++)
	{
		if (out->sources[i].configured)
			return &out->sources[i];
	}
	return NULL;
}

/* Reads the mirror's side; again for a moment while the configured source is ahead of it and follow runs. */
static status
chain_look_at_mirror(PGconn *conn, const config *c, arena *a, const char *source_gtid, chain *out)
{
	chain_source *source;
	status s;

	for (int waited = 0;; waited += CATCH_UP_STEP_MS)
	{
		s = chain_read_sources(conn, c, a, out);
		if (s != STATUS_OK)
			return s;
		source = chain_configured_source(out);
		if (source == NULL)
			return STATUS_OK;
		source->source_gtid = source_gtid;
		if (source_gtid == NULL)
			return STATUS_OK;
		if (positions_cover(source->mirror_gtid, source_gtid))
		{
			source->lag = 0;
			return STATUS_OK;
		}
		if (source->follow_pid == 0 || waited >= CATCH_UP_MS)
			break;
		if (stop_wait(CATCH_UP_STEP_MS))
			return STATUS_STOPPED;
	}
	if (source->commit_time_us != 0)
		source->lag = seconds_since(source->commit_time_us);
	return STATUS_OK;
}

/* How much later than what is published the mirror's last source transaction was committed. */
static double
chain_measure_relay(const chain *out, const chain_source *source)
{
	const relay_position *p = &out->position;

	/* the slot is confirmed up to what Kafka has committed, never further */
	if (out->kafka_reachable && out->slot.exists && out->slot.behind_bytes == 0)
		return 0;
	if (source == NULL || !out->published || source->commit_time_us == 0 || p->commit_time == 0)
		return CHAIN_UNKNOWN;
	if (source->last_gtid != NULL && strcmp(source->last_gtid, p->gtid) == 0)
		return 0;
	return p->commit_time < source->commit_time_us
	           ? (double) (source->commit_time_us - p->commit_time) / 1e6
	           : 0;
}

static void
chain_look_at_kafka(const config *c, chain *out)
{
	bool found = false;

	out->relay_lag = CHAIN_UNKNOWN;
	out->kafka_asked = strcmp(c->relay_sink, "kafka") == 0;
	if (!out->kafka_asked)
		return;
	out->kafka_reachable =
	    relay_read_position(c, KAFKA_TIMEOUT_MS, &out->position, &found) == STATUS_OK;
	out->published = out->kafka_reachable && found;
	out->relay_lag = chain_measure_relay(out, chain_configured_source(out));
}

static uint64_t
lsn_or_0(const char *text)
{
	uint64_t lsn;

	return text != NULL && relay_lsn_parse(text, &lsn) ? lsn : 0;
}

/*
 * What the relay would find at its start. Only while it does not run, because what it does moves meanwhile; and without
 * the history of timelines, which SQL does not tell: a position of another one is left for the relay to judge.
 */
static status
chain_find_gap(arena *a, chain *out)
{
	const chain_slot *slot = &out->slot;
	relay_position stored = out->position;
	start_source *sources = arena_alloc_zero(a, (out->source_count + 1) * sizeof(*sources));
	start_facts facts = {.flaw = "",
	                     .system = out->system != NULL ? out->system : "",
	                     .timeline = out->timeline,
	                     .server_lsn = lsn_or_0(out->flush_lsn),
	                     .confirmed = lsn_or_0(slot->confirmed_lsn),
	                     .made_lsn = lsn_or_0(slot->made_lsn),
	                     .made_source = slot->made_source != NULL ? slot->made_source : "",
	                     .made_gtid = slot->made_gtid != NULL ? slot->made_gtid : "",
	                     .sources = sources,
	                     .source_count = out->source_count};
	start_verdict verdict;

	if (sources == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; i < out->source_count; i++)
		sources[i] = (start_source){out->sources[i].name, out->sources[i].mirror_gtid};
	stored.timeline = 0;
	start_decide(&stored, &facts, &verdict);
	if (verdict.kind == START_GAP)
		out->gap = arena_copy(a, verdict.reason, strlen(verdict.reason));
	return STATUS_OK;
}

/* Without PostgreSQL there is still to say how MariaDB is. */
static status
chain_make_source(const config *c, arena *a, const char *source_gtid, chain *out)
{
	chain_source *source = arena_alloc_zero(a, sizeof(chain_source));

	if (source == NULL)
		return STATUS_MEMORY;
	source->name = c->source_name;
	source->configured = true;
	source->source_gtid = source_gtid;
	source->lag = CHAIN_UNKNOWN;
	out->sources = source;
	out->source_count = 1;
	return STATUS_OK;
}

/* After a dump is restored there are views, and no policies; and there may be some of others, for everybody. */
static status
chain_read_views(PGconn *conn, chain *out)
{
	PGresult *res = NULL;
	status s = postgres_run(
	    conn, "look at the public views", NULL,
	    "SELECT count(*) FROM mwmirror.public_table AS t JOIN pg_class AS c "
	    "ON c.relname = t.table_name AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE "
	    "nspname = 'mediawiki') "
	    "WHERE EXISTS (SELECT FROM mwmirror.views_schemas()) AND NOT (c.relrowsecurity AND EXISTS "
	    "(SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid AND p.polname = 'mwmirror_public') "
	    "AND NOT EXISTS (SELECT FROM mwmirror.guard_foreign() AS f WHERE f.of_table = c.oid))",
	    0, NULL, &res);

	if (s == STATUS_OK)
		out->unguarded = atoi(PQgetvalue(res, 0, 0));
	PQclear(res);
	return s;
}

status
chain_look(const config *c, arena *a, chain *out)
{
	const char *source_gtid = chain_ask_source(c, a);
	PGconn *conn = NULL;
	status s;

	memset(out, 0, sizeof(*out));
	s = postgres_connect(c->postgres_conninfo, "postgres.conninfo", &conn);
	if (s == STATUS_OK)
	{
		s = chain_look_at_mirror(conn, c, a, source_gtid, out);
		if (s == STATUS_OK)
			s = chain_read_slot(conn, c, a, out);
		if (s == STATUS_OK)
			s = chain_read_streams(conn, c, a, out);
		if (s == STATUS_OK)
			s = requests_read(conn, c->relay_slot, NULL, &out->requests);
		if (s == STATUS_OK)
			s = unmapped_read(conn, &out->unmapped);
		if (s == STATUS_OK)
			s = copies_read(conn, &out->copies);
		if (s == STATUS_OK)
			s = chain_read_views(conn, out);
		PQfinish(conn);
		out->postgres_reachable = s == STATUS_OK;
	}
	if (!out->postgres_reachable && s != STATUS_MEMORY && s != STATUS_STOPPED)
		s = chain_make_source(c, a, source_gtid, out);
	if (s == STATUS_MEMORY || s == STATUS_STOPPED)
		return s;
	chain_look_at_kafka(c, out);
	if (out->postgres_reachable && !out->in_recovery && out->kafka_reachable && out->slot.exists &&
	    out->slot.active_pid == 0)
		return chain_find_gap(a, out);
	return STATUS_OK;
}
