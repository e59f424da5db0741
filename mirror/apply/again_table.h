/*
 * apply/again_table.h
 *	  A table at the source that is copied again: its columns, and what its ranges are of.
 */
#ifndef MWMIRROR_APPLY_AGAIN_TABLE_H
#define MWMIRROR_APPLY_AGAIN_TABLE_H

#include <mysql.h>
#include <stdbool.h>
#include <stdint.h>
#include "mapping/mapping.h"
#include "mapping/wiki.h"
#include "snapshot/key_range.h"
#include "snapshot/source_type.h"
#include "support/status.h"

/* As the source has it. */
typedef struct again_table
{
	const wiki *w;
	const char *name;    /* without prefix; the caller's */
	const plan *plan;    /* NULL: the source has no such table */
	source_type *types;  /* of the plan's source columns */
	char *key;           /* first of the primary key; NULL: the table is one range */
	key_kind kind;       /* its */
	unsigned key_source; /* its number among the source columns */
	bool is_unsigned;    /* the key is */
	uint64_t rows;       /* about as many */
	uint64_t row_size;   /* bytes of one, about */
} again_table;

/*
 * Looks at the table. first: also whether it is one that can be followed. On STATUS_OK the caller frees *out with again_table_free. Errors as snapshot_check_table,
 * table_columns_read, mapping_compile, key_check and table_check_types; STATUS_MEMORY (logged); STATUS_SOURCE (logged) if the source shows nothing of the wiki, or not all columns.
 */
status again_table_load(MYSQL *mysql, mapping *m, const wiki *w, const char *name, bool first,
                        again_table *out);

void again_table_free(again_table *t);

/* Whether the wiki has a table: one that may not be read counts as there. Errors as table_fail. */
status again_table_exists(MYSQL *mysql, const wiki *w, const char *name, bool *there);

#endif
