/*
 * apply/raw_value.c
 *	  Keeps mwmirror.raw_value in step with the rows; see raw_value.h.
 */
#include "apply/raw_value.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include "support/log.h"
#include "support/pg.h"

/* A table that has raw values, or ANY_TABLE of a wiki; a node of the tree (tsearch). */
typedef struct raw_table
{
	const char *wiki_id;
	const char *table;
} raw_table;

#define ANY_TABLE ""

#define COLUMNS 5
#define FINDS_ROW 3 /* of the columns: all raw values of a row */
#define FINDS_ONE 4

static const char *const column_names[COLUMNS] = {"wiki_id", "table_name", "row_key", "column_name",
                                                  "raw"};

struct raw_values
{
	void *tables;
	row_shape *of_row;
	row_shape *of_column;
};

static const struct
{
	const char *name;
	const char *sql;
} statements[] = {
    /* rows of a table without a key may share one: what is there already must not stop the move */
    {"raw_move", "WITH moved AS (DELETE FROM mwmirror.raw_value WHERE wiki_id = $1::text AND "
                 "table_name = $2::text AND row_key = $3::text RETURNING column_name, raw) "
                 "INSERT INTO mwmirror.raw_value (wiki_id, table_name, row_key, column_name, raw) "
                 "SELECT $1::text, $2::text, $4::text, column_name, raw FROM moved "
                 "ON CONFLICT (wiki_id, table_name, row_key, column_name) DO UPDATE SET raw = "
                 "excluded.raw"},
    {"raw_empty",
     "DELETE FROM mwmirror.raw_value WHERE wiki_id = $1::text AND table_name = $2::text"},
};

static int
compare_tables(const void *a, const void *b)
{
	const raw_table *one = a;
	const raw_table *other = b;
	int order = strcmp(one->table, other->table);

	return order != 0 ? order : strcmp(one->wiki_id, other->wiki_id);
}

/* One that is not there yet. */
static status
add_table(raw_values *r, const char *wiki_id, const char *table)
{
	const size_t wiki_size = strlen(wiki_id) + 1;
	const size_t table_size = strlen(table) + 1;
	raw_table *t = malloc(sizeof(*t) + wiki_size + table_size);

	if (t != NULL)
	{
		char *names = (char *) (t + 1);

		t->wiki_id = memcpy(names, wiki_id, wiki_size);
		t->table = memcpy(names + wiki_size, table, table_size);
		if (tsearch(t, &r->tables, compare_tables) != NULL)
			return STATUS_OK;
		free(t);
	}
	log_error("out of memory for the set of tables with raw values");
	return STATUS_MEMORY;
}

static bool
has_table(const raw_values *r, const char *wiki_id, const char *table)
{
	const raw_table wanted = {wiki_id, table};

	return tfind(&wanted, &r->tables, compare_tables) != NULL;
}

static status
prepare_statements(PGconn *conn)
{
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
	{
		status result = pg_prepare(conn, statements[i].name, statements[i].sql,
		                           "prepare statements on mwmirror.raw_value");

		if (result != STATUS_OK)
			return result;
	}
	return STATUS_OK;
}

status
raw_values_load(PGconn *conn, raw_values **out)
{
	raw_values *r = calloc(1, sizeof(*r));
	status result = STATUS_OK;
	PGresult *res;

	*out = NULL;
	if (r != NULL)
	{
		r->of_row = row_shape_create("mwmirror", "raw_value", FINDS_ROW, FINDS_ROW, column_names);
		r->of_column = row_shape_create("mwmirror", "raw_value", FINDS_ONE, COLUMNS, column_names);
	}
	if (r == NULL || r->of_row == NULL || r->of_column == NULL)
	{
		raw_values_destroy(r);
		log_error("out of memory for the set of tables with raw values");
		return STATUS_MEMORY;
	}
	/* a loose index scan: the table may be large where a wiki is in Latin 1 */
	result = pg_execute(
	    conn,
	    "WITH RECURSIVE t AS ((SELECT wiki_id, table_name FROM mwmirror.raw_value ORDER "
	    "BY 1, 2 LIMIT 1) UNION ALL SELECT n.wiki_id, n.table_name FROM t CROSS JOIN "
	    "LATERAL (SELECT r.wiki_id, r.table_name FROM mwmirror.raw_value r WHERE "
	    "(r.wiki_id, r.table_name) > (t.wiki_id, t.table_name) ORDER BY 1, 2 LIMIT 1) n) "
	    "SELECT wiki_id, table_name FROM t",
	    "read mwmirror.raw_value", 0, &res);
	for (int i = 0; result == STATUS_OK && i < PQntuples(res); i++)
		result = add_table(r, PQgetvalue(res, i, 0), PQgetvalue(res, i, 1));
	PQclear(res);
	if (result == STATUS_OK)
		result = prepare_statements(conn);
	if (result != STATUS_OK)
	{
		raw_values_destroy(r);
		return result;
	}
	*out = r;
	return STATUS_OK;
}

void
raw_values_destroy(raw_values *r)
{
	if (r == NULL)
		return;
	while (r->tables != NULL)
	{
		raw_table *t = *(raw_table **) r->tables;

		tdelete(t, &r->tables, compare_tables);
		free(t);
	}
	row_shape_destroy(r->of_row);
	row_shape_destroy(r->of_column);
	free(r);
}

bool
raw_values_any(const raw_values *r, const char *wiki_id, const char *table)
{
	return r->tables != NULL && (has_table(r, wiki_id, table) || has_table(r, wiki_id, ANY_TABLE));
}

status
raw_values_expect(raw_values *r, const char *wiki_id)
{
	return has_table(r, wiki_id, ANY_TABLE) ? STATUS_OK : add_table(r, wiki_id, ANY_TABLE);
}

static batch_value
text_value(const char *data, size_t len)
{
	return (batch_value){
	    .form = BATCH_VALUE, .data = data == NULL ? "" : data, .len = (uint32_t) len};
}

static void
put_row(batch_value *values, const raw_row *row)
{
	values[0] = text_value(row->wiki_id, strlen(row->wiki_id));
	values[1] = text_value(row->table, strlen(row->table));
	values[2] = text_value(row->key, row->key_len);
}

status
raw_values_set(raw_values *r, row_batch *b, const raw_row *row, const char *column, const char *raw,
               size_t raw_len)
{
	batch_value values[COLUMNS];
	batch_item item = {.kind = BATCH_INSERT, .flags = BATCH_UPSERT, .set = values};

	if (!raw_values_any(r, row->wiki_id, row->table))
	{
		status result = add_table(r, row->wiki_id, row->table);

		if (result != STATUS_OK)
			return result;
	}
	put_row(values, row);
	values[3] = text_value(column, strlen(column));
	values[4] = text_value(raw, raw_len);
	return row_batch_add(b, row->id, r->of_column, &item, false);
}

status
raw_values_delete(raw_values *r, row_batch *b, const raw_row *row, const char *column)
{
	batch_value values[FINDS_ONE];
	batch_item item = {.kind = BATCH_DELETE, .find = values};

	if (!raw_values_any(r, row->wiki_id, row->table))
		return STATUS_OK;
	put_row(values, row);
	if (column != NULL)
		values[3] = text_value(column, strlen(column));
	item.flags = column == NULL ? BATCH_EACH : BATCH_MAY_MISS;
	return row_batch_add(b, row->id, column == NULL ? r->of_row : r->of_column, &item, false);
}

/* Sends a statement whose parameters are count texts. */
static status
send_texts(row_batch *b, param_set *params, const pipeline_op *op, const char *statement,
           const char *const *texts, const size_t *lengths, unsigned count)
{
	convert_error err;
	bool ok = true;

	param_reset(params);
	for (unsigned i = 0; ok && i < count; i++)
		ok = param_put_text(params, texts[i], lengths[i], &err);
	if (!ok)
	{
		log_error("a raw value of %s cannot be written: %s", texts[1], err.message);
		return STATUS_DATA;
	}
	return row_batch_statement(b, params, statement, op);
}

status
raw_values_move(raw_values *r, row_batch *b, param_set *params, const pipeline_op *op,
                const raw_row *row, const char *new_key, size_t new_key_len)
{
	const char *texts[] = {row->wiki_id, row->table, row->key, new_key};
	const size_t lengths[] = {strlen(row->wiki_id), strlen(row->table), row->key_len, new_key_len};

	if (!raw_values_any(r, row->wiki_id, row->table))
		return STATUS_OK;
	return send_texts(b, params, op, "raw_move", texts, lengths, 4);
}

status
raw_values_empty(raw_values *r, row_batch *b, param_set *params, const pipeline_op *op,
                 const char *wiki_id, const char *table)
{
	const char *texts[] = {wiki_id, table};
	const size_t lengths[] = {strlen(wiki_id), strlen(table)};

	if (!raw_values_any(r, wiki_id, table))
		return STATUS_OK;
	return send_texts(b, params, op, "raw_empty", texts, lengths, 2);
}
