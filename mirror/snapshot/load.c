/*
 * snapshot/load.c
 *	  Rows into PostgreSQL by COPY; see load.h.
 */
#include "snapshot/load.h"

#include <stdio.h>
#include <stdlib.h>
#include "apply/target.h"
#include "snapshot/table_sql.h"
#include "support/log.h"
#include "support/pg.h"

#define RAW_BYTES (4u << 20)    /* raw values that are kept until they are written */
#define SEND_BYTES (128u << 10) /* handed to libpq at a time */
#define RAW_COLUMNS "(wiki_id, table_name, row_key, column_name, raw)"
#define RAW_STAGING "pg_temp.mwmirror_raw"

static status
out_of_memory(void)
{
	log_error("out of memory for the copy of a table");
	return STATUS_MEMORY;
}

/* Runs SQL that it frees. */
static status
execute_built(PGconn *conn, char *sql)
{
	status result = sql == NULL ? out_of_memory() : target_execute(conn, sql);

	free(sql);
	return result;
}

status
load_prepare(load *l, PGconn *conn, const plan_target *t)
{
	const bool staged = table_sql_needs_staging(t);
	status result = STATUS_OK;

	l->conn = conn;
	l->staging = t->id;
	/* then rows share the key of their raw values, too */
	l->raw_staged = t->keyless || t->shared;
	l->copy_sql = table_sql_copy(t, staged);
	if (staged)
		l->move_sql = table_sql_move(t);
	if (l->copy_sql == NULL || (staged && l->move_sql == NULL))
		return out_of_memory();
	if (staged)
		result = execute_built(conn, table_sql_staging(t));
	if (result == STATUS_OK && l->raw_staged)
		result = target_execute(conn, "CREATE TEMPORARY TABLE IF NOT EXISTS mwmirror_raw (LIKE "
		                              "mwmirror.raw_value) ON COMMIT DELETE ROWS");
	return result;
}

void
load_free(load *l)
{
	free(l->copy_sql);
	free(l->move_sql);
	copy_free(&l->out);
	copy_free(&l->raw);
}

static status
begin_copy(const load *l, const char *sql)
{
	PGresult *res;
	status result = pg_execute(l->conn, sql, sql, 0, &res);

	PQclear(res);
	return result;
}

static status
send_buffer(const load *l, copy_buffer *b, const char *sql)
{
	if (b->no_memory)
		return out_of_memory();
	if (b->len > 0 && PQputCopyData(l->conn, b->data, (int) b->len) != 1)
		return pg_fail(l->conn, NULL, sql, NULL);
	copy_clear(b);
	return STATUS_OK;
}

static status
end_copy(const load *l, copy_buffer *b, const char *sql)
{
	status result;

	copy_trailer(b);
	result = send_buffer(l, b, sql);
	return result == STATUS_OK ? pg_end_copy(l->conn, sql) : result;
}

status
load_begin(load *l)
{
	copy_clear(&l->raw);
	copy_clear(&l->out);
	copy_header(&l->out);
	return begin_copy(l, l->copy_sql);
}

static status
write_raw(load *l, bool more)
{
	const char *sql = l->raw_staged
	                      ? "COPY " RAW_STAGING " " RAW_COLUMNS " FROM STDIN (FORMAT binary)"
	                      : "COPY mwmirror.raw_value " RAW_COLUMNS " FROM STDIN (FORMAT binary)";
	status result;

	if (l->raw.len == 0)
		return STATUS_OK;
	result = begin_copy(l, sql);
	if (result == STATUS_OK)
		result = end_copy(l, &l->raw, sql);
	if (result == STATUS_OK && l->raw_staged)
		result = target_execute(l->conn, "INSERT INTO mwmirror.raw_value " RAW_COLUMNS
		                                 " SELECT * FROM " RAW_STAGING " ON CONFLICT DO NOTHING");
	if (result == STATUS_OK && l->raw_staged && more)
		result = target_execute(l->conn, "TRUNCATE " RAW_STAGING);
	return result;
}

status
load_end(load *l, bool more)
{
	char truncate[64];
	status result = end_copy(l, &l->out, l->copy_sql);

	if (result == STATUS_OK && l->move_sql != NULL)
		result = target_execute(l->conn, l->move_sql);
	if (result == STATUS_OK && l->move_sql != NULL && more)
	{
		snprintf(truncate, sizeof(truncate), "TRUNCATE pg_temp." TABLE_STAGING, l->staging);
		result = target_execute(l->conn, truncate);
	}
	return result == STATUS_OK ? write_raw(l, more) : result;
}

status
load_add(load *l)
{
	return l->out.len >= SEND_BYTES ? send_buffer(l, &l->out, l->copy_sql) : STATUS_OK;
}

bool
load_full(const load *l)
{
	return l->raw.len >= RAW_BYTES;
}
