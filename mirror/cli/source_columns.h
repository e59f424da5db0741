/*
 * cli/source_columns.h
 *	  The columns of a table that is to be added, as the wikis of a source have it.
 */
#ifndef MWMIRROR_CLI_SOURCE_COLUMNS_H
#define MWMIRROR_CLI_SOURCE_COLUMNS_H

#include <stddef.h>
#include "cli/column_proposal.h"
#include "mapping/wiki.h"
#include "support/arena.h"
#include "support/config.h"
#include "support/status.h"

typedef struct source_column
{
	column_facts facts;
	column_proposal proposal;
	const char *wiki_id; /* of the first wiki that has it */
} source_column;

typedef struct source_columns
{
	source_column
	    *items; /* as the table has them in the first wiki, then those that only others have */
	size_t count;
	size_t wikis; /* that have the table */
	bool has_key;
} source_columns;

/*
 * Reads what the wikis of the list have, or only one, wiki_id, unless that is NULL. All is in the arena. STATUS_USAGE if none has the table, or two have it with
 * another key (logged); of a column whose types differ so that one type cannot have both, proposal says why. Else errors as mariadb_open_source, mariadb_query.
 */
status source_columns_read(const config *c, const wiki_list *wikis, const char *wiki_id,
                           const char *table, arena *a, source_columns *out);

/* The column, in any case as MariaDB has it; NULL: there is none. */
source_column *source_columns_find(const source_columns *s, const char *name);

#endif
