/*
 * source/table_filter.c
 *	  Which row events are worth decoding.
 *
 * A table map holds for its statement only, but its table id for as long as the server keeps the table open.
 * So the answer of each id is kept, and trusted as long as the names in the table map are still the same.
 */
#include "source/table_filter.h"

#include <stdlib.h>
#include <string.h>
#include "rows/row_image.h"
#include "rows/table_map.h"
#include "support/log.h"

#define ANSWERS 256
#define MOST_NAMES 512 /* schema and table, 255 bytes each */
#define STATEMENT_END 1
/* The table id of a row event without rows that only ends a statement; in 4 or 6 bytes. */
#define NO_TABLE_32 UINT64_C(0xffffffff)
#define NO_TABLE_48 UINT64_C(0xffffffffffff)

typedef struct answer
{
	uint64_t table_id;
	bool known;
	bool wanted;
	uint16_t schema_len;
	uint16_t names_len;
	char names[MOST_NAMES];
} answer;

typedef struct open_map
{
	uint64_t table_id;
	bool wanted;
} open_map;

struct table_filter
{
	reader_wants wants;
	void *context;
	answer answers[ANSWERS];
	open_map *maps;
	size_t count;
	size_t capacity;
};

table_filter *
table_filter_create(reader_wants wants, void *context)
{
	table_filter *f = calloc(1, sizeof(*f));

	if (f != NULL)
	{
		f->wants = wants;
		f->context = context;
	}
	return f;
}

static bool
ask(table_filter *f, uint64_t table_id, const char *schema, size_t schema_len, const char *table,
    size_t table_len)
{
	answer *a = &f->answers[table_id % ANSWERS];

	if (f->wants == NULL)
		return true;
	if (a->known && a->table_id == table_id && a->schema_len == schema_len &&
	    a->names_len == schema_len + table_len && memcmp(a->names, schema, schema_len) == 0 &&
	    memcmp(a->names + schema_len, table, table_len) == 0)
		return a->wanted;
	a->known = true;
	a->table_id = table_id;
	a->wanted = f->wants(f->context, schema, schema_len, table, table_len);
	a->schema_len = (uint16_t) schema_len;
	a->names_len = (uint16_t) (schema_len + table_len);
	memcpy(a->names, schema, schema_len);
	memcpy(a->names + schema_len, table, table_len);
	return a->wanted;
}

static open_map *
find_map(table_filter *f, uint64_t table_id)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->maps[i].table_id == table_id)
			return &f->maps[i];
	return NULL;
}

static open_map *
add_map(table_filter *f, uint64_t table_id)
{
	if (f->count == f->capacity)
	{
		size_t capacity = f->capacity == 0 ? 16 : f->capacity * 2;
		open_map *maps = realloc(f->maps, capacity * sizeof(*maps));

		if (maps == NULL)
			return NULL;
		f->maps = maps;
		f->capacity = capacity;
	}
	f->maps[f->count].table_id = table_id;
	return &f->maps[f->count++];
}

status
table_filter_map(table_filter *f, const uint8_t *body, size_t len, bool *wanted)
{
	uint64_t table_id;
	const char *schema, *table;
	size_t schema_len, table_len;
	decode_error err;
	open_map *map;

	if (!table_map_peek(body, len, &table_id, &schema, &schema_len, &table, &table_len, &err))
	{
		log_error_hint("run mariadb-binlog on the source's binlog files; if they are sound, please "
		               "report this",
		               "a table map does not decode: %s", err.message);
		return STATUS_DATA;
	}
	map = find_map(f, table_id);
	if (map == NULL)
		map = add_map(f, table_id);
	if (map == NULL)
	{
		log_error("out of memory for the tables of a statement");
		return STATUS_MEMORY;
	}
	map->wanted = *wanted = ask(f, table_id, schema, schema_len, table, table_len);
	return STATUS_OK;
}

bool
table_filter_rows(table_filter *f, const uint8_t *body, size_t len)
{
	uint64_t table_id;
	open_map *map;
	bool wanted;

	if (!row_event_table_id(body, len, &table_id) || len < 8)
		return true;
	map = find_map(f, table_id);
	if (map != NULL)
		wanted = map->wanted;
	else
		wanted = table_id != NO_TABLE_32 && table_id != NO_TABLE_48;
	if (body[6] & STATEMENT_END)
		table_filter_forget(f);
	return wanted;
}

void
table_filter_forget(table_filter *f)
{
	f->count = 0;
}

void
table_filter_destroy(table_filter *f)
{
	if (f == NULL)
		return;
	free(f->maps);
	free(f);
}
