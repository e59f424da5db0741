/*
 * apply/group.c
 *	  Group commit, marks and the position; see group.h.
 */
#include "apply/group.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "support/clock.h"
#include "support/log.h"
#include "support/pg.h"
#include "wire/mark.h"

#define POSITION_INTERVAL_MS 1000
#define UNIX_TO_POSTGRES INT64_C(946684800000000)

struct commit_group
{
	const config *config;
	pipeline *pipe;
	row_batch *batch;
	param_set *params;
	content_watch *contents;
	copy_watch *copies;

	/* the PostgreSQL transaction */
	bool open;
	int64_t opened_ms;
	uint64_t rows;
	uint64_t bytes;
	bool async; /* synchronous_commit is off */

	/* the position */
	gtid_list position;
	gtid last;          /* source transaction read last */
	gtid prior;         /* the one before it in its domain; sequence 0: unknown */
	int64_t last_time;  /* its commit, unix microseconds */
	bool moved;         /* since it was written */
	bool unmarked;      /* the last one has no mark yet */
	int64_t written_ms; /* when the position was written last */
	int64_t known;      /* quiet_time that known_at was written of last */
};

/* ---- set-up ---- */

static const struct
{
	const char *name;
	const char *sql;
} statements[] = {
    {"tx_begin", "BEGIN"},
    {"tx_commit", "COMMIT"},
    {"tx_position", "UPDATE mwmirror.source SET gtid_pos = $2::text, last_gtid = $3::text, "
                    "prior_gtid = nullif($5::text, ''), source_commit_time = $4::timestamptz, "
                    "applied_at = clock_timestamp(), "
                    "known_at = greatest(known_at, least($4::timestamptz, clock_timestamp())) "
                    "WHERE source_name = $1::text"},
    /* ages instead of times, as clocks differ */
    {"tx_known", "UPDATE mwmirror.source SET "
                 "known_at = greatest(known_at, clock_timestamp() - $2::text::interval) WHERE "
                 "source_name = $1::text"},
};

status
group_prepare(PGconn *conn)
{
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
	{
		status result =
		    pg_prepare(conn, statements[i].name, statements[i].sql, "prepare a statement");

		if (result != STATUS_OK)
			return result;
	}
	return STATUS_OK;
}

commit_group *
group_create(const config *c, pipeline *p, row_batch *b, param_set *params, content_watch *contents,
             copy_watch *copies, const gtid_list *position)
{
	commit_group *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return NULL;
	g->config = c;
	g->pipe = p;
	g->batch = b;
	g->params = params;
	g->contents = contents;
	g->copies = copies;
	g->written_ms = clock_ms();
	if (!gtid_list_copy(position, &g->position))
	{
		group_destroy(g);
		return NULL;
	}
	return g;
}

void
group_destroy(commit_group *g)
{
	if (g == NULL)
		return;
	gtid_list_free(&g->position);
	free(g);
}

const gtid_list *
group_position(const commit_group *g)
{
	return &g->position;
}

/* ---- PostgreSQL transactions ---- */

status
group_begin(commit_group *g)
{
	const pipeline_op op = {.verb = "BEGIN"};
	status result;

	if (g->open)
		return STATUS_OK;
	g->open = true;
	g->opened_ms = clock_ms();
	g->rows = 0;
	g->bytes = 0;
	result = pipeline_send(g->pipe, NULL, "tx_begin", &op);
	return result == STATUS_OK ? copy_watch_begin(g->copies) : result;
}

status
group_ask(commit_group *g, PGconn *conn, const char *sql, int count, const char *const *params,
          const char *doing, PGresult **out)
{
	status result = group_begin(g);

	*out = NULL;
	if (result == STATUS_OK)
		result = row_batch_send(g->batch);
	if (result == STATUS_OK)
		result = pipeline_ask(g->pipe, sql, count, params, doing, out);
	if (result == STATUS_OK && PQresultStatus(*out) != PGRES_TUPLES_OK)
		result =
		    pg_fail(conn, *out, doing, "run mwmirror init, and grant mwmirror_writer to this role");
	return result;
}

void
group_add(commit_group *g, uint64_t rows, uint64_t bytes)
{
	g->rows += rows;
	g->bytes += bytes;
}

/* Marks the end of the source transaction that was read last; NULL: it touched no wiki. */
static status
add_mark(commit_group *g, const touched *wikis)
{
	mark m = {.commit_time = g->last_time};

	if (wikis != NULL)
		m.wikis = touched_text(wikis);
	gtid_format(&g->last, m.gtid);
	snprintf(m.source, sizeof(m.source), "%s", g->config->source_name);
	g->unmarked = false;
	return row_batch_end_source(g->batch, &g->last, &m);
}

static status
send_position(commit_group *g)
{
	const pipeline_op op = {
	    .verb = "UPDATE", .table = "mwmirror.source", .expect = EXPECT_ONE, .id = g->last};
	const target_value time = {.kind = TARGET_TIMESTAMPTZ, .i = g->last_time - UNIX_TO_POSTGRES};
	char *list = gtid_list_format(&g->position);
	char last[GTID_TEXT_SIZE];
	char prior[GTID_TEXT_SIZE] = "";
	convert_error err;
	status result;
	bool ok;

	if (list == NULL)
	{
		log_error("out of memory for the position");
		return STATUS_MEMORY;
	}
	gtid_format(&g->last, last);
	if (g->prior.sequence != 0)
		gtid_format(&g->prior, prior);
	param_reset(g->params);
	ok = param_put_text(g->params, g->config->source_name, strlen(g->config->source_name), &err) &&
	     param_put_text(g->params, list, strlen(list), &err) &&
	     param_put_text(g->params, last, strlen(last), &err) &&
	     param_put(g->params, MAPPING_TIMESTAMPTZ, &time, &err) &&
	     param_put_text(g->params, prior, strlen(prior), &err);
	if (ok)
		result = pipeline_send(g->pipe, g->params, "tx_position", &op);
	else
	{
		log_error("BUG: the position cannot be written: %s", err.message);
		result = STATUS_BUG;
	}
	free(list);
	return result;
}

/* Waiting for the disk at each commit only costs time while there is a backlog, or of a time alone: position and rows go together. */
static status
choose_synchronous(commit_group *g, bool async)
{
	const pipeline_op op = {.verb = "SET"};

	if (g->async == async)
		return STATUS_OK;
	g->async = async;
	return pipeline_command(
	    g->pipe, async ? "SET synchronous_commit = off" : "SET synchronous_commit = on", &op);
}

/*
 * Sends the end of the group; its answer is not waited for. But the answers to what is in it are: a statement that
 * changed no row is not an error to PostgreSQL, and must not be committed.
 */
static status
group_commit(commit_group *g, bool backlog)
{
	const pipeline_op op = {.verb = "COMMIT", .expect = EXPECT_COMMIT, .id = g->last};
	status result = group_begin(g);

	if (result == STATUS_OK && g->unmarked)
		result = add_mark(g, NULL);
	if (result == STATUS_OK)
		result = row_batch_send(g->batch);
	if (result == STATUS_OK)
		result = contents_end_group(g->contents);
	if (result == STATUS_OK)
		result = send_position(g);
	if (result == STATUS_OK)
		result = choose_synchronous(g, backlog);
	if (result == STATUS_OK)
		result = pipeline_wait(g->pipe);
	if (result == STATUS_OK)
		result = pipeline_send(g->pipe, NULL, "tx_commit", &op);
	if (result == STATUS_OK)
		result = pipeline_sync(g->pipe);
	g->open = false;
	g->moved = false;
	g->written_ms = clock_ms();
	return result;
}

/* Milliseconds until the position is to be written though it covers no rows; -1 if it has not moved. */
static int
position_due(const commit_group *g)
{
	int64_t due;

	if (!g->moved)
		return -1;
	due = g->written_ms + POSITION_INTERVAL_MS - clock_ms();
	return due < 0 ? 0 : (int) due;
}

status
group_end_transaction(commit_group *g, const gtid *id, int64_t commit_time, const touched *wikis)
{
	status result = STATUS_OK;

	g->prior = gtid_list_find(&g->position, id->domain);
	g->last = *id;
	g->last_time = commit_time;
	g->moved = true;
	g->unmarked = true;
	if (!gtid_list_set(&g->position, id))
	{
		log_error("out of memory for the position");
		return STATUS_MEMORY;
	}
	if (wikis != NULL)
		result = add_mark(g, wikis);
	if (result != STATUS_OK || !g->open)
	{
		/* a long stretch without mirrored rows */
		if (result == STATUS_OK && position_due(g) == 0)
			return group_commit(g, true);
		return result;
	}
	if (g->rows >= (uint64_t) g->config->apply_group_rows ||
	    g->bytes >= (uint64_t) g->config->apply_group_bytes ||
	    clock_ms() - g->opened_ms >= g->config->apply_group_ms)
		return group_commit(g, true);
	return STATUS_OK;
}

status
group_finish(commit_group *g)
{
	status result = STATUS_OK;

	if (g->moved || g->open)
		result = group_commit(g, false);
	return result == STATUS_OK ? pipeline_wait(g->pipe) : result;
}

int
group_idle_due(const commit_group *g)
{
	return position_due(g);
}

status
group_idle(commit_group *g)
{
	status result = STATUS_OK;

	if (g->open || position_due(g) == 0)
		result = group_commit(g, false);
	else if (pipeline_outstanding(g->pipe) == 0)
		return pipeline_poll(g->pipe);
	return result == STATUS_OK ? pipeline_wait(g->pipe) : result;
}

status
group_known(commit_group *g, int64_t quiet_time)
{
	const pipeline_op op = {.verb = "UPDATE", .table = "mwmirror.source", .expect = EXPECT_ONE};
	const int64_t age = clock_unix_us() - quiet_time;
	char text[48];
	convert_error err;
	status result;

	if (g->open || g->moved || quiet_time <= g->known)
		return STATUS_OK;
	g->known = quiet_time;
	snprintf(text, sizeof(text), "%" PRId64 " microseconds", age > 0 ? age : 0);
	param_reset(g->params);
	if (!param_put_text(g->params, g->config->source_name, strlen(g->config->source_name), &err) ||
	    !param_put_text(g->params, text, strlen(text), &err))
	{
		log_error("BUG: the time cannot be written: %s", err.message);
		return STATUS_BUG;
	}
	result = choose_synchronous(g, true);
	if (result == STATUS_OK)
		result = pipeline_send(g->pipe, g->params, "tx_known", &op);
	if (result == STATUS_OK)
		result = pipeline_sync(g->pipe);
	return result == STATUS_OK ? pipeline_wait(g->pipe) : result;
}
