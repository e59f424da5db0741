/*
 * mapping/mapping.c
 *	  Loads the mapping's data, and compiles it into plans; see mapping.h.
 */
#include "mapping/mapping.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "support/arena.h"
#include "support/log.h"

#define TARGET_SCHEMA "mediawiki"
#define LIST_MAX 16 /* names in one array of column_map */

/* A comma list of column_map, split. */
typedef struct name_list
{
	const char *names[LIST_MAX];
	unsigned count;
} name_list;

/* A row of column_map. */
typedef struct map_column
{
	const char *target_column;
	name_list sources;
	name_list kinds;
	name_list null_when;
	name_list null_unless;
	name_list requires;
	const char *expression;
} map_column;

typedef struct mirror_column
{
	const char *name;
	const char *quoted;
	mapping_type type;
	bool key;
	bool match;
} mirror_column;

/* A mirror table. */
typedef struct mirror_table
{
	const char *name;
	const char *quoted;
	mirror_column *columns;
	unsigned column_count;
	bool has_key;
	bool catalog; /* user_catalog_table */
} mirror_table;

/* A row of table_map with its rows of column_map, best alternatives first. */
typedef struct map_table
{
	const char *source_table;
	const mirror_table *target;
	bool merge;
	bool shared;
	map_column *columns;
	unsigned column_count;
} map_table;

typedef struct plan_entry
{
	plan plan;
	struct plan_entry *next;
} plan_entry;

struct mapping
{
	arena *memory;
	map_table *tables;
	unsigned table_count;
	mirror_table *targets;
	unsigned target_count;
	PGresult *private_columns; /* source_table, column; NULL if there is no such table */
	plan_entry *plans;
	unsigned next_target_id;
};

static const struct
{
	mapping_type type;
	Oid oid;
	Oid array_oid;
	const char *name;
} types[] = {
    {MAPPING_BOOL, 16, 1000, "boolean"},
    {MAPPING_INT2, 21, 1005, "smallint"},
    {MAPPING_INT4, 23, 1007, "integer"},
    {MAPPING_INT8, 20, 1016, "bigint"},
    {MAPPING_FLOAT4, 700, 1021, "real"},
    {MAPPING_FLOAT8, 701, 1022, "double precision"},
    {MAPPING_TEXT, 25, 1009, "text"},
    {MAPPING_BYTEA, 17, 1001, "bytea"},
    {MAPPING_TIMESTAMPTZ, 1184, 1185, "timestamptz"},
};

Oid
mapping_type_oid(mapping_type type)
{
	return types[type].oid;
}

Oid
mapping_type_array_oid(mapping_type type)
{
	return types[type].array_oid;
}

const char *
mapping_type_name(mapping_type type)
{
	return types[type].name;
}

static bool
type_from_oid(Oid oid, mapping_type *out)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
	{
		if (types[i].oid == oid)
		{
			*out = types[i].type;
			return true;
		}
	}
	return false;
}

/* The type of an expression's parameter, which the kind alone decides. */
static mapping_type
type_of_kind(convert_kind kind)
{
	switch (kind)
	{
		case CONVERT_INT:
		case CONVERT_NEGATED:
			return MAPPING_INT8;
		case CONVERT_BOOL:
		case CONVERT_SYSTEM_USER:
			return MAPPING_BOOL;
		case CONVERT_FLOAT:
			return MAPPING_FLOAT8;
		case CONVERT_BYTES:
			return MAPPING_BYTEA;
		case CONVERT_TIMESTAMP:
			return MAPPING_TIMESTAMPTZ;
		default:
			return MAPPING_TEXT;
	}
}

/* ---- loading ---- */

static status
out_of_memory(void)
{
	log_error("out of memory for the mapping");
	return STATUS_MEMORY;
}

static PGresult *
run_query(PGconn *conn, const char *sql, status *result)
{
	PGresult *res = PQexec(conn, sql);

	*result = STATUS_OK;
	if (PQresultStatus(res) == PGRES_TUPLES_OK)
		return res;
	*result = PQstatus(conn) == CONNECTION_BAD ? STATUS_RETRY : STATUS_TARGET;
	log_error_hint("run mwmirror init, and grant mwmirror_writer to this role",
	               "cannot read the mapping: %s", PQerrorMessage(conn));
	PQclear(res);
	return NULL;
}

/* Copies and splits a comma list; names in column_map hold no commas. */
static bool
split_list(mapping *m, const char *text, name_list *out)
{
	char *copy = arena_copy(m->memory, text, strlen(text));
	char *save = NULL;

	out->count = 0;
	if (copy == NULL)
		return false;
	for (char *name = strtok_r(copy, ",", &save); name != NULL; name = strtok_r(NULL, ",", &save))
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
    "k.indrelid IS NOT NULL, "
    "coalesce(c.reloptions && ARRAY['user_catalog_table=true', 'user_catalog_table=on', "
    "'user_catalog_table=1'], false) "
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
    "LEFT JOIN pg_index k ON k.indrelid = c.oid AND k.indisprimary "
    "LEFT JOIN pg_class mc ON mc.relnamespace = n.oid AND mc.relname = c.relname || '_match' "
    "LEFT JOIN pg_index mi ON mi.indexrelid = mc.oid AND mi.indrelid = c.oid "
    "WHERE n.nspname = '" TARGET_SCHEMA "' AND c.relkind IN ('r', 'p') "
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
		size_t size = strlen(TARGET_SCHEMA) + 2 + (quoted == NULL ? 0 : strlen(quoted));
		char *full = arena_alloc(m->memory, size);

		t = &m->targets[m->target_count++];
		t->name = arena_copy(m->memory, table, strlen(table));
		t->columns = arena_alloc_zero(m->memory, MAPPING_COLUMNS_MAX * sizeof(mirror_column));
		t->has_key = *PQgetvalue(res, row, 6) == 't';
		t->catalog = *PQgetvalue(res, row, 7) == 't';
		if (quoted == NULL || full == NULL || t->name == NULL || t->columns == NULL)
			return out_of_memory();
		snprintf(full, size, "%s.%s", TARGET_SCHEMA, quoted);
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
	if (!type_from_oid((Oid) strtoul(PQgetvalue(res, row, 2), NULL, 10), &c->type))
	{
		log_error_hint("use boolean, smallint, integer, bigint, real, double precision, text, "
		               "bytea or timestamptz",
		               "column %s of %s has type %s, which the mapping cannot write", column,
		               t->quoted, PQgetvalue(res, row, 3));
		return STATUS_TARGET;
	}
	c->name = arena_copy(m->memory, column, strlen(column));
	c->quoted = copy_quoted(m, conn, column);
	c->key = *PQgetvalue(res, row, 4) == 't';
	c->match = *PQgetvalue(res, row, 5) == 't';
	return c->name == NULL || c->quoted == NULL ? out_of_memory() : STATUS_OK;
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
		result = out_of_memory();
	for (int i = 0; result == STATUS_OK && i < PQntuples(res); i++)
		result = load_target_column(m, conn, res, i);
	PQclear(res);
	return result;
}

static status
load_map_table(mapping *m, PGresult *res, int row)
{
	map_table *t = &m->tables[m->table_count++];
	const char *target = PQgetvalue(res, row, 1);

	t->source_table =
	    arena_copy(m->memory, PQgetvalue(res, row, 0), strlen(PQgetvalue(res, row, 0)));
	if (t->source_table == NULL)
		return out_of_memory();
	t->target = find_target(m, target);
	t->merge = strcmp(PQgetvalue(res, row, 2), "merge") == 0;
	t->shared = *PQgetvalue(res, row, 3) == 't';
	if (t->target != NULL)
		return STATUS_OK;
	log_error_hint("create the table, or remove the row from table_map",
	               "mwmirror.table_map: there is no table " TARGET_SCHEMA
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
	    "'row' AND o.source_table <> t.source_table) "
	    "FROM mwmirror.table_map t ORDER BY ordinal, source_table, target_table",
	    &result);

	if (res == NULL)
		return result;
	m->tables = arena_alloc_zero(m->memory, ((size_t) PQntuples(res) + 1) * sizeof(map_table));
	if (m->tables == NULL)
		result = out_of_memory();
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
    "SELECT source_table, target_table, target_column, array_to_string(source_columns, ','), "
    "array_to_string(kinds, ','), array_to_string(null_when, ','), "
    "array_to_string(null_unless, ','), array_to_string(requires_columns, ','), expression, "
    "count(*) OVER (PARTITION BY source_table, target_table) "
    "FROM mwmirror.column_map ORDER BY source_table, target_table, priority, target_column";

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
		return out_of_memory();
	c = &t->columns[t->column_count++];
	c->target_column = arena_copy(m->memory, target_column, strlen(target_column));
	if (c->target_column == NULL || !split_list(m, PQgetvalue(res, row, 3), &c->sources) ||
	    !split_list(m, PQgetvalue(res, row, 4), &c->kinds) ||
	    !split_list(m, PQgetvalue(res, row, 5), &c->null_when) ||
	    !split_list(m, PQgetvalue(res, row, 6), &c->null_unless) ||
	    !split_list(m, PQgetvalue(res, row, 7), &c->requires))
		return out_of_memory();
	if (!PQgetisnull(res, row, 8))
	{
		c->expression =
		    arena_copy(m->memory, PQgetvalue(res, row, 8), strlen(PQgetvalue(res, row, 8)));
		if (c->expression == NULL)
			return out_of_memory();
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

/* Source columns that are known and deliberately not mirrored. */
static status
load_private_columns(mapping *m, PGconn *conn)
{
	status result;
	PGresult *res =
	    run_query(conn, "SELECT to_regclass('mwmirror.column_private') IS NOT NULL", &result);
	bool exists = res != NULL && *PQgetvalue(res, 0, 0) == 't';

	PQclear(res);
	if (!exists)
		return result;
	m->private_columns =
	    run_query(conn, "SELECT source_table, source_column FROM mwmirror.column_private", &result);
	return result;
}

status
mapping_load(PGconn *conn, mapping **out)
{
	mapping *m = calloc(1, sizeof(*m));
	status result;

	*out = NULL;
	if (m == NULL)
		return out_of_memory();
	m->memory = arena_create(64 << 10);
	result = m->memory == NULL ? out_of_memory() : load_targets(m, conn);
	if (result == STATUS_OK)
		result = load_map_tables(m, conn);
	if (result == STATUS_OK)
		result = load_map_columns(m, conn);
	if (result == STATUS_OK)
		result = load_private_columns(m, conn);
	if (result != STATUS_OK)
	{
		mapping_free(m);
		return result;
	}
	*out = m;
	return STATUS_OK;
}

void
mapping_free(mapping *m)
{
	if (m == NULL)
		return;
	PQclear(m->private_columns);
	if (m->memory != NULL)
		arena_destroy(m->memory);
	free(m);
}

bool
mapping_has_table(const mapping *m, const char *table, size_t len)
{
	for (unsigned i = 0; i < m->table_count; i++)
	{
		const char *name = m->tables[i].source_table;

		if (strncmp(name, table, len) == 0 && name[len] == '\0')
			return true;
	}
	return false;
}

void
mapping_each_table(const mapping *m, bool (*callback)(void *context, const char *table),
                   void *context)
{
	for (unsigned i = 0; i < m->table_count; i++)
	{
		const char *name = m->tables[i].source_table;
		bool seen = false;

		for (unsigned j = 0; j < i && !seen; j++)
			seen = strcmp(m->tables[j].source_table, name) == 0;
		if (!seen && !callback(context, name))
			return;
	}
}

/* ---- compiling ---- */

/* What mapping_compile works on. */
typedef struct shape
{
	const char *table;
	const char *const *columns;
	unsigned count;
} shape;

static int
shape_find(const shape *s, const char *column)
{
	for (unsigned i = 0; i < s->count; i++)
	{
		if (strcmp(s->columns[i], column) == 0)
			return (int) i;
	}
	return -1;
}

static bool
shape_has_all(const shape *s, const name_list *l)
{
	for (unsigned i = 0; i < l->count; i++)
	{
		if (shape_find(s, l->names[i]) < 0)
			return false;
	}
	return true;
}

static bool
alternative_fits(const shape *s, const map_column *c)
{
	return shape_has_all(s, &c->sources) && shape_has_all(s, &c->null_when) &&
	       shape_has_all(s, &c->null_unless) && shape_has_all(s, &c->requires);
}

static const map_column *
find_alternative(const map_table *t, const shape *s, const char *target_column)
{
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (strcmp(t->columns[i].target_column, target_column) == 0 &&
		    alternative_fits(s, &t->columns[i]))
			return &t->columns[i];
	}
	return NULL;
}

/* The indexes of the named source columns, in the mapping's arena; NULL without memory. */
static const uint16_t *
compile_list(mapping *m, const shape *s, const name_list *l)
{
	uint16_t *indexes = arena_alloc(m->memory, (l->count + 1) * sizeof(uint16_t));

	for (unsigned i = 0; indexes != NULL && i < l->count; i++)
		indexes[i] = (uint16_t) shape_find(s, l->names[i]);
	return indexes;
}

static bool
parse_kind(const map_table *t, const map_column *c, unsigned i, convert_kind *out)
{
	const char *name = i < c->kinds.count ? c->kinds.names[i] : "";

	if (convert_kind_parse(name, out))
		return true;
	log_error_hint(
	    "correct the row of column_map",
	    "mwmirror.column_map: source column %u of %s -> %s.%s has the unknown kind \"%s\"", i + 1,
	    t->source_table, t->target->name, c->target_column, name);
	return false;
}

/* A kind such as content makes one parameter of all source columns; others one of each. */
static status
compile_params(mapping *m, const map_table *t, const map_column *c, const shape *s,
               plan_column *out)
{
	convert_kind kind = CONVERT_CONSTANT;
	unsigned per_param = 1;

	if (c->sources.count == 0 && c->expression != NULL)
		return STATUS_OK;
	if (!parse_kind(t, c, 0, &kind))
		return STATUS_TARGET;
	if (convert_kind_gathers(kind))
		per_param = c->sources.count;
	if (per_param == 0 || per_param > CONVERT_SOURCES_MAX ||
	    (c->expression == NULL && per_param != c->sources.count))
	{
		log_error_hint("correct the row of column_map",
		               "mwmirror.column_map: %s -> %s.%s has %u source columns and %s",
		               t->source_table, t->target->name, c->target_column, c->sources.count,
		               c->expression == NULL ? "no expression" : "an expression");
		return STATUS_TARGET;
	}
	out->param_count = c->sources.count / per_param;
	out->params = arena_alloc_zero(m->memory, out->param_count * sizeof(plan_param));
	if (out->params == NULL)
		return out_of_memory();
	for (unsigned i = 0; i < c->sources.count; i++)
	{
		plan_param *p = &out->params[i / per_param];

		if (per_param == 1 && !parse_kind(t, c, i, &kind))
			return STATUS_TARGET;
		p->kind = kind;
		p->type = c->expression == NULL ? out->type : type_of_kind(kind);
		p->sources[p->source_count++] = (uint16_t) shape_find(s, c->sources.names[i]);
	}
	return STATUS_OK;
}

/* True if a merge of another source table gives the column as well. */
static bool
column_is_merged(const mapping *m, const map_table *t, const mirror_column *target)
{
	for (unsigned i = 0; i < m->table_count; i++)
	{
		const map_table *other = &m->tables[i];

		for (unsigned j = 0;
		     other->merge && !t->merge && other->target == t->target && j < other->column_count;
		     j++)
		{
			if (strcmp(other->columns[j].target_column, target->name) == 0)
				return !target->key;
		}
	}
	return false;
}

static status
compile_column(mapping *m, const map_table *t, const mirror_column *target, const map_column *c,
               const shape *s, plan_target *out)
{
	plan_column *p = &out->columns[out->column_count];
	status result;

	p->name = target->name;
	p->quoted = target->quoted;
	p->type = target->type;
	p->key = target->key;
	p->match = target->match;
	p->merged = column_is_merged(m, t, target);
	p->expression = c->expression;
	result = compile_params(m, t, c, s, p);
	if (result != STATUS_OK)
		return result;
	p->first_param = out->param_count;
	p->null_when = compile_list(m, s, &c->null_when);
	p->null_when_count = c->null_when.count;
	p->null_unless = compile_list(m, s, &c->null_unless);
	p->null_unless_count = c->null_unless.count;
	if (p->null_when == NULL || p->null_unless == NULL)
		return out_of_memory();
	if (p->key)
		out->key_columns |= UINT64_C(1) << out->column_count;
	out->param_count += p->param_count;
	out->column_count++;
	return STATUS_OK;
}

/* All source columns as one line, for messages. */
static const char *
shape_describe(const shape *s, char *out, size_t size)
{
	size_t used = 0;

	*out = '\0';
	for (unsigned i = 0; i < s->count && used < size; i++)
		used +=
		    (size_t) snprintf(out + used, size - used, "%s%s", i == 0 ? "" : ", ", s->columns[i]);
	return out;
}

static status
compile_target(mapping *m, const map_table *t, const shape *s, plan_target *out)
{
	char columns[1024];

	out->table = t->target->name;
	out->quoted = t->target->quoted;
	out->id = m->next_target_id++;
	out->merge = t->merge;
	out->keyless = !t->target->has_key;
	out->shared = t->shared;
	out->catalog = t->target->catalog;
	out->columns = arena_alloc_zero(m->memory, (t->target->column_count + 1) * sizeof(plan_column));
	if (out->columns == NULL)
		return out_of_memory();
	for (unsigned i = 0; s->count > 0 && i < t->target->column_count; i++)
	{
		const mirror_column *target = &t->target->columns[i];
		const map_column *c = find_alternative(t, s, target->name);
		status result;

		if (c == NULL && !target->key)
			continue;
		if (c == NULL)
		{
			log_error_hint("add a row for this MediaWiki version to mwmirror.column_map",
			               "the key of %s cannot be computed: nothing in mwmirror.column_map gives "
			               "%s from the columns of source table %s (%s)",
			               out->quoted, target->name, s->table,
			               shape_describe(s, columns, sizeof(columns)));
			return STATUS_TARGET;
		}
		result = compile_column(m, t, target, c, s, out);
		if (result != STATUS_OK)
			return result;
	}
	return STATUS_OK;
}

static bool
list_holds(const name_list *l, const char *name)
{
	for (unsigned i = 0; i < l->count; i++)
	{
		if (strcmp(l->names[i], name) == 0)
			return true;
	}
	return false;
}

static bool
column_is_known(const mapping *m, const char *table, const char *column)
{
	for (unsigned i = 0; i < m->table_count; i++)
	{
		const map_table *t = &m->tables[i];

		for (unsigned j = 0; strcmp(t->source_table, table) == 0 && j < t->column_count; j++)
		{
			const map_column *c = &t->columns[j];

			if (list_holds(&c->sources, column) || list_holds(&c->null_when, column) ||
			    list_holds(&c->null_unless, column) || list_holds(&c->requires, column))
				return true;
		}
	}
	for (int i = 0; m->private_columns != NULL && i < PQntuples(m->private_columns); i++)
	{
		if (strcmp(PQgetvalue(m->private_columns, i, 0), table) == 0 &&
		    strcmp(PQgetvalue(m->private_columns, i, 1), column) == 0)
			return true;
	}
	return false;
}

/* A plan is made once for each shape, so each unknown column is reported once. */
static void
report_unknown_columns(const mapping *m, const shape *s)
{
	for (unsigned i = 0; i < s->count; i++)
	{
		if (!column_is_known(m, s->table, s->columns[i]))
			log_write_hint(LOG_LEVEL_WARNING,
			               "to mirror it, add the column to the mirror table and to "
			               "mwmirror.column_map",
			               "column %s of source table %s is not known to the mapping and is not "
			               "mirrored",
			               s->columns[i], s->table);
	}
}

static const plan *
find_plan(const mapping *m, const shape *s)
{
	for (const plan_entry *e = m->plans; e != NULL; e = e->next)
	{
		bool same = e->plan.source_count == s->count && strcmp(e->plan.source_table, s->table) == 0;

		for (unsigned i = 0; same && i < s->count; i++)
			same = strcmp(e->plan.source_names[i], s->columns[i]) == 0;
		if (same)
			return &e->plan;
	}
	return NULL;
}

static status
copy_shape(mapping *m, const shape *s, plan *out)
{
	const char **names = arena_alloc(m->memory, (s->count + 1) * sizeof(char *));

	out->source_table = arena_copy(m->memory, s->table, strlen(s->table));
	if (names == NULL || out->source_table == NULL)
		return out_of_memory();
	for (unsigned i = 0; i < s->count; i++)
	{
		names[i] = arena_copy(m->memory, s->columns[i], strlen(s->columns[i]));
		if (names[i] == NULL)
			return out_of_memory();
	}
	out->source_names = names;
	out->source_count = s->count;
	return STATUS_OK;
}

status
mapping_compile(mapping *m, const char *table, const char *const *columns, unsigned count,
                const plan **out)
{
	shape s = {table, columns, count};
	plan_entry *e;
	status result;

	*out = find_plan(m, &s);
	if (*out != NULL)
		return STATUS_OK;
	if (count > MAPPING_SOURCES_MAX)
	{
		log_error("source table %s has %u columns, more than %d", table, count,
		          MAPPING_SOURCES_MAX);
		return STATUS_DATA;
	}
	e = arena_alloc_zero(m->memory, sizeof(*e));
	if (e == NULL)
		return out_of_memory();
	e->plan.targets = arena_alloc_zero(m->memory, (m->table_count + 1) * sizeof(plan_target));
	if (e->plan.targets == NULL)
		return out_of_memory();
	result = copy_shape(m, &s, &e->plan);
	for (unsigned i = 0; result == STATUS_OK && i < m->table_count; i++)
	{
		if (strcmp(m->tables[i].source_table, table) == 0)
			result = compile_target(m, &m->tables[i], &s, &e->plan.targets[e->plan.target_count++]);
	}
	if (result != STATUS_OK)
		return result;
	report_unknown_columns(m, &s);
	e->next = m->plans;
	m->plans = e;
	*out = &e->plan;
	return STATUS_OK;
}

status
mapping_bare_plan(mapping *m, const char *table, const plan **out)
{
	return mapping_compile(m, table, NULL, 0, out);
}

void
plan_write_expression(FILE *out, const plan_column *column,
                      void (*write_param)(FILE *out, const plan_column *column, int i,
                                          void *context),
                      void *context)
{
	if (column->expression == NULL)
	{
		write_param(out, column, 0, context);
		return;
	}
	for (const char *p = column->expression; *p != '\0'; p++)
	{
		if (*p != '%')
			fputc(*p, out);
		else if (p[1] == 'w' && !isalnum((unsigned char) p[2]))
		{
			write_param(out, column, -1, context);
			p++;
		}
		else if (p[1] >= '1' && p[1] <= '9' && (unsigned) (p[1] - '1') < column->param_count)
		{
			write_param(out, column, p[1] - '1', context);
			p++;
		}
		else
		{
			fputc('%', out);
			if (p[1] == '%')
				p++;
		}
	}
}
