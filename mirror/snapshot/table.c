/*
 * snapshot/table.c
 *	  Copies one source table into the mirror tables it feeds; see table.h.
 *
 * Rows stream from MariaDB (mysql_use_result) into COPY ... BINARY, in PostgreSQL transactions of bounded size. A target
 * whose columns are plain values is copied directly. Others go through a temporary table that holds the values, and
 * INSERT ... SELECT or UPDATE computes the expressions.
 */
#include "snapshot/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "apply/change.h"
#include "apply/target.h"
#include "snapshot/copy.h"
#include "snapshot/text_value.h"
#include "source/mariadb.h"
#include "support/arena.h"
#include "support/log.h"
#include "support/stop.h"

#define CHUNK_ROWS 20000        /* of one PostgreSQL transaction */
#define CHUNK_BYTES (32u << 20) /* the same */
#define RAW_BYTES (4u << 20)    /* raw values that are kept until their chunk ends */
#define SEND_BYTES (128u << 10) /* handed to libpq at a time */
#define SCRATCH_BLOCK (64 << 10)
#define PROGRESS_SECONDS 5
#define STAGING "pg_temp.mwmirror_staging"
#define RAW_STAGING "pg_temp.mwmirror_raw"
#define RAW_COLUMNS "(wiki_id, table_name, row_key, column_name, raw)"

/* One pass over a source table for one target. */
typedef struct pass
{
	MYSQL *mysql;
	PGconn *conn;
	const wiki *w;
	const plan *pl;
	const plan_target *t;
	MYSQL_RES *res;
	bool staged;
	bool copying;
	char *copy_sql;
	const char *raw_sql;
	char *move_sql;     /* from the staging table; NULL if there is none */
	unsigned *selected; /* source columns in the SELECT's order */
	unsigned selected_count;
	value *row;
	target_value *values;
	column_state *states;
	copy_buffer out;
	copy_buffer raw; /* rows of mwmirror.raw_value */
	arena *scratch;
	uint64_t rows;
	unsigned chunk_rows;
	size_t chunk_bytes;
	time_t started;
	time_t reported;
} pass;

static status
out_of_memory(void)
{
	log_error("out of memory for the snapshot of a table");
	return STATUS_MEMORY;
}

/* ---- SQL ---- */

/* `name` with backticks doubled. */
static void
write_mariadb_name(FILE *out, const char *name)
{
	fputc('`', out);
	for (; *name != '\0'; name++)
	{
		if (*name == '`')
			fputc('`', out);
		fputc(*name, out);
	}
	fputc('`', out);
}

static void
write_source_table(FILE *out, const wiki *w, const char *table)
{
	char name[256];

	snprintf(name, sizeof(name), "%s%s", w->table_prefix, table);
	write_mariadb_name(out, w->database);
	fputc('.', out);
	write_mariadb_name(out, name);
}

/* Which source columns the target needs, and which of them are floating point. */
static void
mark_used(const plan_target *t, bool *used, bool *is_float)
{
	for (unsigned i = 0; i < t->column_count; i++)
	{
		const plan_column *c = &t->columns[i];

		for (unsigned j = 0; j < c->param_count; j++)
		{
			for (unsigned k = 0; k < c->params[j].source_count; k++)
			{
				used[c->params[j].sources[k]] = true;
				if (c->params[j].kind == CONVERT_FLOAT)
					is_float[c->params[j].sources[k]] = true;
			}
		}
		for (unsigned j = 0; j < c->null_when_count; j++)
			used[c->null_when[j]] = true;
		for (unsigned j = 0; j < c->null_unless_count; j++)
			used[c->null_unless[j]] = true;
	}
}

/* The SELECT of the columns that the target needs; private ones among them never go further than convert. */
static char *
build_select(pass *p)
{
	bool used[MAPPING_SOURCES_MAX] = {false};
	bool is_float[MAPPING_SOURCES_MAX] = {false};
	char *sql;
	size_t size;
	FILE *out = open_memstream(&sql, &size);

	if (out == NULL)
		return NULL;
	mark_used(p->t, used, is_float);
	fputs("SELECT ", out);
	for (unsigned i = 0; i < p->pl->source_count; i++)
	{
		if (!used[i])
			continue;
		if (p->selected_count > 0)
			fputs(", ", out);
		write_mariadb_name(out, p->pl->source_names[i]);
		if (is_float[i])
			fputs(" * 1e0", out); /* MariaDB prints a FLOAT with six digits, a DOUBLE with all */
		p->selected[p->selected_count++] = i;
	}
	if (p->selected_count == 0)
		fputs("1", out);
	fputs(" FROM ", out);
	write_source_table(out, p->w, p->pl->source_table);
	return fclose(out) == 0 ? sql : NULL;
}

/* A guarded expression has its own staging column that says whether it is NULL. */
static bool
has_null_flag(const plan_column *c)
{
	return c->expression != NULL && c->null_when_count + c->null_unless_count > 0;
}

static void
write_staging_param(FILE *out, const plan_column *column, int i, void *context)
{
	(void) context;
	if (i < 0)
		fputs("s.wiki_id", out);
	else
		fprintf(out, "s.p%u", column->first_param + (unsigned) i);
}

static void
write_staging_value(FILE *out, const plan_column *c, unsigned i)
{
	if (has_null_flag(c))
		fprintf(out, "CASE WHEN NOT s.n%u THEN ", i);
	fputc('(', out);
	plan_write_expression(out, c, write_staging_param, NULL);
	fputc(')', out);
	if (has_null_flag(c))
		fputs(" END", out);
}

static char *
build_staging_table(const pass *p)
{
	char *sql;
	size_t size;
	FILE *out = open_memstream(&sql, &size);

	if (out == NULL)
		return NULL;
	fputs("DROP TABLE IF EXISTS " STAGING "; CREATE TEMPORARY TABLE mwmirror_staging (wiki_id text",
	      out);
	for (unsigned i = 0; i < p->t->column_count; i++)
	{
		const plan_column *c = &p->t->columns[i];

		for (unsigned j = 0; j < c->param_count; j++)
			fprintf(out, ", p%u %s", c->first_param + j, mapping_type_name(c->params[j].type));
		if (has_null_flag(c))
			fprintf(out, ", n%u boolean", i);
	}
	fputs(")", out);
	return fclose(out) == 0 ? sql : NULL;
}

static void
write_merge(FILE *out, const plan_target *t)
{
	bool first = true;

	fprintf(out, "UPDATE %s AS t SET ", t->quoted);
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (t->columns[i].key)
			continue;
		fprintf(out, "%s%s = ", first ? "" : ", ", t->columns[i].quoted);
		write_staging_value(out, &t->columns[i], i);
		first = false;
	}
	fputs(" FROM " STAGING " AS s WHERE t.wiki_id = s.wiki_id", out);
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (!t->columns[i].key)
			continue;
		fprintf(out, " AND t.%s = ", t->columns[i].quoted);
		write_staging_value(out, &t->columns[i], i);
	}
}

/* From the staging table into the target. */
static char *
build_move(const pass *p)
{
	const plan_target *t = p->t;
	char *sql;
	size_t size;
	FILE *out = open_memstream(&sql, &size);

	if (out == NULL)
		return NULL;
	if (t->merge)
		write_merge(out, t);
	else
	{
		fprintf(out, "INSERT INTO %s (wiki_id", t->quoted);
		for (unsigned i = 0; i < t->column_count; i++)
			fprintf(out, ", %s", t->columns[i].quoted);
		fputs(") SELECT s.wiki_id", out);
		for (unsigned i = 0; i < t->column_count; i++)
		{
			fputs(", ", out);
			write_staging_value(out, &t->columns[i], i);
		}
		fprintf(out, " FROM " STAGING " AS s%s", t->shared ? " ON CONFLICT DO NOTHING" : "");
	}
	return fclose(out) == 0 ? sql : NULL;
}

static char *
build_copy(const pass *p)
{
	char *sql;
	size_t size;
	FILE *out = open_memstream(&sql, &size);

	if (out == NULL)
		return NULL;
	if (p->staged)
		fputs("COPY " STAGING, out);
	else
	{
		fprintf(out, "COPY %s (wiki_id", p->t->quoted);
		for (unsigned i = 0; i < p->t->column_count; i++)
			fprintf(out, ", %s", p->t->columns[i].quoted);
		fputc(')', out);
	}
	fputs(" FROM STDIN (FORMAT binary)", out);
	return fclose(out) == 0 ? sql : NULL;
}

/* ---- PostgreSQL ---- */

static status
begin_copy(pass *p, const char *sql)
{
	PGresult *res = PQexec(p->conn, sql);
	bool ok = PQresultStatus(res) == PGRES_COPY_IN;

	PQclear(res);
	return ok ? STATUS_OK : target_fail(p->conn, sql);
}

static status
send_buffer(pass *p, copy_buffer *b, const char *sql)
{
	if (b->no_memory)
		return out_of_memory();
	if (b->len > 0 && PQputCopyData(p->conn, b->data, (int) b->len) != 1)
		return target_fail(p->conn, sql);
	copy_clear(b);
	return STATUS_OK;
}

static status
end_copy(pass *p, copy_buffer *b, const char *sql)
{
	status result;
	PGresult *res;

	copy_trailer(b);
	result = send_buffer(p, b, sql);
	if (result != STATUS_OK)
		return result;
	if (PQputCopyEnd(p->conn, NULL) != 1)
		return target_fail(p->conn, sql);
	while ((res = PQgetResult(p->conn)) != NULL)
	{
		if (PQresultStatus(res) != PGRES_COMMAND_OK && result == STATUS_OK)
			result = target_fail(p->conn, sql);
		PQclear(res);
	}
	return result;
}

static status
begin_chunk(pass *p)
{
	status result = target_execute(p->conn, "BEGIN");

	if (result == STATUS_OK)
		result = begin_copy(p, p->copy_sql);
	p->copying = result == STATUS_OK;
	p->chunk_rows = 0;
	p->chunk_bytes = 0;
	copy_header(&p->out);
	return result;
}

/* Then they share the key of their raw values, too. */
static bool
rows_may_share_key(const plan_target *t)
{
	return t->keyless || t->shared;
}

static status
write_raw_chunk(pass *p)
{
	status result;

	if (p->raw.len == 0)
		return STATUS_OK;
	result = begin_copy(p, p->raw_sql);
	if (result == STATUS_OK)
		result = end_copy(p, &p->raw, p->raw_sql);
	if (result == STATUS_OK && rows_may_share_key(p->t))
		result = target_execute(p->conn, "INSERT INTO mwmirror.raw_value " RAW_COLUMNS
		                                 " SELECT * FROM " RAW_STAGING
		                                 " ON CONFLICT DO NOTHING; TRUNCATE " RAW_STAGING);
	return result;
}

static status
end_chunk(pass *p)
{
	status result = end_copy(p, &p->out, p->copy_sql);

	p->copying = false;
	if (result == STATUS_OK && p->move_sql != NULL)
	{
		result = target_execute(p->conn, p->move_sql);
		if (result == STATUS_OK)
			result = target_execute(p->conn, "TRUNCATE " STAGING);
	}
	if (result == STATUS_OK)
		result = write_raw_chunk(p);
	return result == STATUS_OK ? target_execute(p->conn, "COMMIT") : result;
}

/* ---- rows ---- */

static status
fail_row(const pass *p, const char *column, unsigned source, const convert_error *err)
{
	char key[PIPELINE_KEY_SIZE];

	change_write_key(p->t, p->values, ',', key, sizeof(key));
	log_error_hint("correct the row at the source or its rule in mwmirror.column_map, then run "
	               "mwmirror snapshot again",
	               "%s.%s%s, column %s -> %s of %s (wiki %s, key %s): %s", p->w->database,
	               p->w->table_prefix, p->pl->source_table, p->pl->source_names[source], column,
	               p->t->quoted, p->w->wiki_id, key, err->message);
	return STATUS_DATA;
}

static status
read_row(pass *p, MYSQL_ROW data, const unsigned long *lengths)
{
	const MYSQL_FIELD *fields = mysql_fetch_fields(p->res);

	for (unsigned i = 0; i < p->selected_count; i++)
	{
		convert_error err = {"its text is not of its type"};

		if (!text_value_read(&fields[i], data[i], lengths[i], &p->row[p->selected[i]]))
			return fail_row(p, "?", p->selected[i], &err);
	}
	return STATUS_OK;
}

/* Raw values of a column, once the whole row's key is known. */
static void
keep_raw(pass *p, const plan_column *c, const char *key, size_t key_len)
{
	for (unsigned i = 0; i < c->param_count; i++)
	{
		const target_value *v = &p->values[c->first_param + i];

		if (v->kind == TARGET_ABSENT || !v->raw_needed)
			continue;
		if (p->raw.len == 0)
			copy_header(&p->raw);
		copy_row(&p->raw, 5);
		copy_text(&p->raw, p->w->wiki_id, strlen(p->w->wiki_id));
		copy_text(&p->raw, p->t->table, strlen(p->t->table));
		copy_text(&p->raw, key, key_len);
		copy_text(&p->raw, c->name, strlen(c->name));
		copy_text(&p->raw, v->raw, v->raw_len);
		return; /* one a column, as row_key and column are the key */
	}
}

static status
keep_raw_values(pass *p)
{
	char none[1];
	size_t len = change_write_key(p->t, p->values, RAW_KEY_SEPARATOR, none, sizeof(none));
	char *key = arena_alloc(p->scratch, len + 1);

	if (key == NULL)
		return out_of_memory();
	change_write_key(p->t, p->values, RAW_KEY_SEPARATOR, key, len + 1);
	for (unsigned i = 0; i < p->t->column_count; i++)
	{
		if (!p->states[i].null)
			keep_raw(p, &p->t->columns[i], key, len);
	}
	return STATUS_OK;
}

static status
convert_row(pass *p, bool *any_raw)
{
	convert_error err;
	unsigned source = 0;

	*any_raw = false;
	for (unsigned i = 0; i < p->t->param_count; i++)
		p->values[i].kind = TARGET_ABSENT;
	for (unsigned i = 0; i < p->t->column_count; i++)
	{
		const plan_column *c = &p->t->columns[i];

		if (!change_convert_column(c, p->row, true, p->scratch, p->values, &p->states[i], &source,
		                           &err))
			return fail_row(p, c->name, source, &err);
		for (unsigned j = 0; j < c->param_count && !p->states[i].null; j++)
			*any_raw = *any_raw || p->values[c->first_param + j].raw_needed;
	}
	return STATUS_OK;
}

static unsigned
field_count(const pass *p)
{
	unsigned count = 1;

	for (unsigned i = 0; i < p->t->column_count; i++)
		count += p->t->columns[i].param_count + (has_null_flag(&p->t->columns[i]) ? 1 : 0);
	return count;
}

static status
write_row(pass *p, unsigned fields)
{
	convert_error err;

	copy_row(&p->out, fields);
	copy_text(&p->out, p->w->wiki_id, strlen(p->w->wiki_id));
	for (unsigned i = 0; i < p->t->column_count; i++)
	{
		const plan_column *c = &p->t->columns[i];

		for (unsigned j = 0; j < c->param_count; j++)
		{
			if (!copy_value(&p->out, c->params[j].type, &p->values[c->first_param + j], &err))
				return fail_row(p, c->name, c->params[j].sources[0], &err);
		}
		if (p->staged && has_null_flag(c))
			copy_bool(&p->out, p->states[i].null);
	}
	return STATUS_OK;
}

static void
report(pass *p)
{
	time_t now = time(NULL);

	if (now - p->reported < PROGRESS_SECONDS)
		return;
	p->reported = now;
	log_info("snapshot of %s: %s: %" PRIu64 " rows, %" PRIu64 " rows/s", p->w->wiki_id,
	         p->t->quoted, p->rows, p->rows / (uint64_t) (now - p->started));
}

static status
copy_one_row(pass *p, MYSQL_ROW data, unsigned fields)
{
	const unsigned long *lengths = mysql_fetch_lengths(p->res);
	bool any_raw;
	status result = read_row(p, data, lengths);
	size_t before;

	if (result == STATUS_OK && !p->copying)
		result = begin_chunk(p);
	before = p->out.len;
	if (result == STATUS_OK)
		result = convert_row(p, &any_raw);
	if (result == STATUS_OK)
		result = write_row(p, fields);
	if (result == STATUS_OK && any_raw)
		result = keep_raw_values(p);
	arena_reset(p->scratch);
	if (result != STATUS_OK)
		return result;
	p->rows++;
	p->chunk_rows++;
	p->chunk_bytes += p->out.len - before;
	if (p->out.len >= SEND_BYTES)
		result = send_buffer(p, &p->out, p->copy_sql);
	if (result == STATUS_OK &&
	    (p->chunk_rows >= CHUNK_ROWS || p->chunk_bytes >= CHUNK_BYTES || p->raw.len >= RAW_BYTES))
	{
		result = end_chunk(p);
		report(p);
	}
	return result;
}

static status
fail_source(const pass *p)
{
	status result = mariadb_error_status(p->mysql);

	log_error_hint("run mwmirror snapshot again", "cannot read %s.%s%s: %s", p->w->database,
	               p->w->table_prefix, p->pl->source_table, mysql_error(p->mysql));
	return result;
}

static status
copy_rows(pass *p)
{
	unsigned fields = field_count(p);
	status result = STATUS_OK;
	MYSQL_ROW data;

	while (result == STATUS_OK && (data = mysql_fetch_row(p->res)) != NULL)
	{
		result = copy_one_row(p, data, fields);
		if (result == STATUS_OK && stop_requested())
			result = STATUS_STOPPED;
	}
	if (result == STATUS_OK && mysql_errno(p->mysql) != 0)
		result = fail_source(p);
	if (result == STATUS_OK && p->copying)
		result = end_chunk(p);
	return result;
}

static bool
needs_staging(const plan_target *t)
{
	if (t->merge || t->shared)
		return true;
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (t->columns[i].expression != NULL)
			return true;
	}
	return false;
}

/* Makes the SQL, the staging table and room for a row. */
static status
prepare_pass(pass *p)
{
	status result = STATUS_OK;
	char *staging;

	p->staged = needs_staging(p->t);
	p->selected = calloc(p->pl->source_count + 1, sizeof(unsigned));
	p->row = calloc(p->pl->source_count + 1, sizeof(value));
	p->values = calloc(p->t->param_count + 1, sizeof(target_value));
	p->states = calloc(p->t->column_count + 1, sizeof(column_state));
	p->scratch = arena_create(SCRATCH_BLOCK);
	p->copy_sql = build_copy(p);
	if (p->selected == NULL || p->row == NULL || p->values == NULL || p->states == NULL ||
	    p->scratch == NULL || p->copy_sql == NULL)
		return out_of_memory();
	p->raw_sql = rows_may_share_key(p->t)
	                 ? "COPY " RAW_STAGING " " RAW_COLUMNS " FROM STDIN (FORMAT binary)"
	                 : "COPY mwmirror.raw_value " RAW_COLUMNS " FROM STDIN (FORMAT binary)";
	if (rows_may_share_key(p->t))
		result = target_execute(
		    p->conn, "CREATE TEMPORARY TABLE IF NOT EXISTS mwmirror_raw (LIKE mwmirror.raw_value)");
	if (result != STATUS_OK || !p->staged)
		return result;
	staging = build_staging_table(p);
	p->move_sql = build_move(p);
	if (staging == NULL || p->move_sql == NULL)
		result = out_of_memory();
	else
		result = target_execute(p->conn, staging);
	free(staging);
	return result;
}

static status
run_pass(pass *p)
{
	char *select;
	status result = prepare_pass(p);

	if (result != STATUS_OK)
		return result;
	select = build_select(p);
	if (select == NULL)
		return out_of_memory();
	if (mysql_query(p->mysql, select) != 0 || (p->res = mysql_use_result(p->mysql)) == NULL)
		result = fail_source(p);
	free(select);
	return result == STATUS_OK ? copy_rows(p) : result;
}

static void
free_pass(pass *p)
{
	if (p->res != NULL)
		mysql_free_result(p->res);
	free(p->selected);
	free(p->row);
	free(p->values);
	free(p->states);
	free(p->copy_sql);
	free(p->move_sql);
	copy_free(&p->out);
	copy_free(&p->raw);
	if (p->scratch != NULL)
		arena_destroy(p->scratch);
}

/* A merge that sets nothing in this version of the table has nothing to do. */
static bool
has_work(const plan_target *t)
{
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (!t->merge || !t->columns[i].key)
			return true;
	}
	return false;
}

/* ---- the table's columns ---- */

static char *
build_probe(const wiki *w, const char *table)
{
	char *sql;
	size_t size;
	FILE *out = open_memstream(&sql, &size);

	if (out == NULL)
		return NULL;
	/* SELECT * would leave out invisible columns, which the binlog has */
	fputs("SHOW COLUMNS FROM ", out);
	write_source_table(out, w, table);
	return fclose(out) == 0 ? sql : NULL;
}

/* Compiles the plan of the table as this wiki has it; *out NULL if it has none. */
static status
find_plan(MYSQL *mysql, mapping *m, const wiki *w, const char *table, const plan **out)
{
	char *sql = build_probe(w, table);
	const char **names;
	unsigned count = 0;
	MYSQL_RES *res;
	MYSQL_ROW row;
	status result;

	*out = NULL;
	if (sql == NULL)
		return out_of_memory();
	if (mysql_query(mysql, sql) != 0 || (res = mysql_store_result(mysql)) == NULL)
	{
		free(sql);
		if (mysql_errno(mysql) == 1146) /* ER_NO_SUCH_TABLE */
			return STATUS_OK;
		log_error_hint("grant SELECT on the wiki's database to the source user",
		               "cannot read %s.%s%s: %s", w->database, w->table_prefix, table,
		               mysql_error(mysql));
		return mariadb_error_status(mysql);
	}
	free(sql);
	names = calloc(mysql_num_rows(res) + 1, sizeof(char *));
	if (names == NULL)
		result = out_of_memory();
	else
	{
		while ((row = mysql_fetch_row(res)) != NULL)
			names[count++] = row[0];
		result = mapping_compile(m, table, names, count, out);
	}
	free(names);
	mysql_free_result(res);
	return result;
}

status
snapshot_copy_table(MYSQL *mysql, PGconn *conn, mapping *m, const wiki *w, const char *table,
                    uint64_t *rows)
{
	const plan *pl;
	status result = find_plan(mysql, m, w, table, &pl);

	if (result != STATUS_OK || pl == NULL)
		return result;
	for (unsigned i = 0; result == STATUS_OK && i < pl->target_count; i++)
	{
		pass p = {.mysql = mysql, .conn = conn, .w = w, .pl = pl, .t = &pl->targets[i]};

		if (!has_work(p.t))
			continue;
		p.started = p.reported = time(NULL);
		result = run_pass(&p);
		if (result == STATUS_OK && p.rows > 0)
			log_info("snapshot of %s: %s: %" PRIu64 " rows, done", w->wiki_id, p.t->quoted, p.rows);
		*rows += p.rows;
		free_pass(&p);
	}
	return result;
}
