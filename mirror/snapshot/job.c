/*
 * snapshot/job.c
 *	  What there is to do, and who does what; see job.h.
 */
#include "snapshot/job.h"

#include <stdlib.h>
#include <string.h>
#include "support/clock.h"
#include "support/log.h"
#include "support/pg.h"
#include "support/stop.h"

#define FIRST_ROWS 1000 /* of a table's first chunk */
#define LOOK_MS 100     /* between two looks at what others do */

void
job_init(job *j, const config *c)
{
	pthread_condattr_t steady;

	*j = (job){.config = c};
	pthread_mutex_init(&j->lock, NULL);
	plans_init(&j->plans);
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&j->changed, &steady);
	pthread_condattr_destroy(&steady);
}

static void
free_tables(job_wiki *w)
{
	for (size_t i = 0; i < w->table_count; i++)
	{
		free(w->tables[i].name);
		free(w->tables[i].after);
	}
	free(w->tables);
	w->tables = NULL;
	w->table_count = 0;
}

void
job_free(job *j)
{
	for (size_t i = 0; i < j->wiki_count; i++)
	{
		free_tables(&j->wikis[i]);
		free(j->wikis[i].gtid);
	}
	free(j->wikis);
	plans_free(&j->plans);
	pthread_mutex_destroy(&j->lock);
	pthread_cond_destroy(&j->changed);
}

/* ---- which tables ---- */

typedef struct loading
{
	job *job;
	job_wiki *wiki;
	const PGresult *known;
	status result;
} loading;

static bool
load_table(void *context, const char *table)
{
	loading *l = context;

	for (int i = 0; i < PQntuples(l->known); i++)
	{
		job_table *t = &l->wiki->tables[l->wiki->table_count];

		if (strcmp(PQgetvalue(l->known, i, 0), table) != 0)
			continue;
		*t = (job_table){.name = strdup(table), .rows = FIRST_ROWS};
		if (t->rows > (uint64_t) l->job->config->snapshot_chunk_rows)
			t->rows = (uint64_t) l->job->config->snapshot_chunk_rows;
		t->over = strcmp(PQgetvalue(l->known, i, 1), "copied") == 0;
		if (t->name == NULL)
			l->result = STATUS_MEMORY;
		l->wiki->table_count++;
		break;
	}
	return l->result == STATUS_OK;
}

static bool
has_target(const plan *pl, const char *table, bool merged)
{
	for (unsigned i = 0; i < pl->target_count; i++)
		if (pl->targets[i].merge == merged && strcmp(pl->targets[i].table, table) == 0)
			return true;
	return false;
}

/* Of pages' latest contents it must be known which these are. */
static bool
needs_pages(const wiki *w, const plan *pl)
{
	return w->policy == CONTENT_LATEST && strcmp(pl->source_table, JOB_CONTENTS) == 0;
}

/* What adds to the rows of another table comes after it, and then all its rows are there or come by follow. */
static bool
comes_after(const wiki *w, const plan *pl, const plan *other)
{
	for (unsigned i = 0; i < pl->target_count; i++)
		if (pl->targets[i].merge && has_target(other, pl->targets[i].table, false))
			return true;
	return needs_pages(w, pl) &&
	       (has_target(other, "page", false) || has_target(other, "slots", false));
}

static status
order_table(job *j, job_wiki *w, job_table *t)
{
	const plan *pl, *other;
	status result = plans_bare(&j->plans, t->name, &pl);

	t->after = calloc(w->table_count, sizeof(size_t));
	if (t->after == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; result == STATUS_OK && i < w->table_count; i++)
	{
		result = plans_bare(&j->plans, w->tables[i].name, &other);
		if (result == STATUS_OK && other != pl && comes_after(w->w, pl, other))
			t->after[t->after_count++] = i;
	}
	return result;
}

status
job_begun(job *j, const job_task *task, session *s)
{
	job_wiki *w = task->wiki;
	const char *params[] = {w->w->wiki_id};
	loading l = {.job = j, .wiki = w};
	PGresult *res;
	status result = pg_execute_params(
	    s->conn,
	    "SELECT source_table, state FROM mwmirror.copy_table WHERE wiki_id = $1 AND mode = 'first'",
	    1, params, "read mwmirror.copy_table", NULL, 0, &res);

	if (result != STATUS_OK)
		return result;
	free_tables(w);
	l.known = res;
	w->tables = calloc((size_t) PQntuples(res) + 1, sizeof(job_table));
	if (w->tables == NULL)
		l.result = STATUS_MEMORY;
	else
		mapping_each_table(plans_mapping(&j->plans), load_table, &l);
	PQclear(res);
	for (size_t i = 0; l.result == STATUS_OK && i < w->table_count; i++)
		l.result = order_table(j, w, &w->tables[i]);
	if (l.result == STATUS_MEMORY)
		log_error("out of memory for the list of tables");
	if (l.result != STATUS_OK)
		return l.result;
	pthread_mutex_lock(&j->lock);
	w->state = JOB_TABLES;
	pthread_cond_broadcast(&j->changed);
	pthread_mutex_unlock(&j->lock);
	return STATUS_OK;
}

/* ---- who does what; all with the lock held ---- */

static bool
is_due(const job_wiki *w, const job_table *t, int64_t now)
{
	if (t->over || t->due_ms > now || (t->drained && t->workers > 0))
		return false;
	for (size_t i = 0; i < t->after_count; i++)
		if (!w->tables[t->after[i]].over)
			return false;
	return true;
}

/* A table that fewest are at; NULL if there is none. */
static job_table *
find_table(job_wiki *w, int64_t now)
{
	job_table *best = NULL;

	for (size_t i = 0; i < w->table_count; i++)
		if (is_due(w, &w->tables[i], now) && (best == NULL || w->tables[i].workers < best->workers))
			best = &w->tables[i];
	return best;
}

static bool
tables_are_over(const job_wiki *w)
{
	for (size_t i = 0; i < w->table_count; i++)
		if (!w->tables[i].over || w->tables[i].workers > 0)
			return false;
	return true;
}

static bool
find_task(job *j, job_task *out)
{
	const int64_t now = clock_ms();
	job_task shared = {.table = NULL};

	for (size_t i = 0; i < j->wiki_count; i++)
	{
		job_wiki *w = &j->wikis[i];
		job_table *t = w->state == JOB_TABLES ? find_table(w, now) : NULL;

		*out = (job_task){.kind = JOB_COPY, .wiki = w, .table = t};
		if (t != NULL && t->workers == 0)
		{
			t->workers++;
			return true;
		}
		if (t != NULL && shared.table == NULL)
			shared = *out;
		if (w->state == JOB_TABLES && tables_are_over(w))
		{
			out->kind = JOB_END;
			w->state = JOB_ENDING;
			return true;
		}
		if (w->state == JOB_NEW)
		{
			out->kind = JOB_BEGIN;
			w->state = JOB_BEGINNING;
			return true;
		}
	}
	*out = shared;
	if (shared.table != NULL)
		shared.table->workers++;
	return shared.table != NULL;
}

static bool
all_over(const job *j)
{
	for (size_t i = 0; i < j->wiki_count; i++)
		if (j->wikis[i].state != JOB_OVER)
			return false;
	return true;
}

static bool
must_end(const job *j)
{
	return stop_requested() || j->result == STATUS_MEMORY || j->result == STATUS_STOPPED ||
	       all_over(j);
}

bool
job_take(job *j, job_task *out)
{
	bool found = false;

	pthread_mutex_lock(&j->lock);
	while (!must_end(j) && !(found = find_task(j, out)))
	{
		struct timespec until = clock_after(LOOK_MS);

		pthread_cond_timedwait(&j->changed, &j->lock, &until);
	}
	pthread_mutex_unlock(&j->lock);
	return found;
}

bool
job_is_over(job *j, int wait_ms)
{
	const struct timespec until = clock_after(wait_ms);
	bool over;

	pthread_mutex_lock(&j->lock);
	while (!(over = must_end(j)))
		if (pthread_cond_timedwait(&j->changed, &j->lock, &until) != 0)
			break;
	pthread_mutex_unlock(&j->lock);
	return over;
}

bool
job_goes_on(job *j, const job_task *t)
{
	bool goes_on;

	pthread_mutex_lock(&j->lock);
	goes_on = !must_end(j) && t->wiki->state != JOB_OVER;
	pthread_mutex_unlock(&j->lock);
	return goes_on;
}

/* ---- what became of it ---- */

static void
leave_table(job_table *t)
{
	if (t != NULL)
		t->workers--;
}

void
job_put_back(job *j, const job_task *t, int wait_ms)
{
	static const job_state before[] = {
	    [JOB_BEGIN] = JOB_NEW, [JOB_COPY] = JOB_TABLES, [JOB_END] = JOB_TABLES};

	pthread_mutex_lock(&j->lock);
	leave_table(t->table);
	if (t->table != NULL)
		t->table->due_ms = clock_ms() + wait_ms;
	if (t->wiki->state != JOB_OVER)
		t->wiki->state = before[t->kind];
	pthread_cond_broadcast(&j->changed);
	pthread_mutex_unlock(&j->lock);
}

void
job_copied(job *j, const job_task *t, bool over)
{
	pthread_mutex_lock(&j->lock);
	leave_table(t->table);
	t->table->over = t->table->over || over;
	t->table->drained = !over;
	/* another program, or a worker of this one, has the rest */
	t->table->due_ms = over ? 0 : clock_ms() + LOOK_MS;
	pthread_cond_broadcast(&j->changed);
	pthread_mutex_unlock(&j->lock);
}

void
job_ended(job *j, const job_task *t)
{
	pthread_mutex_lock(&j->lock);
	t->wiki->state = JOB_OVER;
	pthread_cond_broadcast(&j->changed);
	pthread_mutex_unlock(&j->lock);
}

void
job_fail(job *j, const job_task *t, status result)
{
	pthread_mutex_lock(&j->lock);
	leave_table(t->table);
	if (t->wiki->state != JOB_OVER && result != STATUS_STOPPED)
		j->failed++;
	t->wiki->state = JOB_OVER;
	if (j->result == STATUS_OK || result == STATUS_MEMORY || result == STATUS_STOPPED)
		j->result = result;
	pthread_cond_broadcast(&j->changed);
	pthread_mutex_unlock(&j->lock);
}
