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
#include "support/arena.h"
#include "support/log.h"

#define BUCKETS 512     /* a power of two */
#define TABLES_MAX 4096 /* then those go that were not used for as long */
#define TABLE_MEMORY 4096

typedef struct cache_entry
{
	source_table table;
	arena *memory; /* the map and the images */
	uint8_t *body; /* of the TABLE_MAP that made this entry */
	size_t len;
	char *bare; /* the table's name without prefix */
	bool used;  /* again, since the last trim */
	struct cache_entry *next;
} cache_entry;

struct table_cache
{
	const wiki_list *wikis;
	mapping *mapping;
	cache_entry *buckets[BUCKETS];
	unsigned count;
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
free_entry(cache_entry *e)
{
	if (e->memory != NULL)
		arena_destroy(e->memory);
	free(e->body);
	free(e->bare);
	free(e);
}

/* Those that were not used since the last time, or all. */
static void
forget(table_cache *c, bool used_too)
{
	for (unsigned i = 0; i < BUCKETS; i++)
	{
		cache_entry **at = &c->buckets[i];

		while (*at != NULL)
		{
			cache_entry *e = *at;

			if (e->used && !used_too)
			{
				e->used = false;
				at = &e->next;
				continue;
			}
			*at = e->next;
			free_entry(e);
			c->count--;
		}
	}
}

void
table_cache_destroy(table_cache *c)
{
	if (c == NULL)
		return;
	forget(c, true);
	free(c);
}

void
table_cache_trim(table_cache *c)
{
	if (c->count > TABLES_MAX)
		forget(c, false);
	if (c->count > TABLES_MAX)
		forget(c, true);
}

static cache_entry **
find_entry(const table_cache *c, uint64_t table_id)
{
	cache_entry *const *at = &c->buckets[table_id % BUCKETS];

	while (*at != NULL && (*at)->table.id != table_id)
		at = &(*at)->next;
	return (cache_entry **) at;
}

source_table *
table_cache_find(const table_cache *c, uint64_t table_id)
{
	cache_entry *e = *find_entry(c, table_id);

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
fill_mirrored(cache_entry *e)
{
	source_table *t = &e->table;
	decode_error err;

	e->memory = arena_create(TABLE_MEMORY);
	if (e->memory == NULL)
		return out_of_memory();
	if (!table_map_parse(e->body, e->len, e->memory, &t->map, &err))
		return fail_parse(&err);
	t->before = arena_alloc_zero(e->memory, (t->map.column_count + 1) * sizeof(value));
	t->after = arena_alloc_zero(e->memory, (t->map.column_count + 1) * sizeof(value));
	if (t->before == NULL || t->after == NULL)
		return out_of_memory();
	return refuse_versioned(&t->map);
}

static status
make_entry(table_cache *c, const uint8_t *body, size_t len, cache_entry *e)
{
	const char *schema, *table, *bare;
	size_t schema_len, table_len, bare_len;
	const wiki *w;
	decode_error err;

	e->body = malloc(len + 1);
	if (e->body == NULL)
		return out_of_memory();
	memcpy(e->body, body, len);
	e->len = len;
	if (!table_map_peek(e->body, len, &e->table.id, &schema, &schema_len, &table, &table_len, &err))
		return fail_parse(&err);
	w = wiki_list_find(c->wikis, schema, schema_len, table, table_len, &bare, &bare_len);
	if (w == NULL || !w->followed || !mapping_has_table(c->mapping, bare, bare_len))
		return STATUS_OK;
	e->table.wiki = w;
	e->bare = strndup(bare, bare_len);
	e->table.bare = e->bare;
	if (e->bare == NULL)
		return out_of_memory();
	return STATUS_OK;
}

status
table_cache_take(table_cache *c, const uint8_t *body, size_t len)
{
	cache_entry **at;
	cache_entry *e;
	uint64_t id;
	status result;

	if (!row_event_table_id(body, len, &id))
	{
		decode_error err = {.message = "it is too short"};

		return fail_parse(&err);
	}
	at = find_entry(c, id);
	e = *at;
	if (e != NULL && e->len == len && memcmp(e->body, body, len) == 0)
	{
		e->used = true;
		return STATUS_OK;
	}
	if (e != NULL)
	{
		*at = e->next;
		free_entry(e);
		c->count--;
	}
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return out_of_memory();
	result = make_entry(c, body, len, e);
	if (result != STATUS_OK)
	{
		free_entry(e);
		return result;
	}
	at = &c->buckets[id % BUCKETS];
	e->next = *at;
	*at = e;
	c->count++;
	return STATUS_OK;
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

arena *
table_cache_memory(source_table *t)
{
	return ((cache_entry *) t)->memory; /* its first member */
}

status
table_cache_plan(table_cache *c, source_table *t)
{
	cache_entry *e = (cache_entry *) t; /* its first member */
	const char **names;
	status result;

	if (t->plan != NULL)
		return STATUS_OK;
	/* not before a row is wanted: the way past a table that cannot be read is a copy that is newer than its rows */
	if (e->memory == NULL && (result = fill_mirrored(e)) != STATUS_OK)
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
