/*
 * mapping/column_use.h
 *	  What a column of a source table is to the mapping: what DDL that changes it means for the mirror.
 */
#ifndef MWMIRROR_MAPPING_COLUMN_USE_H
#define MWMIRROR_MAPPING_COLUMN_USE_H

#include <stdbool.h>
#include "mapping/mapping.h"

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
	bool made_not_null; /* likewise, and changes nothing of it but that */
} column_use;

/* table: without prefix; column: in any case, as MariaDB compares names of columns. */
column_use column_use_find(const mapping *m, const char *table, const char *column);

#endif
