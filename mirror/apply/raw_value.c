/*
 * apply/raw_value.c
 *	  Keeps mwmirror.raw_value in step with the rows; see raw_value.h.
 */
#include "apply/raw_value.h"

#include <stdlib.h>
#include <string.h>
#include "support/log.h"
#include "support/pg.h"

typedef struct raw_table
{
	char *wiki_id;
	char *table;
	struct raw_table *next;
} raw_table;

struct raw_values
{
	raw_table *tables;
};

static const struct
{
	const char *name;
	const char *sql;
} statements[] = {
    {"raw_set", "INSERT INTO mwmirror.raw_value (wiki_id, table_name, row_key, column_name, raw) "
                "VALUES ($1::text, $2::text, $3::text, $4::text, $5::bytea) "
                "ON CONFLICT (wiki_id, table_name, row_key, column_name) DO UPDATE SET raw = "
                "excluded.raw"},
    {"raw_delete", "DELETE FROM mwmirror.raw_value WHERE wiki_id = $1::text AND table_name = "
                   "$2::text AND row_key = $3::text AND column_name = $4::text"},
    {"raw_delete_row", "DELETE FROM mwmirror.raw_value WHERE wiki_id = $1::text AND table_name = "
                       "$2::text AND row_key = $3::text"},
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

static status
add_table(raw_values *r, const char *wiki_id, const char *table)
{
	raw_table *t = calloc(1, sizeof(*t));

	if (t != NULL)
	{
		t->wiki_id = strdup(wiki_id);
		t->table = strdup(table);
		t->next = r->tables;
		r->tables = t;
		if (t->wiki_id != NULL && t->table != NULL)
			return STATUS_OK;
	}
	log_error("out of memory for the set of tables with raw values");
	return STATUS_MEMORY;
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
	if (r == NULL)
	{
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
		raw_table *t = r->tables;

		r->tables = t->next;
		free(t->wiki_id);
		free(t->table);
		free(t);
	}
	free(r);
}

bool
raw_values_any(const raw_values *r, const char *wiki_id, const char *table)
{
	for (const raw_table *t = r->tables; t != NULL; t = t->next)
	{
		if (strcmp(t->table, table) == 0 && strcmp(t->wiki_id, wiki_id) == 0)
			return true;
	}
	return false;
}

/* Sends a statement whose parameters are texts; count of them, then raw if it is not NULL. */
static status
send_texts(pipeline *p, param_set *params, const pipeline_op *op, const char *statement,
           const char *const *texts, const size_t *lengths, unsigned count, const char *raw,
           size_t raw_len)
{
	convert_error err;
	bool ok = true;

	param_reset(params);
	for (unsigned i = 0; ok && i < count; i++)
		ok = param_put_text(params, texts[i], lengths[i], &err);
	if (ok && raw != NULL)
		ok = param_put_bytes(params, raw, raw_len, &err);
	if (!ok)
	{
		log_error("a raw value of %s cannot be written: %s", texts[1], err.message);
		return STATUS_DATA;
	}
	return pipeline_send(p, params, statement, op);
}

status
raw_values_set(raw_values *r, pipeline *p, param_set *params, const pipeline_op *op,
               const char *wiki_id, const char *table, const char *key, size_t key_len,
               const char *column, const char *raw, size_t raw_len)
{
	const char *texts[] = {wiki_id, table, key, column};
	const size_t lengths[] = {strlen(wiki_id), strlen(table), key_len, strlen(column)};

	if (!raw_values_any(r, wiki_id, table))
	{
		status result = add_table(r, wiki_id, table);

		if (result != STATUS_OK)
			return result;
	}
	return send_texts(p, params, op, "raw_set", texts, lengths, 4, raw == NULL ? "" : raw, raw_len);
}

status
raw_values_delete(raw_values *r, pipeline *p, param_set *params, const pipeline_op *op,
                  const char *wiki_id, const char *table, const char *key, size_t key_len,
                  const char *column)
{
	const char *texts[] = {wiki_id, table, key, column};
	const size_t lengths[] = {strlen(wiki_id), strlen(table), key_len,
	                          column == NULL ? 0 : strlen(column)};

	if (!raw_values_any(r, wiki_id, table))
		return STATUS_OK;
	return send_texts(p, params, op, column == NULL ? "raw_delete_row" : "raw_delete", texts,
	                  lengths, column == NULL ? 3 : 4, NULL, 0);
}

status
raw_values_move(raw_values *r, pipeline *p, param_set *params, const pipeline_op *op,
                const char *wiki_id, const char *table, const char *key, size_t key_len,
                const char *new_key, size_t new_key_len)
{
	const char *texts[] = {wiki_id, table, key, new_key};
	const size_t lengths[] = {strlen(wiki_id), strlen(table), key_len, new_key_len};

	if (!raw_values_any(r, wiki_id, table))
		return STATUS_OK;
	return send_texts(p, params, op, "raw_move", texts, lengths, 4, NULL, 0);
}

status
raw_values_empty(raw_values *r, pipeline *p, param_set *params, const pipeline_op *op,
                 const char *wiki_id, const char *table)
{
	const char *texts[] = {wiki_id, table};
	const size_t lengths[] = {strlen(wiki_id), strlen(table)};

	if (!raw_values_any(r, wiki_id, table))
		return STATUS_OK;
	return send_texts(p, params, op, "raw_empty", texts, lengths, 2, NULL, 0);
}
