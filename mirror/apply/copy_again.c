/*
 * apply/copy_again.c
 *	  Tables that are copied again: which, and when; see copy_again.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "apply/copy_again.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "apply/again_range.h"
#include "apply/take.h"
#include "snapshot/source_view.h"
#include "snapshot/table.h"
#include "source/mariadb.h"
#include "support/clock.h"
#include "support/log.h"
#include "support/pg.h"

#define REFUSED "run mwmirror init, and grant mwmirror_writer to this role"
#define DOING "copy a table again"

#define LOOK_MS 1000     /* between two looks while nothing is to be done */
#define PATIENCE_MS 1000 /* under a backlog a range is compared that often */
#define AGAIN_MS 10000   /* after the source has not answered, or a table could not be read */
#define BEHIND_MS 200    /* after the view was older than the position */
#define VIEW_MS 30000    /* a view is not kept open for longer */
#define SOURCE_TIMEOUT_S 30

/* Rows of a range: as many as are compared in about this time, in which live changes wait. */
#define RANGE_MS 150
#define LEAST_ROWS 10
#define FIRST_ROWS 500
#define MOST_ROWS 5000
#define RANGE_BYTES (4u << 20)

struct copy_again
{
	const config *config;
	again_stage *stage;
	MYSQL *mysql;
	int64_t next_ms;   /* clock_ms() of the next look */
	int64_t failed_ms; /* of the last table that could not be read */

	/* a range that is begun */
	bool open;
	source_view view;
	int64_t begun_ms;
	again_range range;

	/* of the table that was worked on last */
	char *sized;
	unsigned rows; /* of a range */
};

copy_again *
copy_again_create(const config *c, PGconn *conn)
{
	copy_again *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return NULL;
	g->config = c;
	g->stage = again_stage_create(conn);
	if (g->stage != NULL)
		return g;
	free(g);
	return NULL;
}

static status
out_of_memory(void)
{
	log_error("out of memory for a table that is copied again");
	return STATUS_MEMORY;
}

/* Nothing is begun any more; broken: the connection is of no more use. */
static void
end_range(copy_again *g, bool broken)
{
	if (g->open && (broken || source_view_end(&g->view) != STATUS_OK))
		broken = true;
	source_view_free(&g->view);
	g->open = false;
	again_range_free(&g->range);
	if (!broken || g->mysql == NULL)
		return;
	mysql_close(g->mysql);
	g->mysql = NULL;
}

void
copy_again_destroy(copy_again *g)
{
	if (g == NULL)
		return;
	source_view_free(&g->view);
	again_range_free(&g->range);
	if (g->mysql != NULL)
		mysql_close(g->mysql);
	free(g->sized);
	again_stage_destroy(g->stage);
	free(g);
}

int
copy_again_due(const copy_again *g)
{
	int64_t due = (g->open ? g->begun_ms + VIEW_MS : g->next_ms) - clock_ms();

	return due < 0 ? 0 : (int) due;
}

bool
copy_again_overdue(const copy_again *g)
{
	return !g->open && clock_ms() - g->next_ms >= PATIENCE_MS;
}

bool
copy_again_waits(const copy_again *g)
{
	return g->open;
}

/* ---- PostgreSQL ---- */

/* Asks in pipeline mode. */
static status
ask(applier *a, const char *sql, int count, const char *const *params, PGresult **out)
{
	status result = pipeline_ask(a->pipe, sql, count, params, DOING, out);

	if (result == STATUS_OK && PQresultStatus(*out) != PGRES_TUPLES_OK)
	{
		result = pg_fail(a->conn, *out, DOING, REFUSED);
		PQclear(*out);
		*out = NULL;
	}
	return result;
}

static status
tell(applier *a, const char *sql, int count, const char *const *params)
{
	PGresult *res = NULL;
	status result = ask(a, sql, count, params, &res);

	PQclear(res);
	return result;
}

/* ---- what fails ---- */

static void
wait_ms(copy_again *g, int ms)
{
	g->next_ms = clock_ms() + ms;
}

/*
 * What the source does not give now it gives later: the table waits, live changes go on. STATUS_OK, or what must end the attempt.
 */
static status
put_off(applier *a, status why)
{
	copy_again *g = a->again;
	const char *params[] = {g->range.wiki_id, g->range.table, "see the log of follow"};
	status result = STATUS_OK;

	if (why == STATUS_STOPPED || why == STATUS_MEMORY || why == STATUS_BUG)
		return why;
	/* a source that does not answer is no fault of the table; else others go on meanwhile */
	wait_ms(g, why == STATUS_RETRY ? AGAIN_MS : 0);
	if (why != STATUS_RETRY)
		result = tell(a, "SELECT mwmirror.copy_again_failed($1, $2, $3)", 3, params);
	g->failed_ms = clock_ms();
	end_range(g, true);
	return result;
}

/* ---- beginning a range ---- */

static status
open_source(copy_again *g, const wiki *w)
{
	const char *databases[] = {w->database};
	status result;

	if (g->mysql != NULL)
		return STATUS_OK;
	result = mariadb_open_source(g->config, SOURCE_TIMEOUT_S, databases, 1, &g->mysql);
	return result == STATUS_OK ? source_view_prepare(g->mysql) : result;
}

/* How many rows the next range has: what earlier ones of the table took, or what its rows are like. */
static void
size_range(copy_again *g)
{
	const unsigned fit = (unsigned) (RANGE_BYTES / (g->range.source.row_size + 1));
	char *name = NULL;

	if (asprintf(&name, "%s %s", g->range.wiki_id, g->range.table) < 0)
		name = NULL;
	if (name == NULL || g->sized == NULL || strcmp(name, g->sized) != 0)
		g->rows = fit > FIRST_ROWS ? FIRST_ROWS : fit < LEAST_ROWS ? LEAST_ROWS : fit;
	free(g->sized);
	g->sized = name;
}

/* The columns of look(). */
enum
{
	COLUMN_WIKI,
	COLUMN_TABLE,
	COLUMN_STATE,
	COLUMN_LOWER,
	COLUMN_VERSION,
	COLUMN_KEY,
	COLUMN_FAILED
};

static status
take_next(again_range *r, const PGresult *res)
{
	const char *lower = PQgetvalue(res, 0, COLUMN_LOWER);

	r->wiki_id = strdup(PQgetvalue(res, 0, COLUMN_WIKI));
	r->table = strdup(PQgetvalue(res, 0, COLUMN_TABLE));
	r->version = strdup(PQgetvalue(res, 0, COLUMN_VERSION));
	r->first = strcmp(PQgetvalue(res, 0, COLUMN_STATE), "waiting") == 0;
	if (r->wiki_id != NULL && r->table != NULL && r->version != NULL &&
	    (lower[0] == '\0' || key_bound_set(&r->keys.lower, lower, strlen(lower))))
		return STATUS_OK;
	return out_of_memory();
}

/* Finds out where the range ends; the view is open. */
static status
end_keys(copy_again *g)
{
	again_range *r = &g->range;

	size_range(g);
	if (r->source.key == NULL)
		return STATUS_OK;
	r->keys.kind = KEY_INTEGER;
	r->keys.column = strdup(r->source.key);
	if (r->keys.column == NULL)
		return out_of_memory();
	return table_fail(g->mysql, r->source.w, r->table,
	                  key_range_find_upper(g->mysql, r->source.w, r->table, g->rows, &r->keys));
}

static status
begin_view(applier *a, const wiki *w)
{
	copy_again *g = a->again;
	status result = open_source(g, w);

	if (result == STATUS_OK)
		result = source_view_begin_any(&g->view, g->mysql);
	g->open = result == STATUS_OK;
	g->begun_ms = clock_ms();
	if (result == STATUS_OK)
		result = again_table_load(g->mysql, a->mapping, w, g->range.table, g->range.first,
		                          &g->range.source);
	return result == STATUS_OK && g->range.source.plan != NULL ? end_keys(g) : result;
}

/* The key by which the table was cut is another now: it begins anew. */
static status
check_key(applier *a, const char *key)
{
	copy_again *g = a->again;
	const char *params[] = {g->range.wiki_id, g->range.table, "its primary key has changed"};
	const char *now = g->range.source.key == NULL ? "" : g->range.source.key;

	if (g->range.first || strcmp(key, now) == 0)
		return STATUS_OK;
	end_range(g, false);
	return tell(a, "SELECT mwmirror.copy_again($1, $2, $3)", 3, params);
}

static status
begin_range(applier *a, const PGresult *res)
{
	copy_again *g = a->again;
	const wiki *w;
	status result = take_next(&g->range, res);

	if (result != STATUS_OK)
		return result;
	w = wiki_list_by_id(a->wikis, g->range.wiki_id);
	/* a wiki that has come or gone begins a new attempt; others do not wait for that */
	if (w == NULL)
		return put_off(a, STATUS_SOURCE);
	result = begin_view(a, w);
	return result == STATUS_OK ? check_key(a, PQgetvalue(res, 0, COLUMN_KEY)) : put_off(a, result);
}

static status
look(applier *a)
{
	copy_again *g = a->again;
	const char *params[] = {g->config->source_name};
	PGresult *res;
	status result = ask(a,
	                    "SELECT wiki_id, source_table, state, convert_from(next_lower, 'UTF8'), "
	                    "version, key_column, failed FROM mwmirror.copy_again_next($1)",
	                    1, params, &res);

	if (result != STATUS_OK)
		return result;
	if (PQntuples(res) == 0 || PQgetisnull(res, 0, COLUMN_WIKI))
		wait_ms(g, LOOK_MS);
	else if (PQgetvalue(res, 0, COLUMN_FAILED)[0] == 't' && clock_ms() - g->failed_ms < AGAIN_MS)
		wait_ms(g, LOOK_MS);
	else
		result = begin_range(a, res);
	PQclear(res);
	return result;
}

/* ---- comparing ---- */

static void
resize(copy_again *g, int64_t took_ms)
{
	if (took_ms > RANGE_MS && g->rows > LEAST_ROWS)
		g->rows = g->rows / 2 < LEAST_ROWS ? LEAST_ROWS : g->rows / 2;
	else if (took_ms < RANGE_MS / 3)
		g->rows = g->rows * 2 > MOST_ROWS ? MOST_ROWS : g->rows * 2;
}

/* Compares the range, at the position of its view; no group is open. */
static status
compare(applier *a)
{
	copy_again *g = a->again;
	const int64_t begun = clock_ms();
	bool of_table;
	bool done;
	status result =
	    again_range_compare(a, g->stage, g->mysql, &g->view.at, &g->range, &of_table, &done);

	if (result != STATUS_OK)
		return of_table ? put_off(a, result) : result;
	if (done && g->range.keys.upper.data == NULL)
		log_info("table %s of wiki %s is copied again", g->range.table, g->range.wiki_id);
	resize(g, clock_ms() - begun);
	end_range(g, false);
	wait_ms(g, 0);
	return STATUS_OK;
}

status
copy_again_reach(applier *a)
{
	copy_again *g = a->again;
	const gtid_list *position = group_position(a->group);
	status result;

	if (!gtid_list_covers_all(position, &g->view.at))
	{
		if (clock_ms() - g->begun_ms >= VIEW_MS)
		{
			end_range(g, false);
			wait_ms(g, AGAIN_MS);
		}
		return STATUS_OK;
	}
	if (!gtid_list_covers_all(&g->view.at, position) ||
	    !gtid_list_covers_all(&g->view.at, &g->range.source.w->snapshot))
	{
		/* a transaction that the binlog shows before the tables do, or a host that is behind */
		end_range(g, false);
		wait_ms(g, BEHIND_MS);
		return STATUS_OK;
	}
	result = group_finish(a->group);
	return result == STATUS_OK ? compare(a) : result;
}

status
copy_again_step(applier *a)
{
	status result = a->again->open ? STATUS_OK : look(a);

	return result == STATUS_OK && a->again->open ? copy_again_reach(a) : result;
}

/* ---- for DDL ---- */

/* Marks what is copied again, in the group of the source transaction, if one has begun. */
static status
begin_again(applier *a, const char *sql, int count, const char *const *params)
{
	status result = a->in_transaction ? group_begin(a->group) : STATUS_OK;

	if (result == STATUS_OK)
		result = row_batch_send(a->batch);
	if (result == STATUS_OK)
		result = tell(a, sql, count, params);
	return result == STATUS_OK && a->in_transaction ? copy_watch_reload(a->copies) : result;
}

status
copy_again_table(applier *a, const wiki *w, const char *bare, const char *why)
{
	const char *params[] = {w->wiki_id, bare, why};
	status result = begin_again(a, "SELECT mwmirror.copy_again($1, $2, $3)", 3, params);

	if (result == STATUS_OK)
		log_info("table %s of wiki %s is copied again: %s", bare, w->wiki_id, why);
	return result;
}

status
copy_again_wiki(applier *a, const wiki *w, const char *why)
{
	const char *params[] = {w->wiki_id, why};
	status result = begin_again(a, "SELECT mwmirror.copy_again_all($1, $2)", 2, params);

	if (result == STATUS_OK)
		log_info("all tables of wiki %s are copied again: %s", w->wiki_id, why);
	return result;
}
