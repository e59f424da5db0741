/*
 * apply/table_cache.c
 *	  The source tables that the binlog has named; see table_cache.h.
 */
#include "apply/table_cache.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "mapping/key_check.h"
#include "rows/types.h"
#include "support/hash.h"
#include "support/log.h"

#define TABLES_MAX 4096 /* then those go that were not used for as long */
#define TABLE_MEMORY 4096

typedef struct cached_table
{
	source_table table;
	bool used; /* again, since the last trim */
	UT_hash_handle hh;
} cached_table;

struct table_cache
{
	const wiki_list *wikis;
	mapping *mapping;
	cached_table *tables; /* by id */
};

table_cache *
table_cache_create(const wiki_list *wikis, mapping *m)
{
	table_cache *c = calloc(1, sizeof(*c));

	if (c != NULL)
	{
		c->wikis = wikis;
		c->mapping = m;
	}
	return c;
}

static void
free_table(cached_table *e)
{
	if (e->table.memory != NULL)
		arena_destroy(e->table.memory);
	free(e->table.body);
	free(e->table.bare);
	free(e);
}

static void
forget(table_cache *c, cached_table *e)
{
	HASH_DEL(c->tables, e);
	free_table(e);
}

void
table_cache_destroy(table_cache *c)
{
	if (c == NULL)
		return;
	while (c->tables != NULL)
		forget(c, c->tables);
	free(c);
}

void
table_cache_forget_defaults(table_cache *c, const wiki *w, const char *bare)
{
	for (cached_table *e = c->tables; e != NULL; e = e->hh.next)
	{
		if (e->table.wiki != w || strcmp(e->table.bare, bare) != 0)
			continue;
		e->table.defaults = NULL;
		e->table.altered_at = 0;
	}
}

void
table_cache_trim(table_cache *c)
{
	cached_table *next;

	if (HASH_COUNT(c->tables) <= TABLES_MAX)
		return;
	for (cached_table *e = c->tables; e != NULL; e = next)
	{
		next = e->hh.next;
		if (!e->used)
			forget(c, e);
		else
			e->used = false;
	}
	while (HASH_COUNT(c->tables) > TABLES_MAX)
		forget(c, c->tables);
}

static cached_table *
find(const table_cache *c, uint64_t table_id)
{
	cached_table *e;

	HASH_FIND(hh, c->tables, &table_id, sizeof(table_id), e);
	return e;
}

source_table *
table_cache_find(const table_cache *c, uint64_t table_id)
{
	cached_table *e = find(c, table_id);

	return e == NULL ? NULL : &e->table;
}

static status
out_of_memory(void)
{
	log_error("out of memory for a source table's columns");
	return STATUS_MEMORY;
}

static status
fail_parse(const decode_error *err)
{
	log_error_hint("set binlog_row_metadata=FULL at the source; if it is, please report this",
	               "a TABLE_MAP event cannot be read: %s", err->message);
	return STATUS_DATA;
}

/* TIMESTAMP(6), or the number of a transaction. */
static bool
is_row_time(const column_def *c, const char *name)
{
	return strcasecmp(c->name, name) == 0 && ((c->type == TYPE_TIMESTAMP2 && c->meta == 6) ||
	                                          (c->type == TYPE_LONGLONG && c->is_unsigned));
}

/*
 * A system-versioned table has rows of its past in the binlog, with the key of the present one. Nothing but the columns that it got
 * tells it from others.
 */
static status
refuse_versioned(const table_map *map)
{
	bool has_start = false, has_end = false;

	for (unsigned i = 0; i < map->column_count; i++)
	{
		has_start = has_start || is_row_time(&map->columns[i], "row_start");
		has_end = has_end || is_row_time(&map->columns[i], "row_end");
	}
	if (!has_start || !has_end)
		return STATUS_OK;
	log_error_hint(
	    "run ALTER TABLE ... DROP SYSTEM VERSIONING, then copy the wiki again with "
	    "mwmirror snapshot --force, and start follow; the position is before it",
	    "the mirrored table %s.%s has SYSTEM VERSIONING: its history cannot be told from "
	    "its rows",
	    map->schema, map->table);
	return STATUS_DATA;
}

/* Parses the columns of a mirrored table and makes room for its rows. */
static status
fill_mirrored(source_table *t)
{
	decode_error err;

	t->memory = arena_create(TABLE_MEMORY);
	if (t->memory == NULL)
		return out_of_memory();
	if (!table_map_parse(t->body, t->len, t->memory, &t->map, &err))
		return fail_parse(&err);
	t->before = arena_alloc_zero(t->memory, (t->map.column_count + 1) * sizeof(value));
	t->after = arena_alloc_zero(t->memory, (t->map.column_count + 1) * sizeof(value));
	if (t->before == NULL || t->after == NULL)
		return out_of_memory();
	return refuse_versioned(&t->map);
}

static status
fill(table_cache *c, const uint8_t *body, size_t len, source_table *t)
{
	const char *schema, *table, *bare;
	size_t schema_len, table_len, bare_len;
	const wiki *w;
	decode_error err;

	t->body = malloc(len + 1);
	if (t->body == NULL)
		return out_of_memory();
	memcpy(t->body, body, len);
	t->len = len;
	if (!table_map_peek(t->body, len, &t->id, &schema, &schema_len, &table, &table_len, &err))
		return fail_parse(&err);
	w = wiki_list_find(c->wikis, schema, schema_len, table, table_len, &bare, &bare_len);
	if (w == NULL || !w->followed || !mapping_has_table(c->mapping, w, bare, bare_len))
		return STATUS_OK;
	t->wiki = w;
	t->bare = strndup(bare, bare_len);
	return t->bare != NULL ? STATUS_OK : out_of_memory();
}

status
table_cache_take(table_cache *c, const uint8_t *body, size_t len)
{
	cached_table *e;
	uint64_t id;
	status result;

	if (!row_event_table_id(body, len, &id))
	{
		decode_error err = {.message = "it is too short"};

		return fail_parse(&err);
	}
	e = find(c, id);
	if (e != NULL && e->table.len == len && memcmp(e->table.body, body, len) == 0)
	{
		e->used = true;
		return STATUS_OK;
	}
	if (e != NULL)
		forget(c, e);
	e = calloc(1, sizeof(*e));
	result = e == NULL ? out_of_memory() : fill(c, body, len, &e->table);
	if (result == STATUS_OK)
	{
		HASH_ADD(hh, c->tables, table.id, sizeof(e->table.id), e);
		if (!hash_added(e))
			result = out_of_memory();
	}
	if (result != STATUS_OK && e != NULL)
		free_table(e);
	return result;
}

static status
check_key(source_table *t)
{
	bool *in_key = calloc(t->map.column_count + 1, sizeof(bool));
	status result;

	if (in_key == NULL)
		return out_of_memory();
	for (unsigned i = 0; i < t->map.column_count; i++)
		in_key[i] = t->map.columns[i].in_key;
	result = key_check(t->plan, in_key, t->map.schema, t->map.table);
	if (result != STATUS_OK)
		t->plan = NULL;
	free(in_key);
	return result;
}

status
table_cache_plan(table_cache *c, source_table *t)
{
	const char **names;
	status result;

	if (t->plan != NULL)
		return STATUS_OK;
	/* not before a row is wanted: the way past a table that cannot be read is a copy that is newer than its rows */
	if (t->memory == NULL && (result = fill_mirrored(t)) != STATUS_OK)
		return result;
	names = calloc(t->map.column_count + 1, sizeof(char *));
	if (names == NULL)
		return out_of_memory();
	for (unsigned i = 0; i < t->map.column_count; i++)
		names[i] = t->map.columns[i].name;
	result = mapping_compile(c->mapping, t->bare, names, t->map.column_count, &t->plan);
	free(names);
	return result == STATUS_OK ? check_key(t) : result;
}
