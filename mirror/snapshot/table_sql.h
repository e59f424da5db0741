/*
 * snapshot/table_sql.h
 *	  The SQL that copies one source table into one target, for both servers; pure.
 *
 * A target whose columns are plain values is copied directly. Others go through a staging table with a column p<n> for
 * each param, and INSERT ... SELECT or UPDATE computes the expressions.
 *
 * Text is malloc'd for the caller; NULL without memory.
 */
#ifndef MWMIRROR_SNAPSHOT_TABLE_SQL_H
#define MWMIRROR_SNAPSHOT_TABLE_SQL_H

#include <stdbool.h>
#include <stdio.h>
#include "mapping/mapping.h"
#include "mapping/wiki.h"
#include "snapshot/key_range.h"
#include "snapshot/source_type.h"

/* printf's format of the staging table of a plan's target: its id. */
#define TABLE_STAGING "mwmirror_staging_%u"

/* MariaDB: names the columns of a wiki's table (bare name) and their types, one a row. */
char *table_sql_columns(const wiki *w, const char *table);

/*
 * MariaDB: the SELECT of the columns that the target needs, as text_value_read takes them by their types, of the rows of a range; private ones among them never go further than convert.
 * selected has room for all source columns, and gets those of the SELECT in its order. only: numbers of contents, separated by commas; NULL: all rows.
 */
char *table_sql_select(const wiki *w, const plan *pl, const source_type *types,
                       const plan_target *t, const key_range *range, const char *only,
                       unsigned *selected, unsigned *selected_count);

/* True if rows go through the staging table: SQL computes something of them, or some may be there. */
bool table_sql_needs_staging(const plan_target *t);

/* A guarded expression has its own staging column that says whether it is NULL. */
bool table_sql_has_null_flag(const plan_column *c);

/* The columns of a staging table, and what a target's column number i is made of them: of a row s. */
void table_sql_write_staging(FILE *out, const plan_target *t);
void table_sql_write_staged(FILE *out, const plan_column *c, unsigned i);

/* Creates the staging table, if the session does not have it; it is emptied at the end of each transaction. */
char *table_sql_staging(const plan_target *t);

/* The COPY into the target, or into the staging table. */
char *table_sql_copy(const plan_target *t, bool staged);

/* From the staging table into the target. */
char *table_sql_move(const plan_target *t);

#endif
