/*
 * mapping/mapping_load.c
 *	  Reads table_map, column_map and the mirror tables' columns and keys from PostgreSQL.
 */
#include "mapping/mapping.h"

#include <stdlib.h>
#include <string.h>
#include "mapping/mapping_data.h"
#include "support/log.h"
#include "support/pg.h"

#define LIST_SEPARATOR "\x1F"

static PGresult *
run_query(PGconn *conn, const char *sql, status *result)
{
	PGresult *res;

	*result =
	    pg_execute_params(conn, sql, 0, NULL, "read the mapping",
	                      "run mwmirror init, and grant mwmirror_writer to this role", 0, &res);
	return res;
}

/* What would be mirrored wrongly, or must not be at all, is not begun with. */
static status
check_mapping(PGconn *conn)
{
	status result;
	PGresult *res = run_query(conn,
	                          "SELECT problem, coalesce(' of source table ' || source_table, ''), "
	                          "coalesce(' for mirror table ' || target_table, ''), coalesce(', "
	                          "column ' || column_name, '') FROM mwmirror.check_mapping() WHERE "
	                          "stops",
	                          &result);

	if (res == NULL)
		return result;
	for (int i = 0; i < PQntuples(res); i++)
		log_error_hint("correct mwmirror.table_map, column_map or column_private; SELECT * FROM "
		               "mwmirror.check_mapping() says what is wrong",
		               "the mapping%s%s%s is refused: %s", PQgetvalue(res, i, 1),
		               PQgetvalue(res, i, 2), PQgetvalue(res, i, 3), PQgetvalue(res, i, 0));
	result = PQntuples(res) > 0 ? STATUS_TARGET : STATUS_OK;
	PQclear(res);
	return result;
}

/* Copies and splits a list; LIST_SEPARATOR is in no name. */
static bool
split_list(mapping *m, const char *text, name_list *out)
{
	char *copy = arena_copy(m->memory, text, strlen(text));
	char *save = NULL;

	out->count = 0;
	if (copy == NULL)
		return false;
	for (char *name = strtok_r(copy, LIST_SEPARATOR, &save); name != NULL;
	     name = strtok_r(NULL, LIST_SEPARATOR, &save))
	{
		if (out->count == LIST_MAX)
			return false;
		out->names[out->count++] = name;
	}
	return true;
}

static const char *
copy_quoted(mapping *m, PGconn *conn, const char *name)
{
	char *quoted = PQescapeIdentifier(conn, name, strlen(name));
	const char *copy = quoted == NULL ? NULL : arena_copy(m->memory, quoted, strlen(quoted));

	PQfreemem(quoted);
	return copy;
}

static mirror_table *
find_target(const mapping *m, const char *name)
{
	for (unsigned i = 0; i < m->target_count; i++)
	{
		if (strcmp(m->targets[i].name, name) == 0)
			return &m->targets[i];
	}
	return NULL;
}

static const char targets_sql[] =
    "SELECT c.relname, a.attname, a.atttypid, format_type(a.atttypid, a.atttypmod), "
    "coalesce(a.attnum = ANY (k.indkey), false), coalesce(a.attnum = ANY (mi.indkey), false), "
    "k.indrelid IS NOT NULL, a.atthasdef, e.column_name IS NOT NULL "
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
    "LEFT JOIN pg_index k ON k.indrelid = c.oid AND k.indisprimary "
    "LEFT JOIN pg_class mc ON mc.relnamespace = n.oid AND mc.relname = c.relname || '_match' "
    "LEFT JOIN pg_index mi ON mi.indexrelid = mc.oid AND mi.indrelid = c.oid "
    "LEFT JOIN mwmirror.event_columns() e ON e.table_name = c.relname AND e.column_name = "
    "a.attname "
    "WHERE n.nspname = '" MAPPING_SCHEMA "' AND c.relkind IN ('r', 'p') "
    "AND c.relname IN (SELECT target_table FROM mwmirror.table_map) ORDER BY 1, a.attnum";

/* Appends one row of targets_sql; rows of a table follow each other. */
static status
load_target_column(mapping *m, PGconn *conn, PGresult *res, int row)
{
	const char *table = PQgetvalue(res, row, 0);
	const char *column = PQgetvalue(res, row, 1);
	mirror_table *t = m->target_count == 0 ? NULL : &m->targets[m->target_count - 1];
	mirror_column *c;

	if (t == NULL || strcmp(t->name, table) != 0)
	{
		const char *quoted = copy_quoted(m, conn, table);
		size_t size = strlen(MAPPING_SCHEMA) + 2 + (quoted == NULL ? 0 : strlen(quoted));
		char *full = arena_alloc(m->memory, size);

		t = &m->targets[m->target_count++];
		t->name = arena_copy(m->memory, table, strlen(table));
		t->columns = arena_alloc_zero(m->memory, MAPPING_COLUMNS_MAX * sizeof(mirror_column));
		t->has_key = *PQgetvalue(res, row, 6) == 't';
		if (quoted == NULL || full == NULL || t->name == NULL || t->columns == NULL)
			return mapping_out_of_memory();
		snprintf(full, size, "%s.%s", MAPPING_SCHEMA, quoted);
		t->quoted = full;
	}
	if (strcmp(column, "wiki_id") == 0)
		return STATUS_OK;
	if (t->column_count == MAPPING_COLUMNS_MAX)
	{
		log_error("%s has more than %d columns", t->quoted, MAPPING_COLUMNS_MAX);
		return STATUS_TARGET;
	}
	c = &t->columns[t->column_count++];
	if (!mapping_type_from_oid((Oid) strtoul(PQgetvalue(res, row, 2), NULL, 10), &c->type))
	{
		log_error_hint(
		    "use boolean, smallint, integer, bigint, real, double precision, text, "
		    "bytea, timestamptz, timestamp, date, time, interval, numeric, inet, uuid, json, "
		    "jsonb, text[] or bigint[]",
		    "column %s of %s has type %s, which the mapping cannot write", column, t->quoted,
		    PQgetvalue(res, row, 3));
		return STATUS_TARGET;
	}
	c->name = arena_copy(m->memory, column, strlen(column));
	c->quoted = copy_quoted(m, conn, column);
	c->key = *PQgetvalue(res, row, 4) == 't';
	c->match = *PQgetvalue(res, row, 5) == 't';
	c->has_default = *PQgetvalue(res, row, 7) == 't';
	c->in_events = *PQgetvalue(res, row, 8) == 't';
	return c->name == NULL || c->quoted == NULL ? mapping_out_of_memory() : STATUS_OK;
}

static status
load_targets(mapping *m, PGconn *conn)
{
	status result;
	PGresult *res = run_query(conn, targets_sql, &result);

	if (res == NULL)
		return result;
	m->targets = arena_alloc_zero(m->memory, ((size_t) PQntuples(res) + 1) * sizeof(mirror_table));
	if (m->targets == NULL)
		result = mapping_out_of_memory();
	for (int i = 0; result == STATUS_OK && i < PQntuples(res); i++)
		result = load_target_column(m, conn, res, i);
	PQclear(res);
	return result;
}

static status
load_filter(mapping *m, const char *text, map_table *t)
{
	row_filter *filter = arena_alloc(m->memory, sizeof(*filter));
	convert_error err;

	if (filter == NULL)
		return mapping_out_of_memory();
	t->filter = filter;
	if (row_filter_parse(text, m->memory, filter, &err))
		return STATUS_OK;
	log_error_hint(
	    "correct it; COMMENT ON COLUMN mwmirror.table_map.row_filter says what it may be",
	    "mwmirror.table_map: row_filter of source table %s is wrong: %s", t->source_table,
	    err.message);
	return STATUS_TARGET;
}

static status
load_map_table(mapping *m, PGresult *res, int row)
{
	map_table *t = &m->tables[m->table_count++];
	const char *target = PQgetvalue(res, row, 1);

	t->source_table =
	    arena_copy(m->memory, PQgetvalue(res, row, 0), strlen(PQgetvalue(res, row, 0)));
	if (t->source_table == NULL)
		return mapping_out_of_memory();
	t->target = find_target(m, target);
	t->merge = strcmp(PQgetvalue(res, row, 2), "merge") == 0;
	t->shared = *PQgetvalue(res, row, 3) == 't';
	t->shipped = *PQgetvalue(res, row, 6) == 't';
	if (!PQgetisnull(res, row, 4))
	{
		t->own = arena_copy(m->memory, PQgetvalue(res, row, 4), strlen(PQgetvalue(res, row, 4)));
		if (t->own == NULL)
			return mapping_out_of_memory();
	}
	if (t->target != NULL)
		return PQgetisnull(res, row, 5) ? STATUS_OK : load_filter(m, PQgetvalue(res, row, 5), t);
	log_error_hint("create the table, or remove the row from table_map",
	               "mwmirror.table_map: there is no table " MAPPING_SCHEMA
	               ".%s (for source table %s)",
	               target, t->source_table);
	return STATUS_TARGET;
}

static status
load_map_tables(mapping *m, PGconn *conn)
{
	status result;
	PGresult *res = run_query(
	    conn,
	    "SELECT source_table, target_table, row_mode, row_mode = 'row' AND EXISTS (SELECT "
	    "FROM mwmirror.table_map o WHERE o.target_table = t.target_table AND o.row_mode = "
	    "'row' AND o.source_table <> t.source_table), own_rows, row_filter, shipped "
	    "FROM mwmirror.table_map t ORDER BY ordinal, source_table, target_table",
	    &result);

	if (res == NULL)
		return result;
	m->tables = arena_alloc_zero(m->memory, ((size_t) PQntuples(res) + 1) * sizeof(map_table));
	if (m->tables == NULL)
		result = mapping_out_of_memory();
	for (int i = 0; result == STATUS_OK && i < PQntuples(res); i++)
		result = load_map_table(m, res, i);
	PQclear(res);
	return result;
}

static map_table *
find_map_table(const mapping *m, const char *source, const char *target)
{
	for (unsigned i = 0; i < m->table_count; i++)
	{
		if (strcmp(m->tables[i].source_table, source) == 0 &&
		    strcmp(m->tables[i].target->name, target) == 0)
			return &m->tables[i];
	}
	return NULL;
}

static const char columns_sql[] =
    "SELECT source_table, target_table, target_column, array_to_string(source_columns, E'\\x1F'), "
    "array_to_string(kinds, E'\\x1F'), array_to_string(null_when, E'\\x1F'), "
    "array_to_string(null_unless, E'\\x1F'), array_to_string(requires_columns, E'\\x1F'), "
    "expression, count(*) OVER (PARTITION BY source_table, target_table) FROM mwmirror.column_map "
    "ORDER BY source_table, target_table, priority, target_column";

static status
load_map_column(mapping *m, PGresult *res, int row)
{
	map_table *t = find_map_table(m, PQgetvalue(res, row, 0), PQgetvalue(res, row, 1));
	const char *target_column = PQgetvalue(res, row, 2);
	map_column *c;

	if (t == NULL || strcmp(target_column, "wiki_id") == 0)
		return STATUS_OK;
	if (t->columns == NULL)
		t->columns = arena_alloc_zero(m->memory, strtoul(PQgetvalue(res, row, 9), NULL, 10) *
		                                             sizeof(map_column));
	if (t->columns == NULL)
		return mapping_out_of_memory();
	c = &t->columns[t->column_count++];
	c->target_column = arena_copy(m->memory, target_column, strlen(target_column));
	if (c->target_column == NULL || !split_list(m, PQgetvalue(res, row, 3), &c->sources) ||
	    !split_list(m, PQgetvalue(res, row, 4), &c->kinds) ||
	    !split_list(m, PQgetvalue(res, row, 5), &c->null_when) ||
	    !split_list(m, PQgetvalue(res, row, 6), &c->null_unless) ||
	    !split_list(m, PQgetvalue(res, row, 7), &c->requires))
		return mapping_out_of_memory();
	if (!PQgetisnull(res, row, 8))
	{
		c->expression =
		    arena_copy(m->memory, PQgetvalue(res, row, 8), strlen(PQgetvalue(res, row, 8)));
		if (c->expression == NULL)
			return mapping_out_of_memory();
	}
	return STATUS_OK;
}

static status
load_map_columns(mapping *m, PGconn *conn)
{
	status result;
	PGresult *res = run_query(conn, columns_sql, &result);

	if (res == NULL)
		return result;
	for (int i = 0; result == STATUS_OK && i < PQntuples(res); i++)
		result = load_map_column(m, res, i);
	PQclear(res);
	return result;
}

static status
load_column_lists(mapping *m, PGconn *conn)
{
	status result;

	m->private_columns =
	    run_query(conn, "SELECT source_table, source_column FROM mwmirror.column_private", &result);
	if (m->private_columns != NULL)
		m->migrations = run_query(conn,
		                          "SELECT source_table, source_column, unfilled FROM "
		                          "mwmirror.column_migration",
		                          &result);
	return result;
}

static status
load_all(mapping *m, PGconn *conn)
{
	status result = check_mapping(conn);

	if (result == STATUS_OK)
		result = load_targets(m, conn);
	if (result == STATUS_OK)
		result = load_map_tables(m, conn);
	if (result == STATUS_OK)
		result = load_map_columns(m, conn);
	return result == STATUS_OK ? load_column_lists(m, conn) : result;
}

static status
run_command(PGconn *conn, const char *sql)
{
	PGresult *res;
	status result = pg_execute(conn, sql, "read the mapping", 0, &res);

	PQclear(res);
	return result;
}

status
mapping_load(PGconn *conn, mapping **out)
{
	mapping *m = calloc(1, sizeof(*m));
	status result;

	*out = NULL;
	if (m == NULL)
		return mapping_out_of_memory();
	m->memory = arena_create(64 << 10);
	/* of one moment: tables come and go */
	result = m->memory == NULL
	             ? mapping_out_of_memory()
	             : run_command(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
	if (result == STATUS_OK)
		result = load_all(m, conn);
	if (result == STATUS_OK)
		result = run_command(conn, "COMMIT");
	if (result != STATUS_OK)
	{
		mapping_free(m);
		return result;
	}
	*out = m;
	return STATUS_OK;
}
