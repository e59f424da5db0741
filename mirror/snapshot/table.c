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
#include "apply/change_image.h"
#include "apply/pipeline.h"
#include "apply/raw_value.h"
#include "apply/target.h"
#include "snapshot/chunk.h"
#include "snapshot/copy.h"
#include "snapshot/table_sql.h"
#include "snapshot/text_value.h"
#include "source/mariadb.h"
#include "support/arena.h"
#include "support/log.h"
#include "support/pg.h"
#include "support/stop.h"

#define SCRATCH_BLOCK (64 << 10)
#define PROGRESS_SECONDS 5

/* One pass over a source table for one target. */
typedef struct pass
{
	MYSQL *mysql;
	PGconn *conn;
	const snapshot_bodies *bodies;
	const wiki *w;
	const plan *pl;
	const source_type *types; /* of the source columns */
	const plan_target *t;
	MYSQL_RES *res;
	bool staged;
	char *copy_sql;
	char *move_sql;     /* from the staging table; NULL if there is none */
	unsigned *selected; /* source columns in the SELECT's order */
	unsigned selected_count;
	value *row;
	target_value *values;
	column_state *states;
	chunk chunk;
	arena *scratch;
	uint64_t rows;
	time_t started;
	time_t reported;
} pass;

static status
out_of_memory(void)
{
	log_error("out of memory for the snapshot of a table");
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
		if (p->chunk.raw.len == 0)
			copy_header(&p->chunk.raw);
		copy_row(&p->chunk.raw, 5);
		copy_text(&p->chunk.raw, p->w->wiki_id, strlen(p->w->wiki_id));
		copy_text(&p->chunk.raw, p->t->table, strlen(p->t->table));
		copy_text(&p->chunk.raw, key, key_len);
		copy_text(&p->chunk.raw, c->name, strlen(c->name));
		copy_text(&p->chunk.raw, v->raw, v->raw_len);
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
	if (!p->t->bodies)
		return STATUS_OK;
	*any_raw = false;
	return body_reader_fill(p->bodies->reader, p->w, p->bodies->since, p->t, p->values);
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

	copy_row(&p->chunk.out, fields);
	copy_text(&p->chunk.out, p->w->wiki_id, strlen(p->w->wiki_id));
	for (unsigned i = 0; i < p->t->column_count; i++)
	{
		const plan_column *c = &p->t->columns[i];

		for (unsigned j = 0; j < c->param_count; j++)
		{
			if (!copy_value(&p->chunk.out, c->params[j].type, &p->values[c->first_param + j], &err))
				return fail_row(p, c->name, c->params[j].sources[0], &err);
		}
		if (p->staged && table_sql_has_null_flag(c))
			copy_bool(&p->chunk.out, p->states[i].null);
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

	if (result == STATUS_OK && !p->chunk.copying)
		result = chunk_begin(&p->chunk);
	before = p->chunk.out.len;
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
	result = chunk_add(&p->chunk, p->chunk.out.len - before);
	if (result == STATUS_OK && chunk_full(&p->chunk))
	{
		result = chunk_end(&p->chunk);
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
	if (result == STATUS_OK && p->chunk.copying)
		result = chunk_end(&p->chunk);
	return result;
}

/* Makes the SQL, the staging table and room for a row. */
static status
prepare_pass(pass *p)
{
	status result = STATUS_OK;
	char *staging;

	p->staged = table_sql_needs_staging(p->t);
	p->selected = calloc(p->pl->source_count + 1, sizeof(unsigned));
	p->row = calloc(p->pl->source_count + 1, sizeof(value));
	p->values = calloc(p->t->param_count + 1, sizeof(target_value));
	p->states = calloc(p->t->column_count + 1, sizeof(column_state));
	p->scratch = arena_create(SCRATCH_BLOCK);
	p->copy_sql = table_sql_copy(p->t, p->staged);
	if (p->selected == NULL || p->row == NULL || p->values == NULL || p->states == NULL ||
	    p->scratch == NULL || p->copy_sql == NULL)
		return out_of_memory();
	if (p->staged && (p->move_sql = table_sql_move(p->t)) == NULL)
		return out_of_memory();
	result = chunk_prepare(&p->chunk, p->conn, p->t, p->copy_sql, p->move_sql);
	if (result != STATUS_OK || !p->staged)
		return result;
	staging = table_sql_staging(p->t);
	if (staging == NULL)
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
	select = table_sql_select(p->w, p->pl, p->types, p->t, p->selected, &p->selected_count);
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
	chunk_free(&p->chunk);
	if (p->scratch != NULL)
		arena_destroy(p->scratch);
}

/* A merge that sets nothing in this version of the table has nothing to do, nor have bodies that the wiki does not keep. */
static bool
has_work(const wiki *w, const plan_target *t)
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

/* ---- the table's columns ---- */

/* The mirror has no use for what a column of this type gives by this kind, or it could not be followed. */
static status
check_types(const wiki *w, const plan *pl, const source_type *types)
{
	for (unsigned i = 0; i < pl->target_count; i++)
	{
		const plan_target *t = &pl->targets[i];

		for (unsigned j = 0; j < t->column_count; j++)
		{
			for (unsigned k = 0; k < t->columns[j].param_count; k++)
			{
				const plan_param *p = &t->columns[j].params[k];
				const unsigned source = p->sources[0];
				const char *remedy = source_type_remedy(types[source], p->kind);

				if (remedy == NULL)
					continue;
				log_error_hint(
				    remedy,
				    "column %s of %s.%s%s has a type that kind %s cannot read, for %s of %s",
				    pl->source_names[source], w->database, w->table_prefix, pl->source_table,
				    convert_kind_name(p->kind), t->columns[j].name, t->quoted);
				return STATUS_DATA;
			}
		}
	}
	return STATUS_OK;
}

/* Compiles the plan of the table as this wiki has it; *out NULL if it has none. The caller frees *types. */
static status
find_plan(MYSQL *mysql, mapping *m, const wiki *w, const char *table, const plan **out,
          source_type **types)
{
	char *sql = table_sql_columns(w, table);
	const char **names;
	unsigned count = 0;
	MYSQL_RES *res;
	MYSQL_ROW row;
	status result;

	*out = NULL;
	*types = NULL;
	if (sql == NULL)
		return out_of_memory();
	result = mariadb_query(mysql, sql, true, &res);
	free(sql);
	if (result == STATUS_STOPPED)
		return result;
	if (result != STATUS_OK)
	{
		if (mysql_errno(mysql) == 1146) /* ER_NO_SUCH_TABLE */
			return STATUS_OK;
		log_error_hint("grant SELECT on the wiki's database to the source user",
		               "cannot read %s.%s%s: %s", w->database, w->table_prefix, table,
		               mysql_error(mysql));
		return result;
	}
	names = calloc(mysql_num_rows(res) + 1, sizeof(char *));
	*types = calloc(mysql_num_rows(res) + 1, sizeof(source_type));
	if (names == NULL || *types == NULL)
		result = out_of_memory();
	else
	{
		for (; (row = mysql_fetch_row(res)) != NULL; count++)
		{
			names[count] = row[0];
			(*types)[count] = source_type_parse(row[1], row[5]);
		}
		result = mapping_compile(m, table, names, count, out);
	}
	if (result == STATUS_OK)
		result = check_types(w, *out, *types);
	free(names);
	mysql_free_result(res);
	return result;
}

/*
 * Statistics of a table that the copy has changed, before anything looks for rows in it by plans that fit what it was.
 * *made says whether the old ones were too old.
 */
static status
analyze(const pass *p, bool *made)
{
	char written[32];
	const char *params[] = {p->t->quoted, written};
	PGresult *res;
	status result;

	snprintf(written, sizeof(written), "%" PRIu64, p->rows);
	result = pg_execute_params(p->conn, "SELECT mwmirror.analyze($1::regclass, $2)", 2, params,
	                           "make statistics of a copied table", NULL, 0, &res);
	if (result == STATUS_OK)
		*made = PQgetvalue(res, 0, 0)[0] == 't';
	PQclear(res);
	return result;
}

static status
finish_pass(const pass *p)
{
	bool analyzed = false;
	status result = analyze(p, &analyzed);

	if (result == STATUS_OK)
		log_info("snapshot of %s: %s: %" PRIu64 " rows, done%s", p->w->wiki_id, p->t->quoted,
		         p->rows, analyzed ? ", analyzed" : "");
	return result;
}

status
snapshot_copy_table(MYSQL *mysql, PGconn *conn, mapping *m, const wiki *w, const char *table,
                    const snapshot_bodies *bodies, uint64_t *rows)
{
	const plan *pl;
	source_type *types;
	status result = find_plan(mysql, m, w, table, &pl, &types);

	for (unsigned i = 0; result == STATUS_OK && pl != NULL && i < pl->target_count; i++)
	{
		pass p = {.mysql = mysql,
		          .conn = conn,
		          .bodies = bodies,
		          .w = w,
		          .pl = pl,
		          .types = types,
		          .t = &pl->targets[i]};

		if (!has_work(w, p.t))
			continue;
		p.started = p.reported = time(NULL);
		result = run_pass(&p);
		if (result == STATUS_OK && p.rows > 0)
			result = finish_pass(&p);
		*rows += p.rows;
		free_pass(&p);
	}
	free(types);
	return result;
}
