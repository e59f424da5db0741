/*
 * apply/table_cache.h
 *	  The source tables that the binlog has named: table id -> columns, wiki and plan.
 *
 * MariaDB sends a TABLE_MAP before the rows of each statement; almost all repeat the bytes of the last one with
 * that id, and then nothing is parsed again. A changed table (DDL, server restart) has other bytes.
 */
#ifndef MWMIRROR_APPLY_TABLE_CACHE_H
#define MWMIRROR_APPLY_TABLE_CACHE_H

#include <stdbool.h>
#include <stdint.h>
#include "mapping/mapping.h"
#include "mapping/wiki.h"
#include "rows/row_image.h"
#include "rows/table_map.h"
#include "rows/value.h"
#include "support/arena.h"
#include "support/status.h"

typedef struct source_table
{
	uint64_t id;
	table_map map;    /* only if it is mirrored */
	const wiki *wiki; /* NULL: not mirrored */
	char *bare;       /* the table's name without the wiki's prefix */
	const plan *plan; /* NULL until rows are applied */
	value *before;    /* room for a row's images */
	value *after;
	value *defaults;     /* of its columns, those that are known; NULL: not read yet (defaults.h) */
	uint64_t altered_at; /* unix seconds: of rows up to then they are not known; 0: not asked yet */
	arena *memory;       /* of all that is about its columns; NULL until rows are applied */
	uint8_t *body;       /* of the TABLE_MAP that named it */
	size_t len;
} source_table;

typedef struct table_cache table_cache;

table_cache *table_cache_create(const wiki_list *wikis, mapping *m);

void table_cache_destroy(table_cache *c);

/* Takes a TABLE_MAP event's body. STATUS_DATA if it does not parse (logged with what to do). */
status table_cache_take(table_cache *c, const uint8_t *body, size_t len);

/* The table of a row event; NULL if no TABLE_MAP has named it. */
source_table *table_cache_find(const table_cache *c, uint64_t table_id);

/* Compiles the table's plan, once. Errors as mapping_compile, key_check. */
status table_cache_plan(table_cache *c, source_table *t);

/* Forgets what is known of the defaults of a table: it is altered. */
void table_cache_forget_defaults(table_cache *c, const wiki *w, const char *bare);

/* Forgets tables that were not named for long, if there are very many; only between source transactions. */
void table_cache_trim(table_cache *c);

#endif
