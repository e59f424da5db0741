/*
 * cli/table_call.h
 *	  The call of mwmirror.add_table() that adds a table, of what the source says of it.
 */
#ifndef MWMIRROR_CLI_TABLE_CALL_H
#define MWMIRROR_CLI_TABLE_CALL_H

#include <libpq-fe.h>
#include <stdbool.h>
#include "cli/source_columns.h"
#include "support/status.h"

/* Its arguments. */
typedef struct table_call
{
	const char *table;
	const char *name;       /* in the mirror; NULL: the same */
	const char *row_filter; /* NULL: all rows */
	char *columns;          /* this and those below are made by table_call_make */
	char *key;              /* NULL: the table has none */
	char *match;
	char *left_out;
	char *harmless;
} table_call;

/*
 * Makes the arguments. taken, said_harmless: of each column, whether it is to be mirrored, and whether that was said though its name is like that of a private
 * one. On STATUS_OK and else freed with table_call_free; STATUS_MEMORY (logged).
 */
status table_call_make(table_call *c, const source_columns *columns, const bool *taken,
                       const bool *said_harmless);

void table_call_free(table_call *c);

/* Writes it as SQL to standard output. STATUS_MEMORY (logged). */
status table_call_print(const table_call *c, PGconn *conn);

/* Calls it, and says what came of it. Errors as postgres_run. */
status table_call_run(const table_call *c, PGconn *conn);

#endif
