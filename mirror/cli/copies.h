/*
 * cli/copies.h
 *	  What is being copied (mwmirror.copy_table), as JSON and as text.
 */
#ifndef MWMIRROR_CLI_COPIES_H
#define MWMIRROR_CLI_COPIES_H

#include <jansson.h>
#include <libpq-fe.h>
#include <stdio.h>
#include "support/status.h"

/*
 * Reads it: an array with an object for each wiki of which something is not copied yet: wiki_id, source_name, tables and of these copied, and added (not copied for the first time yet), rows_done and rows_total (roughly), and
 * now: those that are at work or have failed, with table, mode, state, rows_done, rows_total, reason, error. For json_decref. STATUS_MEMORY; errors as
 * postgres_run.
 */
status copies_read(PGconn *conn, json_t **out);

/* The object of a wiki; NULL if nothing of it is being copied. */
const json_t *copies_find(const json_t *copies, const char *wiki_id);

/* How many of its tables are to be copied for the first time. */
int copies_added(const json_t *copy);

/* How much of its rows there is, 0 to 100. */
int copies_percent(const json_t *copy);

/* Writes a wiki's as a line, without a newline. */
void copies_write(const json_t *copy, FILE *out);

#endif
