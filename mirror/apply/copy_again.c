/*
 * apply/copy_again.c
 *	  Tables that are copied again: which, and when; see copy_again.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "apply/copy_again.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "apply/again_next.h"
#include "apply/again_range.h"
#include "apply/take.h"
#include "mapping/utf8.h"
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
#define STEADY_ROWS 200
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
	bool ranges;       /* whether ranges of copy_range were looked for first, or tables */

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

/* Asks for something that is done, in pipeline mode. */
static status
tell(applier *a, const char *sql, int count, const char *const *params)
{
	PGresult *res = NULL;
	status result = pipeline_ask(a->pipe, sql, count, params, DOING, &res);

	if (result == STATUS_OK && PQresultStatus(res) != PGRES_TUPLES_OK)
		result = pg_fail(a->conn, res, DOING, REFUSED);
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

/* Rows that are not too much at once by their size. */
static unsigned
fitting_rows(const copy_again *g)
{
	const uint64_t fit = RANGE_BYTES / (g->range.source.row_size + 1);

	return fit < LEAST_ROWS ? LEAST_ROWS : fit > MOST_ROWS ? MOST_ROWS : (unsigned) fit;
}

/* How many rows the next range has: what earlier ones of the table took, or what its rows are like. */
static void
size_range(copy_again *g)
{
	const unsigned fit = fitting_rows(g);
	char *name = NULL;

	if (asprintf(&name, "%s %s", g->range.wiki_id, g->range.table) < 0)
		name = NULL;
	if (name == NULL || g->sized == NULL || strcmp(name, g->sized) != 0)
		g->rows = fit > FIRST_ROWS ? FIRST_ROWS : fit;
	free(g->sized);
	g->sized = name;
}

/* A bound must be text for the mirror's side of it; bytes that are not are hardly ever one. */
static bool
is_text(const key_range *r)
{
	return r->kind != KEY_BYTES || r->upper.data == NULL ||
	       utf8_valid_prefix(r->upper.data, r->upper.len) == r->upper.len;
}

/* Finds out where the range ends; the view is open. */
static status
end_keys(copy_again *g)
{
	again_range *r = &g->range;
	bool found = false;
	status result = STATUS_OK;

	size_range(g);
	r->last = true;
	if (r->source.key == NULL)
		return STATUS_OK;
	r->keys.kind = r->source.kind;
	r->keys.column = strdup(r->source.key);
	if (r->keys.column == NULL)
		return out_of_memory();
	if (r->keys.keys != NULL)
		return STATUS_OK;
	for (uint64_t rows = g->rows; result == STATUS_OK; rows *= 2)
	{
		result = table_fail(g->mysql, r->source.w, r->table,
		                    key_range_find_upper(g->mysql, r->source.w, r->table, rows, &r->limit,
		                                         &r->keys, &found));
		if (!found || is_text(&r->keys))
			break;
	}
	r->last = !found;
	return result;
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
	g->range.last = true;
	return result == STATUS_OK && g->range.source.plan != NULL ? end_keys(g) : result;
}

/* The key by which the table was cut, or a range is one, is another now: all of it is compared. */
static status
check_key(applier *a)
{
	copy_again *g = a->again;
	const again_table *t = &g->range.source;
	const char *params[] = {g->range.wiki_id, g->range.table, "its primary key has changed"};
	const char *kind = key_kind_name(t->kind);
	status result = STATUS_OK;

	if ((g->range.first && g->range.numbers == NULL) || t->plan == NULL ||
	    (strcmp(g->range.key, t->key == NULL ? "" : t->key) == 0 &&
	     strcmp(g->range.kind, kind == NULL ? "" : kind) == 0))
		return STATUS_OK;
	result = tell(a, "SELECT mwmirror.copy_again($1, $2, $3)", 3, params);
	end_range(g, false);
	return result;
}

static status
begin_range(applier *a)
{
	copy_again *g = a->again;
	const wiki *w = wiki_list_by_id(a->wikis, g->range.wiki_id);
	status result;

	/* a wiki that has come or gone begins a new attempt; others do not wait for that */
	if (w == NULL)
		return put_off(a, STATUS_SOURCE);
	result = begin_view(a, w);
	return result == STATUS_OK ? check_key(a) : put_off(a, result);
}

/* Begins a table, or ranges, if any is due; *none: nothing is. */
static status
look_for(applier *a, bool ranges, bool *none)
{
	copy_again *g = a->again;
	status result = again_next_find(a, ranges, &g->range);

	*none = g->range.wiki_id == NULL || (g->range.failed && clock_ms() - g->failed_ms < AGAIN_MS);
	if (*none)
		again_range_free(&g->range);
	return result == STATUS_OK && !*none ? begin_range(a) : result;
}

/* Ranges and tables take turns: rows whose table is compared may lack again what others need. */
static status
look(applier *a)
{
	copy_again *g = a->again;
	bool none;
	status result;

	g->ranges = !g->ranges;
	result = look_for(a, g->ranges, &none);
	if (result == STATUS_OK && none)
		result = look_for(a, !g->ranges, &none);
	if (result == STATUS_OK && none)
		wait_ms(g, LOOK_MS);
	return result;
}

/* ---- comparing ---- */

/* On a busy machine all takes long, and many small ranges most: only where rows are large there are few of them. */
static void
resize(copy_again *g, int64_t took_ms)
{
	const unsigned fit = fitting_rows(g);
	const unsigned least = fit < STEADY_ROWS ? LEAST_ROWS : STEADY_ROWS;

	if (took_ms > RANGE_MS)
		g->rows = g->rows / 2 < least ? least : g->rows / 2;
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
	if (done && g->range.last && g->range.numbers == NULL)
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

status
copy_again_key(applier *a, const wiki *w, const char *bare, const char *column, const char *kind,
               const key_bound *key, const char *why)
{
	const copy_entry *e = copy_watch_is_any(a->copies) ? copy_watch_find(a->copies, w, bare) : NULL;
	const bool known = e != NULL && e->range_count > 0;
	char *digits = NULL;
	status result;

	if (!key_bound_write(key, &digits))
		result = out_of_memory();
	else
	{
		const char *params[] = {w->wiki_id, bare, column, kind, digits, why};

		result = begin_again(a, "SELECT mwmirror.copy_again_range($1, $2, $3, $4, $5::bytea, $6)",
		                     6, params);
	}
	free(digits);
	/* once for all that come before they are compared */
	if (result == STATUS_OK && !known)
		log_info("rows of table %s of wiki %s are compared with the source: %s", bare, w->wiki_id,
		         why);
	return result;
}

status
copy_again_begun(applier *a, const wiki *w, const char *why)
{
	const char *params[] = {w->wiki_id, why};
	status result = begin_again(a, "SELECT mwmirror.copy_again_begun($1, $2)", 2, params);

	if (result == STATUS_OK)
		log_info("what is copied of wiki %s by now is compared with the source: %s", w->wiki_id,
		         why);
	return result;
}
