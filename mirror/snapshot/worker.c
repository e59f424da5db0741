/*
 * snapshot/worker.c
 *	  A thread that copies; see worker.h.
 *
 * A chunk: announced to follow, then read from a consistent snapshot of its own that covers follow's position, and written in one
 * transaction with the GTIDs of that snapshot. Whatever breaks it leaves an announced chunk that is taken again.
 */
#include "snapshot/worker.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "apply/target.h"
#include "snapshot/begin.h"
#include "snapshot/dispenser.h"
#include "snapshot/source_check.h"
#include "snapshot/source_view.h"
#include "support/clock.h"
#include "support/log.h"
#include "support/pg.h"
#include "support/retry.h"
#include "support/stop.h"

#define CHUNK_MS 300 /* what a chunk should take: follow may wait for it */
#define LEAST_ROWS 100
#define RETRY_LEAST_MS 100
#define MORE_MS 500 /* before a wiki that is not over is looked at again */
#define RETRY_MOST_MS 2000

/* ---- a chunk ---- */

/* The rows of a chunk in one transaction. *ours false: its copy began anew meanwhile. */
static status
write_chunk(worker *w, const job_task *t, const chunk_claim *c, const source_view *view,
            bool has_rows, bool *ours)
{
	session *s = &w->session;
	const table_source from = {.mysql = view->mysql, .bodies = s->bodies, .at = &view->at};
	uint64_t rows = 0;
	status result = target_execute(s->conn, "BEGIN");

	if (result == STATUS_OK && has_rows)
		result = table_copy_range(&w->table, &from, &c->range, &rows);
	if (result == STATUS_OK)
		result = dispenser_copied(s->conn, t->wiki->w, t->table->name, c, view->gtid, rows, ours);
	return result == STATUS_OK ? target_execute(s->conn, *ours ? "COMMIT" : "ROLLBACK") : result;
}

/* The plan of the table's present columns, NULL if there is no such table; prepared, unless that is NULL, is made ready for its rows. */
static status
find_plan(worker *w, const job_task *t, const plan **out, table_copy *prepared)
{
	session *s = &w->session;
	table_columns columns;
	status result = table_columns_read(s->mysql, t->wiki->w, t->table->name, &columns);

	*out = NULL;
	if (result == STATUS_OK && columns.names != NULL)
		result = plans_compile(&w->job->plans, t->table->name, columns.names, columns.count, out);
	if (result == STATUS_OK && *out != NULL && prepared != NULL)
		result = table_copy_prepare(prepared, s->conn, t->wiki->w, *out, &columns);
	table_columns_free(&columns);
	return result;
}

static status
copy_chunk(worker *w, const job_task *t, const chunk_claim *c, const gtid_list *begin)
{
	session *s = &w->session;
	const plan *pl;
	source_view view;
	bool ours;
	status result = source_view_begin(&view, s->mysql, &c->position, begin);

	if (result != STATUS_OK)
		return result;
	/* what changes the rows that are wanted behind this takes the chunk away */
	result = plans_load(&w->job->plans, s->conn, w->job->config->source_name);
	/* as the table is in the snapshot; another one may have taken its name since the wiki began */
	if (result == STATUS_OK && c->ordinal == 1)
		result = snapshot_check_table(s->mysql, plans_mapping(&w->job->plans), t->wiki->w,
		                              t->table->name);
	if (result == STATUS_OK)
		result = find_plan(w, t, &pl, &w->table);
	if (result == STATUS_OK)
		result = write_chunk(w, t, c, &view, pl != NULL, &ours);
	if (result == STATUS_OK)
		return source_view_end(&view);
	source_view_free(&view);
	return result;
}

/* The next chunk of the table as large as its time should be. */
static void
set_rows(job_table *t, int64_t took_ms, uint64_t most)
{
	uint64_t rows = took_ms <= CHUNK_MS / 2 ? t->rows * 2 : t->rows * CHUNK_MS / (uint64_t) took_ms;

	if (rows < t->rows / 2)
		rows = t->rows / 2;
	if (rows < LEAST_ROWS)
		rows = LEAST_ROWS;
	t->rows = rows < most ? rows : most;
}

/* ---- a table ---- */

/* Statistics of a mirror table that the copy has changed, before anything looks for rows in it by plans that fit what it was. */
static status
analyze(session *s, const job_task *t, const plan_target *target, const char *rows)
{
	const char *params[] = {target->quoted, rows};
	char *made = NULL;
	status result =
	    session_ask(s->conn, "SELECT mwmirror.analyze($1::regclass, $2)", 2, params, &made);

	if (result == STATUS_OK)
		log_info("snapshot of %s: %s: %s rows, done%s", t->wiki->w->wiki_id, target->quoted, rows,
		         made != NULL && made[0] == 't' ? ", analyzed" : "");
	free(made);
	return result;
}

static status
end_table(worker *w, const job_task *t)
{
	session *s = &w->session;
	const wiki *of = t->wiki->w;
	const char *params[] = {of->wiki_id, t->table->name};
	char *rows = NULL;
	const plan *pl = NULL;
	status result = find_plan(w, t, &pl, NULL);

	if (result == STATUS_OK)
		result = session_ask(s->conn,
		                     "SELECT nullif(rows_done, 0) FROM mwmirror.copy_table WHERE wiki_id = "
		                     "$1 AND source_table = $2",
		                     2, params, &rows);
	for (unsigned i = 0; result == STATUS_OK && rows != NULL && pl != NULL && i < pl->target_count;
	     i++)
		if (table_has_work(of, &pl->targets[i]))
			result = analyze(s, t, &pl->targets[i], rows);
	free(rows);
	return result == STATUS_OK ? dispenser_end(s->conn, of, t->table->name) : result;
}

/* Before the first chunk of contents: of which only those of pages' latest revisions are kept is known from the mirror, which has the pages. */
static status
make_latest(worker *w, const job_task *t)
{
	const wiki *of = t->wiki->w;
	const char *params[] = {of->wiki_id, t->table->name};
	const char *source[] = {w->job->config->source_name};
	char *begins = NULL;
	PGconn *conn = w->session.conn;
	status result;

	if (of->policy != CONTENT_LATEST || strcmp(t->table->name, JOB_CONTENTS) != 0)
		return STATUS_OK;
	result = session_ask(conn,
	                     "SELECT source_table FROM mwmirror.copy_table WHERE wiki_id = $1 AND "
	                     "source_table = $2 AND next_ordinal = 1",
	                     2, params, &begins);
	if (result == STATUS_OK && begins != NULL)
	{
		result = target_execute(conn, "BEGIN");
		if (result == STATUS_OK)
			result = session_ask(conn, "SELECT mwmirror.copy_change($1)", 1, source, NULL);
		if (result == STATUS_OK)
			result = session_ask(conn, "SELECT mwmirror.content_latest_make($1)", 1, params, NULL);
		if (result == STATUS_OK)
			result = target_execute(conn, "COMMIT");
	}
	free(begins);
	return result;
}

static status
copy_table(worker *w, const job_task *t)
{
	session *s = &w->session;
	claim_answer answer = CLAIM_CHUNK;
	gtid_list begin = {0};
	status result = gtid_list_parse(t->wiki->gtid, &begin) ? make_latest(w, t) : STATUS_BUG;

	while (result == STATUS_OK && (answer == CLAIM_CHUNK || answer == CLAIM_AGAIN) &&
	       job_goes_on(w->job, t))
	{
		const int64_t started = clock_ms();
		chunk_claim c;

		result = dispenser_claim(s->conn, s->mysql, t->wiki->w, t->table->name, t->table->rows, &c,
		                         &answer);
		if (result == STATUS_OK && answer == CLAIM_CHUNK)
		{
			result = copy_chunk(w, t, &c, &begin);
			if (result == STATUS_OK)
				result = dispenser_release(s->conn, &c);
			set_rows(t->table, clock_ms() - started,
			         (uint64_t) w->job->config->snapshot_chunk_rows);
		}
		chunk_claim_free(&c);
	}
	gtid_list_free(&begin);
	if (result == STATUS_OK && stop_requested())
		result = STATUS_STOPPED;
	if (result == STATUS_OK && answer == CLAIM_NONE)
		result = end_table(w, t);
	if (result == STATUS_OK)
		job_copied(w->job, t, answer == CLAIM_NONE || answer == CLAIM_OVER);
	return result;
}

/* ---- a wiki ---- */

static status
begin_task(worker *w, const job_task *t)
{
	char *begun;
	status result = begin_wiki(&w->session, &w->job->plans, t->wiki->w, &begun);

	if (result != STATUS_OK)
	{
		free(begun);
		return result;
	}
	free(t->wiki->gtid);
	t->wiki->gtid = begun;
	log_info("snapshot of %s: begins at GTID %s", t->wiki->w->wiki_id, begun);
	return job_begun(w->job, t, &w->session);
}

static status
end_task(worker *w, const job_task *t)
{
	bool more;
	status result = end_wiki(&w->session, &w->job->plans, t->wiki->w, t->wiki->gtid, &more);

	if (result != STATUS_OK)
		return result;
	/* tables that were made at the source or added to the mirror meanwhile, or that follow copies again */
	if (more)
	{
		result = plans_load(&w->job->plans, w->session.conn, w->job->config->source_name);
		if (result != STATUS_OK)
			return result;
		if (patience_due(&w->waited))
			log_info("snapshot of %s: waits for tables that mwmirror follow is to copy again",
			         t->wiki->w->wiki_id);
		stop_wait(MORE_MS);
		job_put_back(w->job, &(job_task){.kind = JOB_BEGIN, .wiki = t->wiki}, 0);
		return STATUS_OK;
	}
	log_info("snapshot of %s: consistent from GTID %s", t->wiki->w->wiki_id, t->wiki->gtid);
	job_ended(w->job, t);
	return STATUS_OK;
}

/* ---- the thread ---- */

static status
run_task(worker *w, const job_task *t)
{
	status result = session_open(&w->session);

	if (result != STATUS_OK)
		return result;
	switch (t->kind)
	{
		case JOB_BEGIN:
			return begin_task(w, t);
		case JOB_COPY:
			return copy_table(w, t);
		case JOB_END:
			return end_task(w, t);
	}
	return STATUS_BUG;
}

/* Notes at the table what is wrong with it, for status. */
static void
note_failure(worker *w, const job_task *t, status result)
{
	const char *params[] = {t->wiki->w->wiki_id, t->table == NULL ? NULL : t->table->name};

	if (t->table == NULL || result == STATUS_STOPPED || session_open(&w->session) != STATUS_OK)
		return;
	session_ask(
	    w->session.conn,
	    "UPDATE mwmirror.copy_table SET error = 'it cannot be copied: see the log of mwmirror "
	    "snapshot' WHERE wiki_id = $1 AND source_table = $2",
	    2, params, NULL);
}

static void *
run(void *argument)
{
	worker *w = argument;
	retry backoff;
	job_task t;

	retry_init(&backoff, RETRY_LEAST_MS, RETRY_MOST_MS);
	while (job_take(w->job, &t))
	{
		status result = run_task(w, &t);

		if (result == STATUS_OK)
		{
			retry_reset(&backoff);
			continue;
		}
		table_copy_free(&w->table);
		session_close(&w->session);
		if (stop_requested())
			result = STATUS_STOPPED;
		if (result == STATUS_RETRY)
		{
			int wait_ms = (int) retry_next(&backoff);

			job_put_back(w->job, &t, wait_ms);
			stop_wait(wait_ms);
			continue;
		}
		note_failure(w, &t, result);
		job_fail(w->job, &t, result);
	}
	table_copy_free(&w->table);
	session_close(&w->session);
	mysql_thread_end();
	return NULL;
}

status
worker_start(worker *w, job *j, unsigned number)
{
	*w = (worker){.job = j, .waited = patience_begin()};
	session_init(&w->session, j->config, number);
	if (pthread_create(&w->thread, NULL, run, w) == 0)
		return STATUS_OK;
	log_error("cannot make a thread");
	return STATUS_FAILED;
}

void
worker_interrupt(worker *w)
{
	session_interrupt(&w->session);
}

void
worker_join(worker *w)
{
	pthread_join(w->thread, NULL);
	pthread_mutex_destroy(&w->session.lock);
}
