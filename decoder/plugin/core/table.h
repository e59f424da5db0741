/*
 * plugin/core/table.h
 *	  The mirror's tables that events need, by columns and keys; which they are says entity/tables.c.
 */
#ifndef MWMIRROR_CORE_TABLE_H
#define MWMIRROR_CORE_TABLE_H

#include "plugin/core/compat.h"

/* Number of a table in mirror_tables. */
typedef int mirror_table;

#define TABLE_SCHEMA "mediawiki"
#define TABLE_WIKI_COLUMN "wiki_id"

#define TABLE_NONE (-1) /* not ours, or ours and of no interest to any event */
#define WIKI_ID 0       /* the first column of each table */

#define TABLE_COLUMNS 21    /* most columns of a table */
#define TABLE_KEY_COLUMNS 4 /* most columns of a key, wiki_id among them */
#define TABLE_KEYS 3        /* most keys of a table */

typedef enum column_type
{
	COLUMN_NUMBER, /* boolean, smallint, integer, bigint */
	COLUMN_TEXT,
	COLUMN_BYTES, /* bytea */
	COLUMN_TIME,  /* timestamptz */
	COLUMN_TEXTS  /* text[] */
} column_type;

typedef struct column_description
{
	const char *name;
	column_type type;
} column_description;

typedef struct table_description
{
	const char *name;                              /* with its schema */
	column_description columns[TABLE_COLUMNS + 1]; /* ends with a NULL name */
	/* columns after wiki_id, then 0; the first key names one row */
	int keys[TABLE_KEYS][TABLE_KEY_COLUMNS];
	bool is_read; /* under the historic snapshot; it is not one of MediaWiki's */
	bool is_full; /* its REPLICA IDENTITY is FULL (sql/tables) */
	/* only its changes are of interest: its rows are not kept, nothing refers to them */
	bool is_passing;
	bool is_own;   /* only aggregates that look at its changes read its rows */
	bool is_named; /* only streams that name it (stream.own_tables) need its rows */
} table_description;

extern const table_description mirror_tables[];
extern const int mirror_table_count;

/* The table of that schema and name; TABLE_NONE if it is not of interest. */
extern mirror_table mirror_table_find(const char *schema, const char *name, size_t len);

/* Number of the table's column with that name; -1 if it is not of interest. */
extern int mirror_table_find_column(mirror_table table, const char *name, size_t len);

/* How many columns of the table are of interest. */
extern int mirror_table_column_count(mirror_table table);

/* True if values of that type can be used in the column. */
extern bool mirror_table_type_fits(mirror_table table, int column, Oid type);

/* Raise the ERROR of a table that lacks a column, or has it with a type that cannot be used. */
pg_noreturn extern void mirror_table_report_no_column(mirror_table table, int column);
pg_noreturn extern void mirror_table_report_type(mirror_table table, int column, Oid type);

/* True if the column's values are texts or bytes, false if they are numbers or times. */
static inline bool
mirror_table_column_is_text(mirror_table table, int column)
{
	const column_type type = mirror_tables[table].columns[column].type;

	return type == COLUMN_TEXT || type == COLUMN_BYTES;
}

/* Qualified name of a table, and a column's, for messages. */
extern const char *mirror_table_name(mirror_table table);
extern const char *mirror_table_column_name(mirror_table table, int column);

/* Columns of a key of a table, wiki_id first: how many; out gets their numbers. 1: there is no such key. */
static inline int
mirror_table_key_columns(mirror_table table, int key, int out[TABLE_KEY_COLUMNS])
{
	const int *columns = mirror_tables[table].keys[key];
	int n = 0;

	out[n++] = WIKI_ID;
	while (n < TABLE_KEY_COLUMNS && columns[n - 1] != 0)
	{
		out[n] = columns[n - 1];
		n++;
	}
	return n;
}

#endif
