/*
 * snapshot/snapshot.c
 *	  mwmirror snapshot; see snapshot.h.
 *
 * Workers (worker.h) do it, a thread each; this one picks the wikis, shows how far they are, and hands a stop on.
 */
#include "snapshot/snapshot.h"

#include <stdlib.h>
#include <string.h>
#include "apply/target.h"
#include "mapping/mapping.h"
#include "mapping/wiki.h"
#include "snapshot/job.h"
#include "snapshot/session.h"
#include "snapshot/worker.h"
#include "support/clock.h"
#include "support/log.h"
#include "support/pg.h"
#include "support/stop.h"

#define SHOW_MS 1000
#define LOOK_MS 100
#define ANSWER_MS 10000

typedef struct run
{
	const snapshot_call *call;
	PGconn *conn;
	wiki_list wikis;
	job job;
} run;

/* ---- which wikis ---- */

/* Says whose the wanted wiki is, or which there are. */
static status
report_unknown(const run *r, const char *wiki_id)
{
	const char *params[] = {r->call->config->source_name, wiki_id};
	char *known = NULL;
	status result = session_ask(
	    r->conn,
	    "SELECT coalesce((SELECT 'it belongs to source ' || source_name FROM mwmirror.wiki WHERE "
	    "wiki_id = $2), (SELECT 'it has ' || string_agg(wiki_id, ', ' ORDER BY wiki_id) FROM "
	    "mwmirror.wiki WHERE source_name = $1), 'it has none')",
	    2, params, &known);

	if (result != STATUS_OK)
		return result;
	log_error_hint("run mwmirror add-wiki first, or set source.name and the rest of [source] to "
	               "the source that has it",
	               "source %s has no wiki %s: %s", r->call->config->source_name, wiki_id, known);
	free(known);
	return STATUS_USAGE;
}

/* A copied wiki may have tables that are to be copied. */
static status
is_waiting(const run *r, const wiki *w, bool *out)
{
	const char *params[] = {w->wiki_id};
	char *found = NULL;
	status result = w->snapshot_text == NULL
	                    ? STATUS_OK
	                    : session_ask(r->conn,
	                                  "SELECT min(source_table) FROM mwmirror.copy_table WHERE "
	                                  "wiki_id = $1 AND mode = 'first' AND state <> 'copied'",
	                                  1, params, &found);

	*out = w->snapshot_text == NULL || found != NULL;
	free(found);
	return result;
}

static void
add_wiki(run *r, const wiki *w)
{
	for (size_t i = 0; i < r->job.wiki_count; i++)
		if (r->job.wikis[i].w == w)
			return;
	r->job.wikis[r->job.wiki_count++] = (job_wiki){.w = w};
}

static status
pick_wiki(run *r, const char *wiki_id)
{
	const wiki *w = wiki_list_by_id(&r->wikis, wiki_id);
	bool waiting;
	status result;

	if (w == NULL)
		return report_unknown(r, wiki_id);
	result = is_waiting(r, w, &waiting);
	if (result == STATUS_OK && !waiting)
	{
		log_error_hint("--force has it compared with the source",
		               "wiki %s is already copied, at GTID %s", wiki_id, w->snapshot_text);
		return STATUS_USAGE;
	}
	if (result == STATUS_OK)
		add_wiki(r, w);
	return result;
}

static status
pick_all(run *r)
{
	status result = STATUS_OK;

	for (size_t i = 0; result == STATUS_OK && i < r->wikis.count; i++)
	{
		bool waiting;

		result = is_waiting(r, &r->wikis.items[i], &waiting);
		if (result == STATUS_OK && waiting)
			add_wiki(r, &r->wikis.items[i]);
	}
	if (result == STATUS_OK && r->wikis.count == 0)
	{
		log_error_hint("run mwmirror add-wiki first", "source %s has no wikis",
		               r->call->config->source_name);
		return STATUS_USAGE;
	}
	if (result == STATUS_OK && r->job.wiki_count == 0)
		log_info("all wikis of source %s are already copied", r->call->config->source_name);
	return result;
}

static status
pick(run *r)
{
	status result = STATUS_OK;

	r->job.wikis = calloc(r->wikis.count + 1, sizeof(job_wiki));
	if (r->job.wikis == NULL)
	{
		log_error("out of memory for the list of wikis");
		return STATUS_MEMORY;
	}
	if (r->call->wiki_count == 0)
		return pick_all(r);
	for (size_t i = 0; result == STATUS_OK && i < r->call->wiki_count; i++)
		result = pick_wiki(r, r->call->wiki_ids[i]);
	return result;
}

/* ---- while the workers work ---- */

static const char progress_sql[] =
    "SELECT coalesce(sum(rows_done), 0)::bigint, coalesce(sum(CASE WHEN state = 'copied' THEN "
    "rows_done ELSE greatest(rows_done, rows_total) END), 0)::bigint, string_agg(wiki_id || ' ' || "
    "source_table, ', ' ORDER BY started_at) FILTER (WHERE state = 'copying') "
    "FROM mwmirror.copy_table WHERE source_name = $1 AND mode = 'first'";

/* A connection that is lost is made again at the next look: the workers have their own. */
static void
show(run *r)
{
	const char *params[] = {r->call->config->source_name};
	PGresult *res = NULL;

	if (r->conn == NULL && target_open(r->call->config, "mwmirror snapshot", &r->conn) != STATUS_OK)
		return;
	if (pg_ask_params(r->conn, progress_sql, 1, params, "see how far the copy is", ANSWER_MS,
	                  &res) != STATUS_OK)
	{
		PQfinish(r->conn);
		r->conn = NULL;
	}
	else if (PQresultStatus(res) == PGRES_TUPLES_OK)
	{
		const snapshot_progress p = {
		    .rows_done = strtoll(PQgetvalue(res, 0, 0), NULL, 10),
		    .rows_total = strtoll(PQgetvalue(res, 0, 1), NULL, 10),
		    .tables = PQgetvalue(res, 0, 2),
		};

		r->call->show(r->call->context, &p);
	}
	PQclear(res);
}

static void
await_end(run *r)
{
	int64_t shown = clock_ms();

	while (!job_is_over(&r->job, LOOK_MS))
	{
		if (r->call->show == NULL || clock_ms() - shown < SHOW_MS)
			continue;
		show(r);
		shown = clock_ms();
	}
}

static status
work(run *r)
{
	const unsigned count = (unsigned) r->call->config->snapshot_workers;
	worker *workers = calloc(count, sizeof(worker));
	unsigned started = 0;
	status result = workers == NULL ? STATUS_MEMORY : STATUS_OK;

	while (result == STATUS_OK && started < count)
	{
		result = worker_start(&workers[started], &r->job, started + 1);
		started += result == STATUS_OK ? 1 : 0;
	}
	if (started > 0)
		await_end(r);
	for (unsigned i = 0; stop_requested() && i < started; i++)
		worker_interrupt(&workers[i]);
	for (unsigned i = 0; i < started; i++)
		worker_join(&workers[i]);
	free(workers);
	if (stop_requested())
		return STATUS_STOPPED;
	return started > 0 ? r->job.result : result;
}

/* ---- run ---- */

static status
open_target(run *r)
{
	const config *c = r->call->config;
	status result = target_open(c, "mwmirror snapshot", &r->conn);

	if (result == STATUS_OK)
		result = target_check(r->conn);
	if (result == STATUS_OK)
		result = plans_load(&r->job.plans, r->conn, c->source_name);
	if (result == STATUS_OK)
		result = wiki_list_load(r->conn, c->source_name, &r->wikis);
	return result;
}

status
snapshot_run(const snapshot_call *call)
{
	run r = {.call = call};
	status result;

	job_init(&r.job, call->config);
	result = open_target(&r);
	if (result == STATUS_OK)
		result = pick(&r);
	if (result == STATUS_OK && r.job.wiki_count > 0)
		result = work(&r);
	job_free(&r.job);
	wiki_list_free(&r.wikis);
	if (r.conn != NULL)
		PQfinish(r.conn);
	return result;
}
