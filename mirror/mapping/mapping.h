/*
 * mapping/mapping.h
 *	  How source tables map to mirror tables: mwmirror.table_map and column_map in memory.
 *
 * A plan says, for one shape of a source table (its columns in order), which source columns feed which target
 * columns. Plans hold no wiki: wikis of one MediaWiki version share them. Everything lives as long as the mapping.
 */
#ifndef MWMIRROR_MAPPING_MAPPING_H
#define MWMIRROR_MAPPING_MAPPING_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "mapping/convert.h"
#include "support/status.h"

#define MAPPING_COLUMNS_MAX 64 /* of a target table; sets of columns are 64-bit maps */
#define MAPPING_SOURCES_MAX 1024

/* Types of target columns. */
typedef enum mapping_type
{
	MAPPING_BOOL,
	MAPPING_INT2,
	MAPPING_INT4,
	MAPPING_INT8,
	MAPPING_FLOAT4,
	MAPPING_FLOAT8,
	MAPPING_TEXT,
	MAPPING_BYTEA,
	MAPPING_TIMESTAMPTZ
} mapping_type;

/* PostgreSQL's oid of a type and of its arrays, and its name. */
Oid mapping_type_oid(mapping_type type);
Oid mapping_type_array_oid(mapping_type type);
const char *mapping_type_name(mapping_type type);

/* One value that a kind makes of source columns. */
typedef struct plan_param
{
	convert_kind kind;
	mapping_type type; /* of the target column, or of the expression's parameter */
	unsigned source_count;
	uint16_t sources[CONVERT_SOURCES_MAX]; /* indexes of source columns */
} plan_param;

typedef struct plan_column
{
	const char *name;   /* target column */
	const char *quoted; /* as an SQL identifier */
	mapping_type type;
	bool key;   /* part of the target's primary key */
	bool match; /* table without key: in its index <table>_match, so never NULL */
	bool
	    merged; /* a merge of another source table gives it, too: an update to 0 or NULL leaves it */
	const char *expression; /* SQL over %1... and %w; NULL: the one param is the value */
	plan_param *params;
	unsigned param_count;
	unsigned first_param; /* index of params[0] among all params of the target */
	const uint16_t *null_when;
	unsigned null_when_count;
	const uint16_t *null_unless;
	unsigned null_unless_count;
} plan_column;

typedef struct plan_target
{
	const char *table;
	const char *quoted; /* schema and table as SQL */
	unsigned id;        /* unique among all targets of all plans */
	bool merge;         /* row_mode 'merge' */
	bool keyless;       /* no primary key: rows are found by their whole contents */
	bool shared;        /* another source table also maps rows to this table */
	bool catalog;       /* user_catalog_table: PostgreSQL has no ON CONFLICT for it */
	plan_column *columns;
	unsigned column_count;
	unsigned param_count; /* of all columns */
	uint64_t key_columns; /* bit per column */
} plan_target;

typedef struct plan
{
	const char *source_table;
	unsigned source_count; /* columns of the source table */
	const char *const *source_names;
	plan_target *targets; /* in table_map's order */
	unsigned target_count;
} plan;

typedef struct mapping mapping;

/*
 * Loads table_map, column_map and the target tables' columns and keys. STATUS_TARGET if something is missing or
 * contradictory (logged), STATUS_RETRY if the connection broke. On STATUS_OK the caller frees *out.
 */
status mapping_load(PGconn *conn, mapping **out);

void mapping_free(mapping *m);

/* True if the source table is mirrored. Thread-safe. */
bool mapping_has_table(const mapping *m, const char *table, size_t len);

/* Calls back for each mirrored source table in table_map's order, until it returns false. */
void mapping_each_table(const mapping *m, bool (*callback)(void *context, const char *table),
                        void *context);

/*
 * Makes, or finds, the plan of a source table with these columns. Unknown columns are reported once. STATUS_TARGET
 * if a target's key cannot be computed from the columns (logged, naming tables and columns).
 */
status mapping_compile(mapping *m, const char *table, const char *const *columns, unsigned count,
                       const plan **out);

/*
 * Gives a plan that only names the targets of a source table, without columns: for what empties tables. Errors as
 * mapping_compile.
 */
status mapping_bare_plan(mapping *m, const char *table, const plan **out);

/* Writes a column's expression as SQL; parameter number i (from 0) and the wiki are written by the callback (-1). */
void plan_write_expression(FILE *out, const plan_column *column,
                           void (*write_param)(FILE *out, const plan_column *column, int i,
                                               void *context),
                           void *context);

#endif
