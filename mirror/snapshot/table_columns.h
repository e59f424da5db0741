/*
 * snapshot/table_columns.h
 *	  A table at the source: its columns, whether they can be read, and why it cannot.
 */
#ifndef MWMIRROR_SNAPSHOT_TABLE_COLUMNS_H
#define MWMIRROR_SNAPSHOT_TABLE_COLUMNS_H

#include <mysql.h>
#include <stdbool.h>
#include "mapping/mapping.h"
#include "mapping/wiki.h"
#include "snapshot/source_type.h"
#include "support/status.h"

/* Columns of a table at the source, in order. */
typedef struct table_columns
{
	char **names; /* NULL: there is no such table */
	source_type *types;
	bool *in_key; /* the primary one */
	unsigned count;
} table_columns;

/* On STATUS_OK the caller frees *out with table_columns_free. Errors logged. */
status table_columns_read(MYSQL *mysql, const wiki *w, const char *table, table_columns *out);

void table_columns_free(table_columns *c);

/*
 * STATUS_DATA (logged) if the mirror has no use for what a column of its type gives by its kind, or it could not be followed, or if row_filter
 * cannot compare it. types: of the plan's source columns.
 */
status table_check_types(const wiki *w, const plan *pl, const source_type *types);

/*
 * Logs why the source did not read a table, from the connection's last error and what mariadb_query made of it (nothing if that is STATUS_OK). Returns
 * that, but STATUS_RETRY for a table that is locked, was altered or is gone.
 */
status table_fail(MYSQL *mysql, const wiki *w, const char *table, status result);

#endif
