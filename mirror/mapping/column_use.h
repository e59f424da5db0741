/*
 * mapping/column_use.h
 *	  What a column of a source table is to the mapping: what DDL that changes it means for the mirror.
 */
#ifndef MWMIRROR_MAPPING_COLUMN_USE_H
#define MWMIRROR_MAPPING_COLUMN_USE_H

#include <stdbool.h>
#include <stdio.h>
#include "mapping/mapping.h"
#include "source/declared_type.h"

typedef struct column_use
{
	/* a mirror column comes of it, or whether it is there, or what it says, decides about one */
	bool used;
	/* a mirror column that is in a key, or that events need, comes of nothing else; or row_filter names it */
	bool needed;
	/* NULL in all rows gives the mirror what a table without the column does */
	bool null_as_absent;
	/* MediaWiki adds or drops it in steps that leave what the mirror has (column_migration) */
	bool migrates;
	/* SQL condition of mirror rows for which that does not hold yet; NULL: there are none */
	const char *unfilled;
} column_use;

/* table: without prefix; column: in any case, as MariaDB compares names of columns. */
column_use column_use_find(const mapping *m, const char *table, const char *column);

/*
 * Whether a change of the column's type changes what the mirror has can be asked of the mirror: writes SQL that is true if it does,
 * with $1 for the wiki, and OR before each part. Nothing written: it does not. False: it may, and nothing tells.
 */
bool column_use_write_doubt(const mapping *m, const char *table, const char *column,
                            const declared_change *change, FILE *out);

/* The same of a column that MediaWiki moves away from, or to: whether rows are yet to be filled. */
void column_use_write_unfilled(const mapping *m, const char *table, const char *unfilled,
                               FILE *out);

#endif
