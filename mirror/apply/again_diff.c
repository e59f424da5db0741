/*
 * apply/again_diff.c
 *	  What differs of one target; see again_diff.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "apply/again_diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "apply/again_sql.h"
#include "apply/again_stage.h"
#include "apply/target.h"
#include "support/log.h"
#include "support/pg.h"

#define FETCH_MOST 500           /* rows at a time */
#define FETCH_BYTES (256u << 10) /* likewise, about */
#define BODIES_AT_ONCE "8"       /* contents */
#define LEAD 2                   /* values of a row before its columns */
#define VALUES_MAX (MAPPING_COLUMNS_MAX + 1)
#define DOING "compare rows with the source"

/* One comparison. */
typedef struct comparing
{
	again_diff *d;
	const plan_target *t;
	uint8_t order[MAPPING_COLUMNS_MAX];
	unsigned finds;
	row_shape *shape;
	bool any_raw; /* the mirror has raw values of the table */
	batch_value find[VALUES_MAX];
	batch_value set[VALUES_MAX];
} comparing;

static status
out_of_memory(void)
{
	log_error("out of memory for rows that differ");
	return STATUS_MEMORY;
}

/* Suspends the pipeline again, also after a failure that is not its own. */
static status
suspend(const again_diff *d, status so_far)
{
	const status result = pipeline_suspend(d->pipe);

	return so_far != STATUS_OK ? so_far : result;
}

/* ---- a row ---- */

static batch_value
make_value(const PGresult *res, int row, int column)
{
	if (PQgetisnull(res, row, column))
		return (batch_value){.form = BATCH_NULL};
	return (batch_value){.form = BATCH_VALUE,
	                     .data = PQgetvalue(res, row, column),
	                     .len = (uint32_t) PQgetlength(res, row, column)};
}

/* The number of a column of integers; 0: none. */
static uint64_t
find_number(const comparing *c, const PGresult *res, int row, const char *name)
{
	for (unsigned i = 0; i < c->t->column_count; i++)
	{
		const unsigned char *bytes;
		uint64_t number = 0;

		if (strcmp(c->t->columns[c->order[i]].name, name) != 0)
			continue;
		bytes = (const unsigned char *) PQgetvalue(res, row, LEAD + (int) i);
		for (int k = 0; k < PQgetlength(res, row, LEAD + (int) i); k++)
			number = number << 8 | bytes[k];
		return number;
	}
	return 0;
}

static status
add_latest(again_diff *d, uint64_t rev_id)
{
	if (d->latest_count == d->latest_room)
	{
		const size_t room = d->latest_room == 0 ? 64 : 2 * d->latest_room;
		uint64_t *latest = realloc(d->latest, room * sizeof(uint64_t));

		if (latest == NULL)
			return out_of_memory();
		d->latest = latest;
		d->latest_room = room;
	}
	d->latest[d->latest_count++] = rev_id;
	return STATUS_OK;
}

/* Contents that events of the row need, and the revision that a page's are about. */
static status
take_contents(comparing *c, const PGresult *res, int row, char op)
{
	again_diff *d = c->d;
	status result = STATUS_OK;

	if (strcmp(c->t->table, "page") == 0)
	{
		result = contents_take_page(d->contents, d->w, find_number(c, res, row, "page_id"),
		                            op == 'D', d->id);
		if (result == STATUS_OK && op != 'D')
			result = add_latest(d, find_number(c, res, row, "page_latest"));
	}
	else if (strcmp(c->t->table, "revision") == 0 && op == 'U')
		result =
		    contents_take_revision(d->contents, d->w, find_number(c, res, row, "rev_id"), d->id);
	return result;
}

static status
add_row(comparing *c, const PGresult *res, int row)
{
	again_diff *d = c->d;
	const char op = PQgetvalue(res, row, 0)[0];
	batch_item item = {.find = c->find, .set = c->set};
	raw_row raw = {.id = d->id,
	               .wiki_id = d->w->wiki_id,
	               .table = c->t->table,
	               .key = PQgetvalue(res, row, 1),
	               .key_len = (size_t) PQgetlength(res, row, 1)};
	status result;

	item.kind = op == 'D' ? BATCH_DELETE : op == 'I' ? BATCH_INSERT : BATCH_UPDATE;
	item.flags = op == 'I' && !c->t->keyless ? BATCH_UPSERT : 0;
	for (unsigned i = 0; i < c->t->column_count; i++)
		c->set[i + 1] = make_value(res, row, LEAD + (int) i);
	memcpy(&c->find[1], &c->set[1], c->finds * sizeof(batch_value));
	d->changes++;
	result = row_batch_add(d->batch, d->id, c->shape, &item, false);
	if (result == STATUS_OK && op == 'D' && c->any_raw && !PQgetisnull(res, row, 1))
		result = raw_values_delete(d->raws, d->batch, &raw, NULL);
	return result == STATUS_OK ? take_contents(c, res, row, op) : result;
}

static status
add_rows(comparing *c, const PGresult *res)
{
	status result = pipeline_resume(c->d->pipe);

	for (int i = 0; result == STATUS_OK && i < PQntuples(res); i++)
		result = add_row(c, res, i);
	return suspend(c->d, result);
}

/* ---- all rows ---- */

static status
make_shape(comparing *c)
{
	const char *names[VALUES_MAX] = {"wiki_id"};
	const char *wiki_id = c->d->w->wiki_id;

	c->finds = again_sql_order(c->t, c->order);
	for (unsigned i = 0; i < c->t->column_count; i++)
		names[i + 1] = c->t->columns[c->order[i]].name;
	c->shape =
	    row_shape_create(MAPPING_SCHEMA, c->t->table, c->finds + 1, c->t->column_count + 1, names);
	if (c->shape == NULL)
		return out_of_memory();
	c->set[0] =
	    (batch_value){.form = BATCH_VALUE, .data = wiki_id, .len = (uint32_t) strlen(wiki_id)};
	c->find[0] = c->set[0];
	return STATUS_OK;
}

static status
declare(comparing *c, const char *range)
{
	char *wiki_id = PQescapeLiteral(c->d->conn, c->d->w->wiki_id, strlen(c->d->w->wiki_id));
	char *select = wiki_id == NULL ? NULL : again_sql_compare(c->t, wiki_id, range);
	char *sql = NULL;
	status result;

	if (select == NULL || asprintf(&sql, "DECLARE mwmirror_again CURSOR FOR %s", select) < 0)
		result = out_of_memory();
	else
		result = target_execute(c->d->conn, sql);
	free(sql);
	free(select);
	PQfreemem(wiki_id);
	return result;
}

static status
fetch_all(comparing *c, uint64_t row_size)
{
	uint64_t count = FETCH_BYTES / (row_size + 1);
	char sql[64];
	status result;
	int got;

	count = count < 1 ? 1 : count > FETCH_MOST ? FETCH_MOST : count;
	snprintf(sql, sizeof(sql), "FETCH FORWARD %u FROM mwmirror_again", (unsigned) count);
	do
	{
		PGresult *res;

		result = pg_execute_binary(c->d->conn, sql, DOING, &res);
		got = result == STATUS_OK ? PQntuples(res) : 0;
		if (got > 0)
			result = add_rows(c, res);
		PQclear(res);
	} while (result == STATUS_OK && got == (int) count);
	return result == STATUS_OK ? target_execute(c->d->conn, "CLOSE mwmirror_again") : result;
}

/* ---- raw values ---- */

/* Row by row by the key of raw_value, whatever the planner takes it to hold: OFFSET 0 keeps it from reading all of a table's. */
static const char raw_sql[] =
    "SELECT coalesce(r.row_key, v.row_key), coalesce(r.column_name, v.column_name), r.raw "
    "FROM (SELECT * FROM " AGAIN_RAW " WHERE table_name = $2) AS r "
    "FULL JOIN (SELECT DISTINCT v.row_key, v.column_name, v.raw FROM pg_temp.mwmirror_want_%u AS w "
    "CROSS JOIN LATERAL (SELECT row_key, column_name, raw FROM mwmirror.raw_value "
    "WHERE wiki_id = $1 AND table_name = $2 AND row_key = w.raw_key OFFSET 0) AS v "
    "WHERE v.column_name = ANY ($3)) AS v "
    "ON r.row_key = v.row_key AND r.column_name = v.column_name "
    "WHERE r.raw IS DISTINCT FROM v.raw";

static char *
column_array(const plan_target *t)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return NULL;
	for (unsigned i = 0; i < t->column_count; i++)
		fprintf(out, "%c\"%s\"", i == 0 ? '{' : ',', t->columns[i].name);
	fputc('}', out);
	return fclose(out) == 0 ? text : NULL;
}

static status
add_raws(comparing *c, const PGresult *res)
{
	status result = pipeline_resume(c->d->pipe);

	for (int i = 0; result == STATUS_OK && i < PQntuples(res); i++)
	{
		const raw_row row = {.id = c->d->id,
		                     .wiki_id = c->d->w->wiki_id,
		                     .table = c->t->table,
		                     .key = PQgetvalue(res, i, 0),
		                     .key_len = (size_t) PQgetlength(res, i, 0)};
		const char *column = PQgetvalue(res, i, 1);
		size_t len = 0;
		unsigned char *raw = NULL;

		c->d->changes++;
		if (PQgetisnull(res, i, 2))
			result = raw_values_delete(c->d->raws, c->d->batch, &row, column);
		else if ((raw = PQunescapeBytea((unsigned char *) PQgetvalue(res, i, 2), &len)) == NULL)
			result = out_of_memory();
		else
			result = raw_values_set(c->d->raws, c->d->batch, &row, column, (char *) raw, len);
		PQfreemem(raw);
	}
	return suspend(c->d, result);
}

static status
write_raws(comparing *c)
{
	char *columns = column_array(c->t);
	const char *params[] = {c->d->w->wiki_id, c->t->table, columns};
	char sql[sizeof(raw_sql) + 16];
	PGresult *res = NULL;
	status result;

	if (columns == NULL)
		return out_of_memory();
	snprintf(sql, sizeof(sql), raw_sql, c->t->id);
	result = pg_execute_params(c->d->conn, sql, 3, params, DOING, NULL, 0, &res);
	free(columns);
	if (result == STATUS_OK && PQntuples(res) > 0)
		result = add_raws(c, res);
	PQclear(res);
	return result;
}

/* What was added before is to be seen by the comparison. */
static status
send_before(const again_diff *d)
{
	status result = pipeline_resume(d->pipe);

	if (result == STATUS_OK)
		result = row_batch_send(d->batch);
	return suspend(d, result);
}

status
again_diff_write(again_diff *d, const plan_target *t, const char *range, uint64_t row_size,
                 bool any_raw)
{
	comparing c = {.d = d, .t = t, .any_raw = raw_values_any(d->raws, d->w->wiki_id, t->table)};
	status result = make_shape(&c);

	if (result == STATUS_OK && (t->merge || t->shared) && d->changes > 0)
		result = send_before(d);
	if (result == STATUS_OK)
		result = declare(&c, range);
	if (result == STATUS_OK)
		result = fetch_all(&c, row_size);
	/* a row of a table without key that differs goes and comes, and with it goes what its key had */
	if (result == STATUS_OK && t->keyless && c.any_raw && d->changes > 0)
		result = send_before(d);
	if (result == STATUS_OK && (any_raw || c.any_raw))
		result = write_raws(&c);
	row_shape_destroy(c.shape);
	return result;
}

/* ---- contents ---- */

#define BODIES                                                                                     \
	"DECLARE mwmirror_again CURSOR FOR SELECT c.content_id::text, c.content_address, b.body, "     \
	"b.body_status FROM (SELECT * FROM mediawiki.content WHERE wiki_id = %s%s) AS c LEFT JOIN "    \
	"mediawiki.content_body AS b ON b.wiki_id = c.wiki_id AND b.content_id = c.content_id WHERE "  \
	"c.content_address IS NOT NULL%s"
#define OF_LATEST                                                                                  \
	" AND EXISTS (SELECT FROM mwmirror.content_latest AS l WHERE l.wiki_id = c.wiki_id AND "       \
	"l.content_id = c.content_id)"
#define ORPHANS                                                                                    \
	"DELETE FROM mediawiki.content_body AS c WHERE wiki_id = %s%s AND NOT EXISTS (SELECT FROM "    \
	"mediawiki.content AS o WHERE o.wiki_id = c.wiki_id AND o.content_id = c.content_id) "         \
	"RETURNING mwmirror.note_row(c, true)%s"

static status
run_sql(again_diff *d, const char *format, const char *range, const char *also, PGresult **out)
{
	char *wiki_id = PQescapeLiteral(d->conn, d->w->wiki_id, strlen(d->w->wiki_id));
	char *sql = NULL;
	status result;

	*out = NULL;
	if (wiki_id == NULL || asprintf(&sql, format, wiki_id, range, also) < 0)
		result = out_of_memory();
	else
		result = pg_execute(d->conn, sql, DOING, 0, out);
	free(sql);
	PQfreemem(wiki_id);
	return result;
}

static status
compare_body(again_diff *d, const PGresult *res, int row)
{
	content_have have = {.body = PQgetisnull(res, row, 2) ? NULL : PQgetvalue(res, row, 2),
	                     .len = (size_t) PQgetlength(res, row, 2),
	                     .said = PQgetisnull(res, row, 3) ? NULL : PQgetvalue(res, row, 3)};
	status result = contents_compare_body(d->contents, d->w, d->id, PQgetvalue(res, row, 1), &have);

	if (result != STATUS_OK || !have.differs)
		return result;
	d->changes++;
	result = pipeline_resume(d->pipe);
	if (result == STATUS_OK)
		result = contents_add_compared(d->contents, d->w, d->id, PQgetvalue(res, row, 0));
	return suspend(d, result);
}

static status
compare_bodies(again_diff *d)
{
	status result;
	int got;

	do
	{
		PGresult *res;

		result = pg_execute_binary(d->conn, "FETCH FORWARD " BODIES_AT_ONCE " FROM mwmirror_again",
		                           DOING, &res);
		got = result == STATUS_OK ? PQntuples(res) : 0;
		for (int i = 0; result == STATUS_OK && i < got; i++)
			result = compare_body(d, res, i);
		PQclear(res);
	} while (result == STATUS_OK && got > 0);
	return result == STATUS_OK ? target_execute(d->conn, "CLOSE mwmirror_again") : result;
}

status
again_diff_write_bodies(again_diff *d, const char *range)
{
	const bool latest = d->w->policy == CONTENT_LATEST;
	PGresult *res = NULL;
	status result = STATUS_OK;

	if (range == NULL || d->w->policy < CONTENT_LATEST)
		return STATUS_OK;
	if (d->changes > 0)
		result = send_before(d);
	if (result == STATUS_OK)
		result = run_sql(d, BODIES, range, latest ? OF_LATEST : "", &res);
	PQclear(res);
	res = NULL;
	if (result == STATUS_OK)
		result = compare_bodies(d);
	if (result == STATUS_OK)
		result = run_sql(d, ORPHANS, range, "", &res);
	if (result == STATUS_OK)
		d->changes += (uint64_t) PQntuples(res);
	PQclear(res);
	return result;
}

void
again_diff_free(again_diff *d)
{
	free(d->latest);
	d->latest = NULL;
	d->latest_count = d->latest_room = 0;
}
