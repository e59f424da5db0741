/*
 * snapshot/table.c
 *	  Copies one source table into the mirror tables it feeds; see table.h.
 *
 * Rows stream from MariaDB (mysql_use_result) into COPY ... BINARY. A target whose columns are plain values is copied directly.
 * Others go through a temporary table that holds the values, and INSERT ... SELECT or UPDATE computes the expressions.
 */
#include "snapshot/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "apply/change_image.h"
#include "apply/pipeline.h"
#include "apply/raw_value.h"
#include "snapshot/copy.h"
#include "snapshot/load.h"
#include "snapshot/session.h"
#include "snapshot/table_sql.h"
#include "snapshot/text_value.h"
#include "source/mariadb.h"
#include "support/arena.h"
#include "support/log.h"
#include "support/stop.h"

#define SCRATCH_BLOCK (64 << 10)

/* A source table's way into one target. */
typedef struct pass
{
	MYSQL *mysql;
	const table_source *from;
	const wiki *w;
	const plan *pl;
	const source_type *types; /* of the source columns */
	const plan_target *t;
	MYSQL_RES *res;
	bool staged;
	unsigned *selected; /* source columns in the SELECT's order */
	unsigned selected_count;
	value *row;
	target_value *values;
	column_state *states;
	load load;
	arena *scratch;
	uint64_t rows;
} pass;

static status
out_of_memory(void)
{
	log_error("out of memory for the copy of a table");
	return STATUS_MEMORY;
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

		if (!text_value_read(p->types[p->selected[i]], &fields[i], data[i], lengths[i], p->scratch,
		                     &p->row[p->selected[i]]))
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
		if (p->load.raw.len == 0)
			copy_header(&p->load.raw);
		copy_row(&p->load.raw, 5);
		copy_text(&p->load.raw, p->w->wiki_id, strlen(p->w->wiki_id));
		copy_text(&p->load.raw, p->t->table, strlen(p->t->table));
		copy_text(&p->load.raw, key, key_len);
		copy_text(&p->load.raw, c->name, strlen(c->name));
		copy_text(&p->load.raw, v->raw, v->raw_len);
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

		if (!change_convert_column(c, p->row, p->scratch, p->values, &p->states[i], &source, &err))
			return fail_row(p, c->name, source, &err);
		for (unsigned j = 0; j < c->param_count && !p->states[i].null; j++)
			*any_raw = *any_raw || p->values[c->first_param + j].raw_needed;
	}
	if (!p->t->bodies)
		return STATUS_OK;
	*any_raw = false;
	return body_reader_fill(p->from->bodies, p->w, p->from->at, p->t, p->values);
}

static unsigned
field_count(const pass *p)
{
	unsigned count = 1;

	for (unsigned i = 0; i < p->t->column_count; i++)
		count +=
		    p->t->columns[i].param_count + (table_sql_has_null_flag(&p->t->columns[i]) ? 1 : 0);
	return count;
}

static status
write_row(pass *p, unsigned fields)
{
	convert_error err;

	copy_row(&p->load.out, fields);
	copy_text(&p->load.out, p->w->wiki_id, strlen(p->w->wiki_id));
	for (unsigned i = 0; i < p->t->column_count; i++)
	{
		const plan_column *c = &p->t->columns[i];

		for (unsigned j = 0; j < c->param_count; j++)
		{
			if (!copy_value(&p->load.out, c->params[j].type, &p->values[c->first_param + j], &err))
				return fail_row(p, c->name, c->params[j].sources[0], &err);
		}
		if (p->staged && table_sql_has_null_flag(c))
			copy_bool(&p->load.out, p->states[i].null);
	}
	return STATUS_OK;
}

static status
copy_one_row(pass *p, MYSQL_ROW data, unsigned fields)
{
	bool any_raw;
	status result = read_row(p, data, mysql_fetch_lengths(p->res));

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
	result = load_add(&p->load);
	if (result == STATUS_OK && load_full(&p->load))
	{
		result = load_end(&p->load, true);
		if (result == STATUS_OK)
			result = load_begin(&p->load);
	}
	return result;
}

static status
copy_rows(pass *p)
{
	unsigned fields = field_count(p);
	status result = load_begin(&p->load);
	MYSQL_ROW data;

	while (result == STATUS_OK && (data = mysql_fetch_row(p->res)) != NULL)
	{
		result = copy_one_row(p, data, fields);
		if (result == STATUS_OK && stop_requested())
			result = STATUS_STOPPED;
	}
	if (result == STATUS_OK && mysql_errno(p->mysql) != 0)
		result = table_fail(p->mysql, p->w, p->pl->source_table, mariadb_error_status(p->mysql));
	return result == STATUS_OK ? load_end(&p->load, false) : result;
}

/* Makes the SQL, the staging table and room for a row. */
static status
prepare_pass(pass *p, PGconn *conn)
{
	p->staged = table_sql_needs_staging(p->t);
	p->selected = calloc(p->pl->source_count + 1, sizeof(unsigned));
	p->row = calloc(p->pl->source_count + 1, sizeof(value));
	p->values = calloc(p->t->param_count + 1, sizeof(target_value));
	p->states = calloc(p->t->column_count + 1, sizeof(column_state));
	p->scratch = arena_create(SCRATCH_BLOCK);
	if (p->selected == NULL || p->row == NULL || p->values == NULL || p->states == NULL ||
	    p->scratch == NULL)
		return out_of_memory();
	return load_prepare(&p->load, conn, p->t);
}

static status
read_rows(pass *p, const key_range *range, const char *only)
{
	char *select =
	    table_sql_select(p->w, p->pl, p->types, p->t, range, only, p->selected, &p->selected_count);
	status result;

	if (select == NULL)
		return out_of_memory();
	result = mariadb_query_stream(p->mysql, select, &p->res);
	free(select);
	if (result != STATUS_OK)
		return table_fail(p->mysql, p->w, p->pl->source_table, result);
	result = copy_rows(p);
	/* what is left of it would be read first; the connection is to be closed */
	if (result != STATUS_OK)
		mariadb_cancel(p->mysql);
	mysql_free_result(p->res);
	p->res = NULL;
	return result;
}

/* Those of the range that pages' latest revisions have, by what the mirror has of pages; *out NULL: none. */
static status
find_latest(const pass *p, const key_range *range, char **out)
{
	const char *params[] = {p->w->wiki_id, range->lower.data, range->upper.data};

	return session_ask(p->load.conn,
	                   "SELECT string_agg(DISTINCT content_id::text, ',') FROM "
	                   "mwmirror.content_latest WHERE wiki_id = $1 AND content_id >= "
	                   "coalesce($2::bigint, 0) AND content_id < coalesce($3::bigint, "
	                   "9223372036854775807)",
	                   3, params, out);
}

static status
run_pass(pass *p, const table_source *from, const key_range *range)
{
	char *only = NULL;
	status result;

	p->mysql = from->mysql;
	p->from = from;
	p->rows = 0;
	if (!p->t->bodies || p->w->policy != CONTENT_LATEST)
		return read_rows(p, range, NULL);
	result = find_latest(p, range, &only);
	if (result == STATUS_OK && only != NULL)
		result = read_rows(p, range, only);
	free(only);
	return result;
}

static void
free_pass(pass *p)
{
	free(p->selected);
	free(p->row);
	free(p->values);
	free(p->states);
	load_free(&p->load);
	if (p->scratch != NULL)
		arena_destroy(p->scratch);
}

bool
table_has_work(const wiki *w, const plan_target *t)
{
	if (t->bodies && w->policy < CONTENT_LATEST)
		return false;
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (!t->merge || !t->columns[i].key)
			return true;
	}
	return false;
}

static status
prepare_passes(table_copy *t, PGconn *conn, const wiki *w, const plan *pl)
{
	status result = STATUS_OK;

	t->passes = calloc(pl->target_count + 1, sizeof(pass));
	if (t->passes == NULL)
		return out_of_memory();
	for (unsigned i = 0; result == STATUS_OK && i < pl->target_count; i++)
	{
		pass *p = &t->passes[t->pass_count];

		if (!table_has_work(w, &pl->targets[i]))
			continue;
		*p = (pass){.w = w, .pl = pl, .types = t->types, .t = &pl->targets[i]};
		t->pass_count++;
		result = prepare_pass(p, conn);
	}
	return result;
}

status
table_copy_prepare(table_copy *t, PGconn *conn, const wiki *w, const plan *pl,
                   const table_columns *columns)
{
	const size_t size = columns->count * sizeof(source_type);
	status result;

	if (t->conn == conn && t->w == w && t->pl == pl && memcmp(t->types, columns->types, size) == 0)
		return STATUS_OK;
	table_copy_free(t);
	t->types = malloc(size + 1);
	if (t->types == NULL)
		return out_of_memory();
	memcpy(t->types, columns->types, size);
	result = table_check_types(w, pl, t->types);
	if (result == STATUS_OK)
		result = prepare_passes(t, conn, w, pl);
	if (result != STATUS_OK)
		return result;
	t->conn = conn;
	t->w = w;
	t->pl = pl;
	return STATUS_OK;
}

status
table_copy_range(table_copy *t, const table_source *from, const key_range *range, uint64_t *rows)
{
	status result = STATUS_OK;

	*rows = 0;
	for (unsigned i = 0; result == STATUS_OK && i < t->pass_count; i++)
	{
		result = run_pass(&t->passes[i], from, range);
		if (t->passes[i].rows > *rows)
			*rows = t->passes[i].rows;
	}
	return result;
}

void
table_copy_free(table_copy *t)
{
	for (unsigned i = 0; i < t->pass_count; i++)
		free_pass(&t->passes[i]);
	free(t->passes);
	free(t->types);
	*t = (table_copy){0};
}
