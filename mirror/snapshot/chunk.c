/*
 * snapshot/chunk.c
 *	  Rows into PostgreSQL, a bounded transaction at a time; see chunk.h.
 */
#include "snapshot/chunk.h"

#include "apply/target.h"
#include "snapshot/table_sql.h"
#include "support/log.h"
#include "support/pg.h"

#define CHUNK_ROWS 20000        /* of one PostgreSQL transaction */
#define CHUNK_BYTES (32u << 20) /* the same */
#define RAW_BYTES (4u << 20)    /* raw values that are kept until their chunk ends */
#define SEND_BYTES (128u << 10) /* handed to libpq at a time */
#define RAW_STAGING "pg_temp.mwmirror_raw"
#define RAW_COLUMNS "(wiki_id, table_name, row_key, column_name, raw)"

/* Then they share the key of their raw values, too. */
static bool
rows_may_share_key(const plan_target *t)
{
	return t->keyless || t->shared;
}

status
chunk_prepare(chunk *c, PGconn *conn, const plan_target *t, const char *copy_sql,
              const char *move_sql)
{
	c->conn = conn;
	c->copy_sql = copy_sql;
	c->move_sql = move_sql;
	c->raw_staged = rows_may_share_key(t);
	c->raw_sql = c->raw_staged ? "COPY " RAW_STAGING " " RAW_COLUMNS " FROM STDIN (FORMAT binary)"
	                           : "COPY mwmirror.raw_value " RAW_COLUMNS
	                             " FROM STDIN (FORMAT binary)";
	if (!c->raw_staged)
		return STATUS_OK;
	return target_execute(
	    conn, "CREATE TEMPORARY TABLE IF NOT EXISTS mwmirror_raw (LIKE mwmirror.raw_value)");
}

void
chunk_free(chunk *c)
{
	copy_free(&c->out);
	copy_free(&c->raw);
}

static status
begin_copy(chunk *c, const char *sql)
{
	PGresult *res;
	status result = pg_execute(c->conn, sql, sql, 0, &res);

	PQclear(res);
	return result;
}

static status
send_buffer(chunk *c, copy_buffer *b, const char *sql)
{
	if (b->no_memory)
	{
		log_error("out of memory for the snapshot of a table");
		return STATUS_MEMORY;
	}
	if (b->len > 0 && PQputCopyData(c->conn, b->data, (int) b->len) != 1)
		return pg_fail(c->conn, NULL, sql, NULL);
	copy_clear(b);
	return STATUS_OK;
}

static status
end_copy(chunk *c, copy_buffer *b, const char *sql)
{
	status result;

	copy_trailer(b);
	result = send_buffer(c, b, sql);
	return result == STATUS_OK ? pg_end_copy(c->conn, sql) : result;
}

status
chunk_begin(chunk *c)
{
	status result = target_execute(c->conn, "BEGIN");

	if (result == STATUS_OK)
		result = begin_copy(c, c->copy_sql);
	c->copying = result == STATUS_OK;
	c->rows = 0;
	c->bytes = 0;
	copy_header(&c->out);
	return result;
}

static status
write_raw_chunk(chunk *c)
{
	status result;

	if (c->raw.len == 0)
		return STATUS_OK;
	result = begin_copy(c, c->raw_sql);
	if (result == STATUS_OK)
		result = end_copy(c, &c->raw, c->raw_sql);
	if (result == STATUS_OK && c->raw_staged)
		result = target_execute(c->conn, "INSERT INTO mwmirror.raw_value " RAW_COLUMNS
		                                 " SELECT * FROM " RAW_STAGING
		                                 " ON CONFLICT DO NOTHING; TRUNCATE " RAW_STAGING);
	return result;
}

status
chunk_end(chunk *c)
{
	status result = end_copy(c, &c->out, c->copy_sql);

	c->copying = false;
	if (result == STATUS_OK && c->move_sql != NULL)
	{
		result = target_execute(c->conn, c->move_sql);
		if (result == STATUS_OK)
			result = target_execute(c->conn, "TRUNCATE " TABLE_STAGING);
	}
	if (result == STATUS_OK)
		result = write_raw_chunk(c);
	return result == STATUS_OK ? target_execute(c->conn, "COMMIT") : result;
}

status
chunk_add(chunk *c, size_t bytes)
{
	c->rows++;
	c->bytes += bytes;
	return c->out.len >= SEND_BYTES ? send_buffer(c, &c->out, c->copy_sql) : STATUS_OK;
}

bool
chunk_full(const chunk *c)
{
	return c->rows >= CHUNK_ROWS || c->bytes >= CHUNK_BYTES || c->raw.len >= RAW_BYTES;
}
