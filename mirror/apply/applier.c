/*
 * apply/applier.c
 *	  Binlog events to PostgreSQL transactions; see applier.h.
 */
#include "apply/applier.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "apply/change.h"
#include "apply/ddl.h"
#include "apply/param.h"
#include "apply/pipeline.h"
#include "apply/raw_value.h"
#include "apply/statement.h"
#include "apply/table_cache.h"
#include "apply/target.h"
#include "rows/row_image.h"
#include "source/event.h"
#include "source/statement.h"
#include "support/arena.h"
#include "support/log.h"
#include "wire/mark.h"

#define STATEMENTS_MAX 2000 /* prepared at a time */
#define SCRATCH_BLOCK (16 << 10)
#define POSITION_INTERVAL_MS 1000
#define MICROSECONDS INT64_C(1000000)
#define UNIX_TO_POSTGRES INT64_C(946684800000000)

struct applier
{
	const config *config;
	const wiki_list *wikis;
	mapping *mapping;
	PGconn *conn;
	pipeline *pipe;
	param_set *params;
	statement_cache *statements;
	raw_values *raws;
	table_cache *tables;
	arena *scratch;
	change_context changes;

	/* the source transaction */
	bool in_transaction;
	bool skipped; /* its rows are left out: it was rolled back */
	bool
	    unmade; /* its DDL has no effect of its own: ALTER TABLE that only starts, or is rolled back */
	gtid id;
	unsigned rows; /* applied */

	/* the PostgreSQL transaction */
	bool open;
	int64_t opened_ms;
	uint64_t group_rows;
	uint64_t group_bytes;
	bool async; /* synchronous_commit is off */

	/* the position */
	gtid_list position;
	gtid last;              /* source transaction read last */
	int64_t last_time;      /* its commit, unix microseconds */
	bool moved;             /* since it was written */
	bool unmarked;          /* the last one has no mark yet */
	int64_t written_ms;     /* when the position was written last, and so a mark */
	int ticks;              /* written since then */
	uint64_t since_standby; /* commits since the last running-xacts record */

	bool rolled_back;
	gtid skip;
	applier_counts counts;
};

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t) t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- set-up ---- */

static const struct
{
	const char *name;
	const char *sql;
} statements[] = {
    {"tx_begin", "BEGIN"},
    {"tx_commit", "COMMIT"},
    {"tx_mark", "SELECT pg_logical_emit_message(true, '" MARK_PREFIX "', $1::text)"},
    {"tx_position", "UPDATE mwmirror.source SET gtid_pos = $2::text, last_gtid = $3::text, "
                    "source_commit_time = $4::timestamptz, applied_at = clock_timestamp() "
                    "WHERE source_name = $1::text"},
    {"tx_standby", "SELECT mwmirror.log_standby_snapshot()"},
    {"tx_forget", "UPDATE mwmirror.wiki SET snapshot_gtid = NULL, snapshot_at = NULL "
                  "WHERE wiki_id = $1::text"},
};

static status
prepare_statements(PGconn *conn)
{
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
	{
		PGresult *res = PQprepare(conn, statements[i].name, statements[i].sql, 0, NULL);
		bool ok = PQresultStatus(res) == PGRES_COMMAND_OK;

		PQclear(res);
		if (!ok)
			return target_fail(conn, statements[i].sql);
	}
	return STATUS_OK;
}

static status
create_parts(applier *a)
{
	status result = prepare_statements(a->conn);

	if (result == STATUS_OK)
		result = raw_values_load(a->conn, &a->raws);
	if (result != STATUS_OK)
		return result;
	a->params = param_create(a->conn);
	a->statements = statement_cache_create(STATEMENTS_MAX);
	a->tables = table_cache_create(a->wikis, a->mapping);
	a->scratch = arena_create(SCRATCH_BLOCK);
	a->changes.rows = run_create();
	if (a->changes.rows == NULL || a->params == NULL || a->statements == NULL ||
	    a->tables == NULL || a->scratch == NULL)
	{
		log_error("out of memory for the applier");
		return STATUS_MEMORY;
	}
	a->pipe = pipeline_create(a->conn);
	if (a->pipe == NULL)
		return STATUS_TARGET;
	a->changes.pipe = a->pipe;
	a->changes.params = a->params;
	a->changes.statements = a->statements;
	a->changes.raws = a->raws;
	a->changes.scratch = a->scratch;
	return STATUS_OK;
}

static bool
copy_position(gtid_list *to, const gtid_list *from)
{
	for (size_t i = 0; i < from->count; i++)
	{
		if (!gtid_list_set(to, &from->items[i]))
			return false;
	}
	return true;
}

status
applier_create(const config *c, PGconn *conn, mapping *m, const wiki_list *wikis,
               const gtid_list *position, const gtid *skip, bool duplicates, applier **out)
{
	applier *a = calloc(1, sizeof(*a));
	status result = STATUS_MEMORY;

	*out = NULL;
	if (a == NULL || !copy_position(&a->position, position))
		log_error("out of memory for the applier");
	else
	{
		a->config = c;
		a->conn = conn;
		a->mapping = m;
		a->wikis = wikis;
		a->written_ms = now_ms();
		if (skip != NULL)
			a->skip = *skip;
		a->changes.plain = !duplicates;
		result = create_parts(a);
	}
	if (result != STATUS_OK)
	{
		applier_destroy(a);
		return result;
	}
	*out = a;
	return STATUS_OK;
}

void
applier_destroy(applier *a)
{
	if (a == NULL)
		return;
	pipeline_destroy(a->pipe);
	run_destroy(a->changes.rows);
	param_destroy(a->params);
	statement_cache_destroy(a->statements);
	raw_values_destroy(a->raws);
	table_cache_destroy(a->tables);
	if (a->scratch != NULL)
		arena_destroy(a->scratch);
	gtid_list_free(&a->position);
	free(a);
}

bool
applier_at_boundary(const applier *a)
{
	return !a->in_transaction;
}

bool
applier_met_duplicate(const applier *a)
{
	return pipeline_met_duplicate(a->pipe);
}

bool
applier_rolled_back(const applier *a, gtid *out)
{
	*out = a->id;
	return a->rolled_back;
}

void
applier_get_counts(const applier *a, applier_counts *out)
{
	*out = a->counts;
}

/* ---- PostgreSQL transactions ---- */

static status
begin_group(applier *a)
{
	const pipeline_op op = {.verb = "BEGIN"};

	if (a->open)
		return STATUS_OK;
	a->open = true;
	a->opened_ms = now_ms();
	a->group_rows = 0;
	a->group_bytes = 0;
	return pipeline_send(a->pipe, NULL, "tx_begin", &op);
}

/* Marks the end of the source transaction that was read last. */
static status
send_mark(applier *a)
{
	const pipeline_op op = {.verb = "the mark of a source transaction", .id = a->last};
	mark m = {.commit_time = a->last_time};
	char text[MARK_TEXT_SIZE];
	convert_error err;

	gtid_format(&a->last, m.gtid);
	param_reset(a->params);
	if (!param_put_text(a->params, text, mark_format(&m, text), &err))
	{
		log_error("BUG: a mark cannot be written: %s", err.message);
		return STATUS_BUG;
	}
	a->unmarked = false;
	return pipeline_send(a->pipe, a->params, "tx_mark", &op);
}

static status
send_position(applier *a)
{
	const pipeline_op op = {
	    .verb = "UPDATE", .table = "mwmirror.source", .expect = EXPECT_ONE, .id = a->last};
	const target_value time = {.kind = TARGET_TIMESTAMPTZ, .i = a->last_time - UNIX_TO_POSTGRES};
	char *list = gtid_list_format(&a->position);
	char last[GTID_TEXT_SIZE];
	convert_error err;
	status result;
	bool ok;

	if (list == NULL)
	{
		log_error("out of memory for the position");
		return STATUS_MEMORY;
	}
	gtid_format(&a->last, last);
	param_reset(a->params);
	ok = param_put_text(a->params, a->config->source_name, strlen(a->config->source_name), &err) &&
	     param_put_text(a->params, list, strlen(list), &err) &&
	     param_put_text(a->params, last, strlen(last), &err) &&
	     param_put(a->params, MAPPING_TIMESTAMPTZ, &time, &err);
	if (ok)
		result = pipeline_send(a->pipe, a->params, "tx_position", &op);
	else
	{
		log_error("BUG: the position cannot be written: %s", err.message);
		result = STATUS_BUG;
	}
	free(list);
	return result;
}

/* Waiting for the disk at each commit only costs time while there is a backlog: position and rows go together. */
static status
choose_synchronous(applier *a, bool backlog)
{
	const pipeline_op op = {.verb = "SET"};

	if (a->async == backlog)
		return STATUS_OK;
	a->async = backlog;
	return pipeline_command(
	    a->pipe, backlog ? "SET synchronous_commit = off" : "SET synchronous_commit = on", &op);
}

/* A running-xacts record now and then keeps decoding cheap (DESIGN §3); outside of any transaction. */
static status
log_standby_snapshot(applier *a)
{
	const pipeline_op op = {.verb = "mwmirror.log_standby_snapshot()"};

	if (a->config->apply_standby_snapshot_commits == 0 ||
	    ++a->since_standby < (uint64_t) a->config->apply_standby_snapshot_commits)
		return STATUS_OK;
	a->since_standby = 0;
	return pipeline_send(a->pipe, NULL, "tx_standby", &op);
}

/*
 * Sends the end of the group; its answer is not waited for. But the answers to what is in it are: a statement that
 * changed no row is not an error to PostgreSQL, and must not be committed.
 */
static status
commit_group(applier *a, bool backlog)
{
	const pipeline_op op = {.verb = "COMMIT", .id = a->last};
	status result = begin_group(a);

	if (result == STATUS_OK && a->unmarked)
		result = send_mark(a);
	if (result == STATUS_OK)
		result = send_position(a);
	if (result == STATUS_OK)
		result = choose_synchronous(a, backlog);
	if (result == STATUS_OK)
		result = pipeline_wait(a->pipe);
	if (result == STATUS_OK)
		result = pipeline_send(a->pipe, NULL, "tx_commit", &op);
	if (result == STATUS_OK)
		result = log_standby_snapshot(a);
	if (result == STATUS_OK)
		result = pipeline_sync(a->pipe);
	a->open = false;
	a->moved = false;
	a->written_ms = now_ms();
	a->ticks = 0;
	a->counts.commits++;
	return result;
}

/* ---- ticks: the decoder must not wait for ever for what follows the last mark ---- */

/* Milliseconds until the next tick; -1 if there is none any more. */
static int
tick_due(const applier *a)
{
	int64_t due = a->written_ms + (int64_t) (a->ticks + 1) * MARK_TICK_INTERVAL_MS - now_ms();

	if (a->ticks >= MARK_TICKS)
		return -1;
	return due < 0 ? 0 : (int) due;
}

static status
send_tick(applier *a, int64_t idle_ms)
{
	const pipeline_op op = {.verb = "a tick", .id = a->last};
	char text[MARK_TEXT_SIZE];
	convert_error err;
	size_t len = mark_format_tick(idle_ms < UINT32_MAX ? (uint32_t) idle_ms : UINT32_MAX, text);
	status result = choose_synchronous(a, false);

	if (result != STATUS_OK)
		return result;
	param_reset(a->params);
	if (!param_put_text(a->params, text, len, &err))
	{
		log_error("BUG: a tick cannot be written: %s", err.message);
		return STATUS_BUG;
	}
	a->ticks++;
	result = pipeline_send(a->pipe, a->params, "tx_mark", &op);
	return result == STATUS_OK ? pipeline_sync(a->pipe) : result;
}

status
applier_finish(applier *a)
{
	status result = STATUS_OK;

	if (a->moved || a->open)
		result = commit_group(a, false);
	/* While nobody follows nothing more comes, so nothing is worth waiting for. */
	if (result == STATUS_OK && a->ticks < MARK_TICKS)
		result = send_tick(a, MARK_TICK_LAST_MS);
	return result == STATUS_OK ? pipeline_wait(a->pipe) : result;
}

/* Milliseconds until the position is to be written though it covers no rows; -1 if it has not moved. */
static int
position_due(const applier *a)
{
	int64_t due = a->written_ms + POSITION_INTERVAL_MS - now_ms();

	if (!a->moved || a->in_transaction)
		return -1;
	return due < 0 ? 0 : (int) due;
}

int
applier_idle_due(const applier *a)
{
	if (a->moved || a->in_transaction)
		return position_due(a);
	return tick_due(a);
}

status
applier_idle(applier *a)
{
	status result = STATUS_OK;

	if (a->in_transaction)
		return pipeline_poll(a->pipe);
	if (a->open || position_due(a) == 0)
		result = commit_group(a, false);
	else if (!a->moved && tick_due(a) == 0)
		result = send_tick(a, now_ms() - a->written_ms);
	else if (pipeline_outstanding(a->pipe) == 0)
		return pipeline_poll(a->pipe);
	return result == STATUS_OK ? pipeline_wait(a->pipe) : result;
}

/* ---- source transactions ---- */

static const char remedy[] =
    "the position is before it; if the wiki is right without it, copy it again with mwmirror "
    "snapshot --force, which moves past it";

static status
take_gtid(applier *a, const reader_item *item)
{
	gtid_event event;
	decode_error err;
	char text[GTID_TEXT_SIZE];

	if (a->in_transaction)
	{
		log_error_hint(remedy, "a source transaction begins before the last one has ended");
		return STATUS_DATA;
	}
	if (!event_parse_gtid(item->body, item->len, item->server_id, &event, &err))
	{
		log_error_hint(remedy, "a GTID event cannot be read: %s", err.message);
		return STATUS_DATA;
	}
	gtid_format(&event.id, text);
	log_set_gtid(text);
	if (gtid_list_covers(&a->position, &event.id))
	{
		log_error_hint("set gtid_strict_mode=1 at the source, and copy the wikis again with "
		               "mwmirror snapshot --force",
		               "GTID %s is not after the mirror's position in its domain: the source's "
		               "binlog is out of order",
		               text);
		return STATUS_DATA;
	}
	table_cache_trim(a->tables);
	a->in_transaction = true;
	a->id = event.id;
	a->rows = 0;
	a->skipped = memcmp(&a->skip, &event.id, sizeof(gtid)) == 0;
	a->unmade = (event.extra_flags & (GTID_EXTRA_START_ALTER | GTID_EXTRA_ROLLBACK_ALTER)) != 0;
	return STATUS_OK;
}

/* The source transaction is complete. */
static status
end_transaction(applier *a, int64_t commit_time)
{
	status result = STATUS_OK;

	a->in_transaction = false;
	a->last = a->id;
	a->last_time = commit_time;
	a->moved = true;
	a->unmarked = true;
	a->counts.transactions++;
	if (!gtid_list_set(&a->position, &a->id))
	{
		log_error("out of memory for the position");
		return STATUS_MEMORY;
	}
	if (a->rows > 0)
		result = send_mark(a);
	if (result != STATUS_OK || !a->open)
	{
		/* a long stretch without mirrored rows */
		if (result == STATUS_OK && position_due(a) == 0)
			return commit_group(a, true);
		return result;
	}
	if (a->group_rows >= (uint64_t) a->config->apply_group_rows ||
	    a->group_bytes >= (uint64_t) a->config->apply_group_bytes ||
	    now_ms() - a->opened_ms >= a->config->apply_group_ms)
		return commit_group(a, true);
	return STATUS_OK;
}

/* ---- rows ---- */

static status
fail_rows(const source_table *t, const decode_error *err)
{
	const char *column = err->column >= 0 && (unsigned) err->column < t->map.column_count
	                         ? t->map.columns[err->column].name
	                         : "unknown";

	log_error_hint(remedy, "a row event of %s.%s cannot be decoded, column %s: %s", t->map.schema,
	               t->map.table, column, err->message);
	return STATUS_DATA;
}

/* The table of a row event if its rows are to be applied; *out NULL if they are left out. */
static status
find_table(applier *a, const reader_item *item, source_table **out)
{
	source_table *t;
	uint64_t id;

	*out = NULL;
	if (!row_event_table_id(item->body, item->len, &id))
	{
		log_error_hint(remedy, "a row event is too short");
		return STATUS_DATA;
	}
	t = table_cache_find(a->tables, id);
	if (t == NULL)
	{
		log_error_hint(remedy, "a row event names the table id %" PRIu64 ", which no TABLE_MAP has",
		               id);
		return STATUS_DATA;
	}
	if (a->skipped || t->wiki == NULL || gtid_list_covers(&t->wiki->snapshot, &a->id))
		return STATUS_OK;
	*out = t;
	return table_cache_plan(a->tables, t);
}

static status
apply_row(applier *a, source_table *t, row_kind kind)
{
	unsigned sent = 0;
	status result =
	    change_apply(&a->changes, t->wiki, t->plan, &a->id, kind, t->before, t->after, &sent);

	a->counts.rows++;
	a->counts.statements += sent;
	a->group_rows++;
	if (sent > 0)
		a->rows++;
	if (!change_waits(&a->changes))
		arena_reset(a->scratch);
	return result;
}

static status
take_rows(applier *a, const reader_item *item)
{
	source_table *t;
	row_reader rows;
	decode_error err;
	status result = find_table(a, item, &t);
	int more;

	if (result != STATUS_OK || t == NULL)
		return result;
	if (!row_reader_open(&rows, item->type, item->body, item->len, &t->map, &err))
		return fail_rows(t, &err);
	result = begin_group(a);
	a->group_bytes += item->len;
	while (result == STATUS_OK)
	{
		more = row_reader_next(&rows, a->scratch, t->before, t->after, &err);
		if (more < 0)
			return fail_rows(t, &err);
		if (more == 0)
			break;
		/* a lone row has nothing to wait for */
		a->changes.gather = rows.next < rows.end || change_waits(&a->changes);
		result = apply_row(a, t, rows.kind);
	}
	a->changes.gather = false;
	if (result == STATUS_OK)
		result = change_send_waiting(&a->changes);
	arena_reset(a->scratch);
	return result;
}

/* ---- statements ---- */

static bool
query_matters(const applier *a, const query_event *q)
{
	return ddl_text_concerns(a->wikis, &a->id, q->database, q->database_len, q->sql, q->sql_len);
}

static status
fail_statement(const query_event *q, const char *what)
{
	size_t len = 0;

	/* not its values: they may be what must not leave the source */
	while (len < q->sql_len && len < 200 && strchr("'\"=", q->sql[len]) == NULL)
		len++;
	log_error_hint(
	    "make the source write ROW format only (SET GLOBAL binlog_format = 'ROW', and no "
	    "session that changes it), then copy the wikis of this database again with "
	    "mwmirror snapshot --force; the position is before it",
	    "%s, database %.*s: %.*s%s", what, (int) q->database_len, q->database, (int) len, q->sql,
	    len < q->sql_len ? "..." : "");
	return STATUS_DATA;
}

/* Rows of a rolled-back transaction are in the group: begin again, without them. */
static status
undo_transaction(applier *a)
{
	if (a->rows == 0)
		return STATUS_OK;
	log_info("the source has rolled this transaction back; its group is applied again without it");
	a->rolled_back = true;
	return STATUS_RETRY;
}

static status
take_ddl(applier *a, const statement *s)
{
	ddl_context d = {a->wikis, a->mapping, &a->changes, &a->id};
	bool changes_rows = false;
	status result;

	if (!ddl_concerns(&d, s, &changes_rows))
		return STATUS_OK;
	if (changes_rows)
	{
		result = begin_group(a);
		if (result != STATUS_OK)
			return result;
	}
	return ddl_apply(&d, s, &a->rows);
}

static status
take_statement(applier *a, const query_event *q, const statement *s)
{
	switch (s->kind)
	{
		case STATEMENT_ROLLBACK:
			return undo_transaction(a);
		case STATEMENT_ROLLBACK_TO:
			if (a->rows == 0)
				return STATUS_OK;
			log_error_hint(remedy, "the source has undone a part of a transaction to a savepoint, "
			                       "after changes of tables without transactions");
			return STATUS_DATA;
		case STATEMENT_XA:
			if (a->rows == 0)
				return STATUS_OK;
			log_error_hint(
			    "do not use XA transactions on mirrored tables; then copy the wiki again "
			    "with mwmirror snapshot --force; the position is before it",
			    "rows of a mirrored table in an XA transaction");
			return STATUS_DATA;
		case STATEMENT_CHANGE:
			if (!query_matters(a, q))
				return STATUS_OK;
			return fail_statement(q, "a change in STATEMENT format");
		case STATEMENT_UNKNOWN:
			if (!query_matters(a, q))
				return STATUS_OK;
			return fail_statement(q, "a statement that is not understood");
		case STATEMENT_TABLE_DDL:
			return a->unmade ? STATUS_OK : take_ddl(a, s);
		default:
			return STATUS_OK;
	}
}

static status
take_query(applier *a, const reader_item *item, uint32_t *microseconds)
{
	query_event q;
	statement s;
	decode_error err;
	status result;

	if (!event_parse_query(item->type, item->body, item->len, a->scratch, &q, &err))
	{
		log_error_hint(remedy, "a QUERY event cannot be read: %s", err.message);
		return STATUS_DATA;
	}
	*microseconds = q.microseconds;
	if (!statement_parse(q.sql, q.sql_len, q.database, q.database_len, a->scratch, &s))
	{
		log_error("out of memory for a statement");
		return STATUS_MEMORY;
	}
	result = take_statement(a, &q, &s);
	arena_reset(a->scratch);
	return result;
}

/* ---- events ---- */

static status
fail_event(const reader_item *item, const char *what)
{
	log_error_hint(remedy, "%s (event type %u, %s)", what, item->type, event_type_name(item->type));
	return STATUS_DATA;
}

/* True if a wiki must follow what the event tells; between transactions the GTID read last is not the event's. */
static bool
any_wiki_follows(const applier *a)
{
	return a->in_transaction ? ddl_any_wiki_follows(a->wikis, &a->id)
	                         : ddl_any_wiki_follows_after(a->wikis, &a->position);
}

/*
 * An incident between transactions has no GTID, so no position is before it: MariaDB rotates its binlog after it and,
 * asked again, begins behind it. What was copied is marked as no longer right, so that it is not followed.
 */
static status
forget_copies(applier *a)
{
	status result = applier_finish(a);

	for (size_t i = 0; result == STATUS_OK && i < a->wikis->count; i++)
	{
		const wiki *w = &a->wikis->items[i];
		const pipeline_op op = {.verb = "UPDATE", .table = "mwmirror.wiki", .expect = EXPECT_ONE};
		convert_error err;

		if (!ddl_wiki_follows_after(w, &a->position))
			continue;
		param_reset(a->params);
		if (!param_put_text(a->params, w->wiki_id, strlen(w->wiki_id), &err))
			return STATUS_MEMORY;
		result = pipeline_send(a->pipe, a->params, "tx_forget", &op);
	}
	if (result == STATUS_OK)
		result = pipeline_sync(a->pipe);
	return result == STATUS_OK ? pipeline_wait(a->pipe) : result;
}

static status
take_incident(applier *a, const reader_item *item)
{
	const char *message;
	size_t len;
	status result = a->in_transaction ? STATUS_OK : forget_copies(a);

	if (result != STATUS_OK)
		return result;
	event_parse_incident(item->body, item->len, &message, &len);
	log_error_hint("changes may be missing in the binlog: copy all wikis of this source again with "
	               "mwmirror snapshot --force; the position is before it",
	               "the source reports an incident: %.*s", (int) len, message);
	return STATUS_DATA;
}

static status
take_event(applier *a, const reader_item *item, uint32_t *microseconds)
{
	switch (item->class)
	{
		case EVENT_CLASS_GTID:
			return take_gtid(a, item);
		case EVENT_CLASS_TABLE_MAP:
			return table_cache_take(a->tables, item->body, item->len);
		case EVENT_CLASS_ROWS:
			return take_rows(a, item);
		case EVENT_CLASS_QUERY:
			return take_query(a, item, microseconds);
		case EVENT_CLASS_COMMIT:
		case EVENT_CLASS_STREAM:
		case EVENT_CLASS_IGNORABLE:
			return STATUS_OK;
		case EVENT_CLASS_XA:
			if (a->rows == 0)
				return STATUS_OK;
			return fail_event(item, "rows of a mirrored table in an XA transaction");
		case EVENT_CLASS_STATEMENT:
			/* variables of statements come before them, and the statement itself decides */
			if (item->type != EVENT_EXECUTE_LOAD_QUERY || !any_wiki_follows(a))
				return STATUS_OK;
			return fail_event(item, "LOAD DATA in STATEMENT format");
		case EVENT_CLASS_INCIDENT:
			if (!any_wiki_follows(a))
				return STATUS_OK;
			return take_incident(a, item);
		case EVENT_CLASS_UNKNOWN:
			if (!any_wiki_follows(a))
				return STATUS_OK;
			break;
	}
	return fail_event(item, "an event that is not understood");
}

static status
take_reset(applier *a)
{
	if (!a->in_transaction)
		return STATUS_OK;
	a->in_transaction = false;
	if (a->rows == 0)
		return STATUS_OK;
	log_info("the connection to the source broke inside a transaction; its group is applied again");
	return STATUS_RETRY;
}

status
applier_take(applier *a, const reader_item *item)
{
	uint32_t microseconds = 0;
	status result;

	if (item->kind == READER_RESET)
		return take_reset(a);
	if (item->kind == READER_END)
		return item->status;
	result = take_event(a, item, &microseconds);
	if (result == STATUS_OK && item->ends_transaction && a->in_transaction)
		result =
		    end_transaction(a, (int64_t) item->timestamp * MICROSECONDS + (int64_t) microseconds);
	return result;
}
