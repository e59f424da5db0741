/*
 * mapping/mapping_data.h
 *	  The mapping as PostgreSQL has it: table_map and column_map, and the mirror tables' columns.
 *
 * Inside of mapping/ only; others see mapping.h.
 */
#ifndef MWMIRROR_MAPPING_MAPPING_DATA_H
#define MWMIRROR_MAPPING_MAPPING_DATA_H

#include <libpq-fe.h>
#include <stdbool.h>
#include "mapping/mapping.h"
#include "mapping/mapping_type.h"
#include "mapping/plan.h"
#include "support/arena.h"
#include "support/log.h"
#include "support/status.h"

#define LIST_MAX 16 /* names in one array of column_map; check_mapping() knows it */

/* An array of column_map. */
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
	bool has_default; /* other than NULL */
	bool in_events;   /* events are made of it */
} mirror_column;

/* A mirror table. */
typedef struct mirror_table
{
	const char *name;
	const char *quoted;
	mirror_column *columns;
	unsigned column_count;
	bool has_key;
} mirror_table;

/* A row of table_map with its rows of column_map, best alternatives first. */
typedef struct map_table
{
	const char *source_table;
	const mirror_table *target;
	bool merge;
	bool shared;
	bool shipped;             /* a table of MediaWiki: only wikis have it */
	const char *own;          /* SQL; NULL: not known */
	const row_filter *filter; /* NULL: all rows; its sources are not known yet */
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
	PGresult *private_columns; /* source_table, column */
	PGresult *migrations;      /* likewise, and unfilled */
	plan_entry *plans;
};

/* The row of source_table, column that has the column, in any case; -1: none. list may be NULL: there are none. */
int mapping_list_find(const PGresult *list, const char *table, const char *column);

/* True if there is one. */
bool mapping_lists(const PGresult *list, const char *table, const char *column);

/* True if row_filter of the table names the column, in any case. */
bool mapping_filters_by(const map_table *t, const char *column);

/* Logs it. Returns STATUS_MEMORY. */
static inline status
mapping_out_of_memory(void)
{
	log_error("out of memory for the mapping");
	return STATUS_MEMORY;
}

#endif
