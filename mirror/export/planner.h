/*
 * export/planner.h
 *	  Which parts a dump has: tables cut by their keys, where an earlier run has cut them.
 */
#ifndef MWMIRROR_EXPORT_PLANNER_H
#define MWMIRROR_EXPORT_PLANNER_H

#include <libpq-fe.h>
#include "export/export.h"
#include "export/part.h"
#include "support/status.h"

typedef struct planner
{
	const export_call *call;
	PGconn *conn;            /* with the dump's snapshot */
	const part_list *before; /* of the run that is gone on with; keeps what is no longer planned */
	part_list *parts;        /* that are planned */
	const char *suffix;
} planner;

/*
 * Adds the parts, one or more, of what is called name: the rows of a mirror table of the wiki, cut by one of its columns about every
 * call->part_rows rows. The column is an integer that is never NULL, and the second of an index after wiki_id; NULL: one part. What is cut so need not
 * be rows of that table in the file: of pages with their revisions it is revision, by rev_page. Errors as pg_execute; STATUS_MEMORY.
 */
status planner_add(planner *p, const char *wiki_id, const char *name, const char *table,
                   const char *column);

/* Writes " AND <column> >= ... AND <column> < ..." into out, as far as the range is bounded; column is SQL. */
#define PLANNER_CONDITION_SIZE 384
void planner_condition(const part_range *range, const char *column,
                       char out[PLANNER_CONDITION_SIZE]);

#endif
