/*
 * apply/copy_watch.c
 *	  What follow knows of copies; see copy_watch.h.
 */
#include "apply/copy_watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "support/clock.h"
#include "support/log.h"
#include "support/pg.h"

#define DOING "read what is copied"
#define REFUSED "run mwmirror init, and grant mwmirror_writer to this role"
#define LOOK_MS 1000
#define NUMBER_SIZE 24
#define ALL (-1) /* no version is known */

struct copy_watch
{
	PGconn *conn;
	const char *source_name;
	pipeline *pipe; /* NULL until it is attached */
	param_set *params;
	wiki_list *wikis;
	raw_values *raws; /* NULL before copy_watch_attach */
	copy_map *map;
	int64_t version; /* that the map is of */
	int64_t wikis_version;
	int64_t mapping_version;
	int64_t looked_ms;
	bool changed;    /* the attempt must begin anew */
	bool is_cleared; /* of tables that were over before it began, which the map does not have */
};

static const char expect_sql[] = "SELECT mwmirror.copy_expect($1::text, $2::text::bigint)";

/* In an open group the lock is held already, and taken once more. */
static const char version_sql[] =
    "SELECT version, wikis, mapping FROM mwmirror.copy_versions($1::text)";

/* Tables that have changed since a version; at first those of which something is still to be known. */
static const char tables_sql[] =
    "SELECT * FROM (SELECT t.wiki_id, t.source_table, t.mode, t.state, t.key_column, t.key_kind, "
    "t.settled_upper, t.state = 'copied' AND w.snapshot_gtid IS NOT NULL AND NOT EXISTS (SELECT "
    "FROM mwmirror.copy_chunk AS c WHERE c.wiki_id = t.wiki_id AND c.source_table = "
    "t.source_table) AND NOT EXISTS (SELECT FROM mwmirror.copy_range AS r WHERE r.wiki_id = "
    "t.wiki_id AND r.source_table = t.source_table) AS is_settled, t.next_settled, t.begun "
    "FROM mwmirror.copy_table AS t LEFT JOIN mwmirror.wiki AS w ON w.wiki_id = t.wiki_id "
    "WHERE t.source_name = $1::text AND t.version > $2::text::bigint) AS t "
    "WHERE $2::text::bigint >= 0 OR NOT is_settled ORDER BY wiki_id, source_table";

/*
 * Chunks that were announced since: others are known, unless they are of a copy that is not. Whether they are copied is asked when it counts, and seen here when all of the table is.
 */
static const char chunks_sql[] =
    "SELECT c.wiki_id, c.source_table, c.ordinal, c.lower, c.upper, c.state, c.gtid_pos FROM ("
    "SELECT c.* FROM mwmirror.copy_table AS t JOIN mwmirror.copy_chunk AS c ON c.wiki_id = "
    "t.wiki_id AND c.source_table = t.source_table WHERE t.source_name = $1::text AND t.version > "
    "$2::text::bigint AND t.state = 'copied' UNION ALL "
    "SELECT c.* FROM mwmirror.copy_chunk AS c JOIN mwmirror.copy_table AS t ON t.wiki_id = "
    "c.wiki_id AND t.source_table = c.source_table WHERE t.source_name = $1::text AND NOT "
    "(t.version > $2::text::bigint AND t.state = 'copied') AND c.version > $2::text::bigint) AS c "
    "ORDER BY c.wiki_id, c.source_table, c.ordinal";

/* All of a table that has changed: there are few. */
static const char ranges_sql[] =
    "SELECT r.wiki_id, r.source_table, r.one_key, r.lower, r.upper FROM mwmirror.copy_table AS t "
    "JOIN mwmirror.copy_range AS r ON r.wiki_id = t.wiki_id AND r.source_table = t.source_table "
    "WHERE t.source_name = $1::text AND t.version > $2::text::bigint";

status
copy_watch_prepare(PGconn *conn)
{
	return pg_prepare(conn, "copy_expect", expect_sql, "prepare a statement");
}

void
copy_watch_destroy(copy_watch *w)
{
	if (w == NULL)
		return;
	copy_map_destroy(w->map);
	free(w);
}

status
copy_watch_attach(copy_watch *w, pipeline *p, param_set *params, wiki_list *wikis, raw_values *raws)
{
	status result = STATUS_OK;

	w->pipe = p;
	w->params = params;
	w->wikis = wikis;
	w->raws = raws;
	for (size_t i = 0; result == STATUS_OK && i < copy_map_count(w->map); i++)
		result = raw_values_expect(raws, copy_map_at(w->map, i)->wiki_id);
	return result;
}

bool
copy_watch_is_outdated(const copy_watch *w)
{
	return w->changed || (w->pipe != NULL && pipeline_is_outdated(w->pipe));
}

bool
copy_watch_is_any(const copy_watch *w)
{
	return copy_map_count(w->map) > 0;
}

copy_entry *
copy_watch_find(const copy_watch *w, const wiki *of, const char *table)
{
	return copy_map_find(w->map, of->wiki_id, table);
}

/* ---- what the server says ---- */

/* *out, for PQclear, did not fail. */
static status
ask(copy_watch *w, const char *sql, int count, const char *const *params, PGresult **out)
{
	status result = w->pipe == NULL ? pg_ask_params(w->conn, sql, count, params, DOING, 0, out)
	                                : pipeline_ask(w->pipe, sql, count, params, DOING, out);

	if (result != STATUS_OK || PQresultStatus(*out) == PGRES_TUPLES_OK ||
	    PQresultStatus(*out) == PGRES_COMMAND_OK)
		return result;
	result = pg_fail(w->conn, *out, DOING, REFUSED);
	PQclear(*out);
	*out = NULL;
	return result;
}

static status
command(copy_watch *w, const char *sql)
{
	PGresult *res;
	status result = ask(w, sql, 0, NULL, &res);

	PQclear(res);
	return result;
}

static const char *
text_or_null(const PGresult *res, int row, int column)
{
	return PQgetisnull(res, row, column) ? NULL : PQgetvalue(res, row, column);
}

/* A bytea, to be freed with PQfreemem; *out NULL for NULL. */
static status
read_bytes(const PGresult *res, int row, int column, unsigned char **out, size_t *len)
{
	*out = NULL;
	*len = 0;
	if (PQgetisnull(res, row, column))
		return STATUS_OK;
	*out = PQunescapeBytea((const unsigned char *) PQgetvalue(res, row, column), len);
	if (*out != NULL)
		return STATUS_OK;
	log_error("out of memory for what is copied");
	return STATUS_MEMORY;
}

/* True if this attempt leaves the wiki's tables out, or does not know it. */
static bool
is_news(const copy_watch *w, const char *wiki_id)
{
	const wiki *of;

	if (w->wikis == NULL)
		return false;
	of = wiki_list_by_id(w->wikis, wiki_id);
	return of == NULL || !of->followed;
}

static status
take_table(copy_watch *w, const PGresult *res, int row)
{
	copy_table_row table = {.wiki_id = PQgetvalue(res, row, 0),
	                        .table = PQgetvalue(res, row, 1),
	                        .mode = PQgetvalue(res, row, 2),
	                        .state = PQgetvalue(res, row, 3),
	                        .key_column = text_or_null(res, row, 4),
	                        .key_kind = text_or_null(res, row, 5),
	                        .next_settled = atoi(PQgetvalue(res, row, 8)),
	                        .begun = strtoll(PQgetvalue(res, row, 9), NULL, 10)};
	unsigned char *settled;
	status result;

	if (PQgetvalue(res, row, 7)[0] == 't')
	{
		copy_map_remove(w->map, table.wiki_id, table.table);
		return STATUS_OK;
	}
	w->changed = w->changed || is_news(w, table.wiki_id);
	result = read_bytes(res, row, 6, &settled, &table.settled_len);
	table.settled_upper = (const char *) settled;
	if (result == STATUS_OK)
		result = copy_map_put(w->map, &table, NULL);
	if (result == STATUS_OK && w->raws != NULL)
		result = raw_values_expect(w->raws, table.wiki_id);
	PQfreemem(settled);
	return result;
}

/* Bounds of a chunk or range, in two columns from this on; freed with free_bounds. */
typedef struct bounds
{
	unsigned char *lower;
	unsigned char *upper;
	size_t lower_len;
	size_t upper_len;
} bounds;

static status
read_bounds(const PGresult *res, int row, int column, bounds *out)
{
	status result = read_bytes(res, row, column, &out->lower, &out->lower_len);

	return result == STATUS_OK ? read_bytes(res, row, column + 1, &out->upper, &out->upper_len)
	                           : result;
}

static void
free_bounds(bounds *b)
{
	PQfreemem(b->lower);
	PQfreemem(b->upper);
}

static status
take_chunk(copy_watch *w, const PGresult *res, int row)
{
	copy_entry *e = copy_map_find(w->map, PQgetvalue(res, row, 0), PQgetvalue(res, row, 1));
	bounds b = {0};
	status result;

	if (e == NULL)
		return STATUS_OK;
	result = read_bounds(res, row, 3, &b);
	if (result == STATUS_OK)
		result = copy_entry_put_chunk(e, &(copy_chunk_row){.ordinal = atoi(PQgetvalue(res, row, 2)),
		                                                   .state = PQgetvalue(res, row, 5),
		                                                   .gtid_pos = text_or_null(res, row, 6),
		                                                   .lower = (const char *) b.lower,
		                                                   .lower_len = b.lower_len,
		                                                   .upper = (const char *) b.upper,
		                                                   .upper_len = b.upper_len});
	free_bounds(&b);
	return result;
}

static status
take_range(copy_watch *w, const PGresult *res, int row)
{
	copy_entry *e = copy_map_find(w->map, PQgetvalue(res, row, 0), PQgetvalue(res, row, 1));
	bounds b = {0};
	status result;

	if (e == NULL)
		return STATUS_OK;
	result = read_bounds(res, row, 3, &b);
	if (result == STATUS_OK)
		result =
		    copy_entry_put_range(e, &(copy_range_row){.one_key = PQgetvalue(res, row, 2)[0] == 't',
		                                              .lower = (const char *) b.lower,
		                                              .lower_len = b.lower_len,
		                                              .upper = (const char *) b.upper,
		                                              .upper_len = b.upper_len});
	free_bounds(&b);
	return result;
}

static status
take_rows_of(copy_watch *w, const char *sql, int64_t since,
             status (*take)(copy_watch *w, const PGresult *res, int row))
{
	char number[NUMBER_SIZE];
	const char *params[] = {w->source_name, number};
	PGresult *res;
	status result;

	snprintf(number, sizeof(number), "%" PRId64, since);
	result = ask(w, sql, 2, params, &res);
	for (int i = 0; result == STATUS_OK && i < PQntuples(res); i++)
		result = take(w, res, i);
	PQclear(res);
	return result;
}

/* The list of wikis is another: which are copied is taken over, all else is for the next attempt. */
static status
take_wikis(copy_watch *w)
{
	const char *params[] = {w->source_name};
	wiki_list newer = {0};
	PGresult *res;
	status result;

	if (w->wikis == NULL)
	{
		w->changed = true;
		return STATUS_OK;
	}
	result = ask(w, wiki_list_sql, 1, params, &res);
	if (result == STATUS_OK)
		result = wiki_list_read(res, &newer);
	PQclear(res);
	if (result == STATUS_OK)
		w->changed = !wiki_list_take_copied(w->wikis, &newer) || w->changed;
	wiki_list_free(&newer);
	return result;
}

/* What has changed since a version, if anything: in a transaction that has the lock, which this takes. */
static status
load(copy_watch *w, int64_t since)
{
	const char *params[] = {w->source_name};
	PGresult *res;
	int64_t wikis, mapped;
	status result = ask(w, version_sql, 1, params, &res);

	if (result != STATUS_OK)
		return result;
	w->version = strtoll(PQgetvalue(res, 0, 0), NULL, 10);
	wikis = strtoll(PQgetvalue(res, 0, 1), NULL, 10);
	mapped = strtoll(PQgetvalue(res, 0, 2), NULL, 10);
	PQclear(res);
	w->looked_ms = clock_ms();
	w->changed = w->changed || (since != ALL && mapped != w->mapping_version);
	if (since != ALL && wikis != w->wikis_version)
		result = take_wikis(w);
	w->wikis_version = wikis;
	w->mapping_version = mapped;
	if (w->version == since || result != STATUS_OK)
		return result;
	result = take_rows_of(w, tables_sql, since, take_table);
	if (result == STATUS_OK)
		result = take_rows_of(w, chunks_sql, since, take_chunk);
	return result == STATUS_OK ? take_rows_of(w, ranges_sql, since, take_range) : result;
}

status
copy_watch_create(PGconn *conn, const char *source_name, copy_watch **out)
{
	copy_watch *w = calloc(1, sizeof(*w));
	status result;

	*out = NULL;
	if (w == NULL || (w->map = copy_map_create()) == NULL)
	{
		copy_watch_destroy(w);
		log_error("out of memory for what is copied");
		return STATUS_MEMORY;
	}
	w->conn = conn;
	w->source_name = source_name;
	result = command(w, "BEGIN");
	if (result == STATUS_OK)
		result = load(w, ALL);
	if (result == STATUS_OK)
		result = command(w, "COMMIT");
	if (result == STATUS_OK)
		*out = w;
	else
		copy_watch_destroy(w);
	return result;
}

/* ---- groups ---- */

static status
begin_anew(copy_watch *w)
{
	w->changed = true;
	log_info("the wikis of source %s have changed: they are read again", w->source_name);
	return STATUS_RETRY;
}

status
copy_watch_reload(copy_watch *w)
{
	status result = load(w, w->version);

	return result == STATUS_OK && w->changed ? begin_anew(w) : result;
}

/* The transaction fails if the version is another; that is answered with the rest of the group. */
static status
send_expectation(copy_watch *w)
{
	const pipeline_op op = {.verb = "the look at what is copied"};
	char number[NUMBER_SIZE];
	convert_error err;

	snprintf(number, sizeof(number), "%" PRId64, w->version);
	param_reset(w->params);
	if (!param_put_text(w->params, w->source_name, strlen(w->source_name), &err) ||
	    !param_put_text(w->params, number, strlen(number), &err))
	{
		log_error("out of memory for the look at what is copied");
		return STATUS_MEMORY;
	}
	return pipeline_send(w->pipe, w->params, "copy_expect", &op);
}

status
copy_watch_begin(copy_watch *w)
{
	return copy_watch_is_any(w) ? copy_watch_reload(w) : send_expectation(w);
}

/* ---- chunks ---- */

status
copy_watch_wait(copy_watch *w, copy_entry *e, copy_chunk *chunk)
{
	char number[NUMBER_SIZE];
	const char *params[] = {e->wiki_id, e->table, number};
	const int64_t began_ms = clock_ms();
	status result = STATUS_OK;
	PGresult *res;

	snprintf(number, sizeof(number), "%d", chunk->ordinal);
	while (result == STATUS_OK && chunk->state == COPY_CHUNK_READING)
	{
		result = ask(w, "SELECT ended, gtid_pos FROM mwmirror.copy_wait($1, $2, $3::integer)", 3,
		             params, &res);
		if (result != STATUS_OK)
			return result;
		if (!PQgetisnull(res, 0, 1))
			result = copy_entry_set_copied(e, chunk, PQgetvalue(res, 0, 1));
		else if (PQgetvalue(res, 0, 0)[0] == 't')
			chunk->state = COPY_CHUNK_DEAD;
		else
			log_info("waiting for chunk %d of table %s of wiki %s to be copied since %" PRId64 " s",
			         chunk->ordinal, e->table, e->wiki_id, (clock_ms() - began_ms) / 1000);
		PQclear(res);
	}
	return result;
}

status
copy_watch_restart(copy_watch *w, const copy_entry *e, bool keeps_key)
{
	const char *params[] = {e->wiki_id, e->table, keeps_key ? "true" : "false"};
	PGresult *res;
	status result = ask(w, "SELECT mwmirror.copy_restart($1, $2, $3::boolean)", 3, params, &res);

	PQclear(res);
	return result == STATUS_OK ? copy_watch_reload(w) : result;
}

/* ---- between groups ---- */

static status
look_for_news(copy_watch *w, bool *news)
{
	const char *params[] = {w->source_name};
	PGresult *res;
	status result = ask(w,
	                    "SELECT coalesce((SELECT version FROM mwmirror.copy_version WHERE "
	                    "source_name = $1), 0)",
	                    1, params, &res);

	*news = result == STATUS_OK && strtoll(PQgetvalue(res, 0, 0), NULL, 10) != w->version;
	PQclear(res);
	w->looked_ms = clock_ms();
	return result;
}

status
copy_watch_look(copy_watch *w)
{
	bool news;
	status result = look_for_news(w, &news);

	return news ? begin_anew(w) : result;
}

/* Reads what has changed while there was no group. */
static status
look(copy_watch *w)
{
	bool news;
	status result = look_for_news(w, &news);

	if (result != STATUS_OK || !news)
		return result;
	result = command(w, "BEGIN");
	if (result == STATUS_OK)
		result = copy_watch_reload(w);
	return result == STATUS_OK ? command(w, "COMMIT") : result;
}

/* True if a table needs no entry any more: without one a copied wiki's rows are applied. */
static bool
is_over(const copy_watch *w, const copy_entry *e, const gtid_list *position)
{
	const wiki *of = wiki_list_by_id(w->wikis, e->wiki_id);

	return of != NULL && of->snapshot_text != NULL && copy_entry_is_behind(e, position);
}

/* Tables that are over go here and there. */
static status
clear(copy_watch *w, const gtid_list *position)
{
	char number[NUMBER_SIZE];
	const char *params[] = {w->source_name, number};
	PGresult *res;
	status result;

	snprintf(number, sizeof(number), "%" PRId64, w->version);
	result = ask(w, "SELECT mwmirror.copy_clear($1, $2::bigint)", 2, params, &res);
	PQclear(res);
	for (size_t i = copy_map_count(w->map); result == STATUS_OK && i > 0; i--)
	{
		const copy_entry *e = copy_map_at(w->map, i - 1);

		if (is_over(w, e, position))
			copy_map_remove(w->map, e->wiki_id, e->table);
	}
	return result;
}

status
copy_watch_idle(copy_watch *w, const gtid_list *position)
{
	status result;

	if (copy_watch_due(w) > 0)
		return STATUS_OK;
	result = look(w);
	if (result == STATUS_OK && !w->is_cleared)
	{
		result = clear(w, position);
		w->is_cleared = result == STATUS_OK;
	}
	for (size_t i = 0; result == STATUS_OK && i < copy_map_count(w->map); i++)
	{
		if (is_over(w, copy_map_at(w->map, i), position))
			return clear(w, position);
	}
	return result;
}

int
copy_watch_due(const copy_watch *w)
{
	const int64_t due = w->looked_ms + LOOK_MS - clock_ms();

	return due < 0 ? 0 : (int) due;
}
