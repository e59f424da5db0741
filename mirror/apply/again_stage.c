/*
 * apply/again_stage.c
 *	  Rows of the source in temporary tables; see again_stage.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "apply/again_stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "apply/change_image.h"
#include "apply/pipeline.h"
#include "apply/raw_value.h"
#include "apply/target.h"
#include "snapshot/copy.h"
#include "snapshot/table.h"
#include "snapshot/table_sql.h"
#include "snapshot/text_value.h"
#include "source/mariadb.h"
#include "support/log.h"
#include "support/pg.h"
#include "support/stop.h"

#define SCRATCH_BLOCK (64 << 10)
#define SEND_BYTES (128u << 10) /* handed to libpq at a time */

struct again_stage
{
	PGconn *conn;
	arena *scratch;
	bool *made; /* by the target's id: its tables are there */
	unsigned room;
	bool raw_made;
};

/* One reading. */
typedef struct reading
{
	again_stage *s;
	const wiki *w;
	const plan *pl;
	const source_type *types; /* of the source columns */
	const plan_target *t;
	MYSQL *mysql;
	MYSQL_RES *res;
	unsigned *selected; /* source columns in the SELECT's order */
	unsigned selected_count;
	value *row;
	target_value *values;
	column_state *states;
	copy_buffer out;
	copy_buffer raw;
	uint64_t rows;
	bool any_raw;
} reading;

static status
out_of_memory(void)
{
	log_error("out of memory for rows that are compared");
	return STATUS_MEMORY;
}

again_stage *
again_stage_create(PGconn *conn)
{
	again_stage *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->conn = conn;
	s->scratch = arena_create(SCRATCH_BLOCK);
	if (s->scratch != NULL)
		return s;
	free(s);
	return NULL;
}

void
again_stage_destroy(again_stage *s)
{
	if (s == NULL)
		return;
	arena_destroy(s->scratch);
	free(s->made);
	free(s);
}

void
again_stage_forget(again_stage *s)
{
	if (s->room > 0)
		memset(s->made, 0, s->room * sizeof(bool));
	s->raw_made = false;
}

/* ---- the temporary tables ---- */

static void
write_tables(FILE *out, const plan_target *t)
{
	fprintf(out, "CREATE TEMPORARY TABLE IF NOT EXISTS mwmirror_staged_%u (", t->id);
	table_sql_write_staging(out, t);
	fprintf(out,
	        ", raw_key text) ON COMMIT DELETE ROWS; CREATE TEMPORARY TABLE IF NOT EXISTS "
	        "mwmirror_want_%u ON COMMIT DELETE ROWS AS SELECT ",
	        t->id);
	for (unsigned i = 0; i < t->column_count; i++)
		fprintf(out, "%s, ", t->columns[i].quoted);
	fprintf(out, "NULL::text AS raw_key FROM %s WITH NO DATA", t->quoted);
}

static status
make_tables(again_stage *s, const plan_target *t)
{
	char *sql = NULL;
	size_t size;
	FILE *out = open_memstream(&sql, &size);
	status result;

	if (out == NULL)
		return out_of_memory();
	write_tables(out, t);
	if (fclose(out) != 0)
		return out_of_memory();
	result = target_execute(s->conn, sql);
	free(sql);
	return result;
}

static status
make_raw_table(again_stage *s)
{
	status result = STATUS_OK;

	if (!s->raw_made)
		result = target_execute(
		    s->conn,
		    "CREATE TEMPORARY TABLE IF NOT EXISTS mwmirror_want_raw "
		    "(table_name text, row_key text, column_name text, raw bytea) ON COMMIT DELETE ROWS");
	s->raw_made = result == STATUS_OK;
	return result;
}

/* They stay for the session: to make them for each range would fill the catalogs. */
status
again_stage_prepare(again_stage *s, const plan_target *t)
{
	status result = make_raw_table(s);

	if (t->id >= s->room)
	{
		unsigned room = 2 * t->id + 64;
		bool *made = realloc(s->made, room * sizeof(bool));

		if (made == NULL)
			return out_of_memory();
		memset(made + s->room, 0, (room - s->room) * sizeof(bool));
		s->made = made;
		s->room = room;
	}
	if (result != STATUS_OK || s->made[t->id])
		return result;
	result = make_tables(s, t);
	s->made[t->id] = result == STATUS_OK;
	return result;
}

/* ---- rows ---- */

static status
fail_row(const reading *r, const char *column, unsigned source, const convert_error *err)
{
	char key[PIPELINE_KEY_SIZE];

	change_write_key(r->t, r->values, ',', key, sizeof(key));
	log_error_hint("correct the row at the source or its rule in mwmirror.column_map; the table is "
	               "tried again from time to time",
	               "%s.%s%s, column %s -> %s of %s (wiki %s, key %s): %s", r->w->database,
	               r->w->table_prefix, r->pl->source_table, r->pl->source_names[source], column,
	               r->t->quoted, r->w->wiki_id, key, err->message);
	return STATUS_DATA;
}

static status
read_row(reading *r, MYSQL_ROW data)
{
	const MYSQL_FIELD *fields = mysql_fetch_fields(r->res);
	const unsigned long *lengths = mysql_fetch_lengths(r->res);

	for (unsigned i = 0; i < r->selected_count; i++)
	{
		convert_error err = {"its text is not of its type"};

		if (!text_value_read(r->types[r->selected[i]], &fields[i], data[i], lengths[i],
		                     r->s->scratch, &r->row[r->selected[i]]))
			return fail_row(r, "?", r->selected[i], &err);
	}
	return STATUS_OK;
}

static status
convert_row(reading *r)
{
	convert_error err;
	unsigned source = 0;

	for (unsigned i = 0; i < r->t->param_count; i++)
		r->values[i].kind = TARGET_ABSENT;
	for (unsigned i = 0; i < r->t->column_count; i++)
	{
		const plan_column *c = &r->t->columns[i];

		if (!change_convert_column(c, r->row, r->s->scratch, r->values, &r->states[i], &source,
		                           &err))
			return fail_row(r, c->name, source, &err);
	}
	return STATUS_OK;
}

/* The raw value of a column, as of mwmirror.raw_value: one a column. */
static void
write_raw(reading *r, const plan_column *c, const char *key, size_t key_len)
{
	for (unsigned i = 0; i < c->param_count; i++)
	{
		const target_value *v = &r->values[c->first_param + i];

		if (v->kind == TARGET_ABSENT || !v->raw_needed)
			continue;
		if (r->raw.len == 0)
			copy_header(&r->raw);
		copy_row(&r->raw, 4);
		copy_text(&r->raw, r->t->table, strlen(r->t->table));
		copy_text(&r->raw, key, key_len);
		copy_text(&r->raw, c->name, strlen(c->name));
		copy_text(&r->raw, v->raw, v->raw_len);
		r->any_raw = true;
		return;
	}
}

static status
write_row(reading *r, unsigned fields)
{
	char none[1];
	const size_t key_len = change_write_key(r->t, r->values, RAW_KEY_SEPARATOR, none, sizeof(none));
	char *key = arena_alloc(r->s->scratch, key_len + 1);
	convert_error err;

	if (key == NULL)
		return out_of_memory();
	change_write_key(r->t, r->values, RAW_KEY_SEPARATOR, key, key_len + 1);
	copy_row(&r->out, fields);
	copy_text(&r->out, r->w->wiki_id, strlen(r->w->wiki_id));
	for (unsigned i = 0; i < r->t->column_count; i++)
	{
		const plan_column *c = &r->t->columns[i];

		for (unsigned j = 0; j < c->param_count; j++)
		{
			if (!copy_value(&r->out, c->params[j].type, &r->values[c->first_param + j], &err))
				return fail_row(r, c->name, c->params[j].sources[0], &err);
		}
		if (table_sql_has_null_flag(c))
			copy_bool(&r->out, r->states[i].null);
		if (!r->states[i].null)
			write_raw(r, c, key, key_len);
	}
	copy_text(&r->out, key, key_len);
	return STATUS_OK;
}

static unsigned
field_count(const plan_target *t)
{
	unsigned count = 2;

	for (unsigned i = 0; i < t->column_count; i++)
		count += t->columns[i].param_count + (table_sql_has_null_flag(&t->columns[i]) ? 1 : 0);
	return count;
}

/* ---- COPY ---- */

static status
begin_copy(reading *r, const char *sql)
{
	PGresult *res;
	status result = pg_execute(r->s->conn, sql, sql, 0, &res);

	PQclear(res);
	return result;
}

static status
send(reading *r, copy_buffer *b)
{
	if (b->no_memory)
		return out_of_memory();
	if (b->len > 0 && PQputCopyData(r->s->conn, b->data, (int) b->len) != 1)
		return pg_fail(r->s->conn, NULL, "copy rows that are compared", NULL);
	copy_clear(b);
	return STATUS_OK;
}

static status
end_copy(reading *r, copy_buffer *b)
{
	status result;

	copy_trailer(b);
	result = send(r, b);
	return result == STATUS_OK ? pg_end_copy(r->s->conn, "copy rows that are compared") : result;
}

/* Ends a COPY that cannot be completed, so that the connection is in order; returns why. */
static status
break_copy(reading *r, status why)
{
	PGresult *res;

	if (PQputCopyEnd(r->s->conn, "the rows cannot be read") != 1)
		return why;
	while ((res = PQgetResult(r->s->conn)) != NULL)
		PQclear(res);
	return why;
}

static status
take_row(reading *r, MYSQL_ROW data, unsigned fields)
{
	status result = read_row(r, data);

	if (result == STATUS_OK)
		result = convert_row(r);
	if (result == STATUS_OK)
		result = write_row(r, fields);
	arena_reset(r->s->scratch);
	r->rows++;
	return result == STATUS_OK && r->out.len >= SEND_BYTES ? send(r, &r->out) : result;
}

/* Whether the last row was the last, or the connection failed. */
static status
check_end(const reading *r)
{
	if (mysql_errno(r->mysql) == 0)
		return STATUS_OK;
	return table_fail(r->mysql, r->w, r->pl->source_table, mariadb_error_status(r->mysql));
}

/* The rows from the first on. */
static status
copy_rows(reading *r, MYSQL_ROW data)
{
	const unsigned fields = field_count(r->t);
	char sql[64];
	status result;

	snprintf(sql, sizeof(sql), "COPY mwmirror_staged_%u FROM STDIN (FORMAT binary)", r->t->id);
	result = begin_copy(r, sql);
	if (result != STATUS_OK)
		return result;
	copy_header(&r->out);
	for (; result == STATUS_OK && data != NULL; data = mysql_fetch_row(r->res))
		result = stop_requested() ? STATUS_STOPPED : take_row(r, data, fields);
	if (result == STATUS_OK)
		result = check_end(r);
	if (result != STATUS_OK)
		return break_copy(r, result);
	result = end_copy(r, &r->out);
	if (result != STATUS_OK || r->raw.len == 0)
		return result;
	result = begin_copy(r, "COPY " AGAIN_RAW " FROM STDIN (FORMAT binary)");
	return result == STATUS_OK ? end_copy(r, &r->raw) : result;
}

/* ---- what SQL computes ---- */

static status
compute(again_stage *s, const plan_target *t)
{
	char *sql = NULL;
	size_t size;
	FILE *out = open_memstream(&sql, &size);
	status result;

	if (out == NULL)
		return out_of_memory();
	fprintf(out, "INSERT INTO pg_temp.mwmirror_want_%u SELECT ", t->id);
	for (unsigned i = 0; i < t->column_count; i++)
	{
		table_sql_write_staged(out, &t->columns[i], i);
		fputs(", ", out);
	}
	fprintf(out, "s.raw_key FROM pg_temp.mwmirror_staged_%u AS s", t->id);
	if (fclose(out) != 0)
		return out_of_memory();
	result = target_execute(s->conn, sql);
	free(sql);
	return result;
}

/* ---- all of it ---- */

static status
select_rows(reading *r, const key_range *range, const char *also)
{
	char *select =
	    table_sql_select(r->w, r->pl, r->types, r->t, range, NULL, r->selected, &r->selected_count);
	char *sql = NULL;
	status result = STATUS_OK;

	if (select == NULL || asprintf(&sql, "%s%s", select, also) < 0)
		result = out_of_memory();
	else
		result = table_fail(r->mysql, r->w, r->pl->source_table,
		                    mariadb_query_stream(r->mysql, sql, &r->res));
	free(select);
	free(sql);
	return result;
}

static status
fill(reading *r, const key_range *range, const char *also)
{
	MYSQL_ROW first;
	status result = select_rows(r, range, also);

	if (result != STATUS_OK)
		return result;
	first = mysql_fetch_row(r->res);
	if (first == NULL)
		return check_end(r);
	result = again_stage_prepare(r->s, r->t);
	if (result == STATUS_OK)
		result = copy_rows(r, first);
	return result == STATUS_OK ? compute(r->s, r->t) : result;
}

status
again_stage_fill(again_stage *s, MYSQL *mysql, const again_table *table, const plan_target *t,
                 const key_range *range, const char *also, uint64_t *rows, bool *any_raw)
{
	reading r = {
	    .s = s, .w = table->w, .pl = table->plan, .types = table->types, .t = t, .mysql = mysql};
	status result;

	r.selected = calloc(r.pl->source_count + 1, sizeof(unsigned));
	r.row = calloc(r.pl->source_count + 1, sizeof(value));
	r.values = calloc(t->param_count + 1, sizeof(target_value));
	r.states = calloc(t->column_count + 1, sizeof(column_state));
	if (r.selected == NULL || r.row == NULL || r.values == NULL || r.states == NULL)
		result = out_of_memory();
	else
		result = fill(&r, range, also);
	/* what is left of it would be read first; the connection is to be closed */
	if (result != STATUS_OK && r.res != NULL)
		mariadb_cancel(mysql);
	mysql_free_result(r.res);
	*rows += r.rows;
	*any_raw = *any_raw || r.any_raw;
	copy_free(&r.out);
	copy_free(&r.raw);
	free(r.selected);
	free(r.row);
	free(r.values);
	free(r.states);
	return result;
}
