/*
 * apply/copy_again.h
 *	  Tables that are copied again: compared with the source, a range of keys at a time, and what differs written as changes that streams tell of
 *	  (sql/functions/copy_again.sql).
 *
 * A range is read in a consistent view of the source (snapshot/source_view.h), and compared when all that the view sees is applied and nothing else is: between two source
 * transactions, at exactly the view's position. So what is written is what the source has committed up to there, and all that comes behind it is
 * applied as ever. Rows of ranges that are still to come are left out meanwhile.
 */
#ifndef MWMIRROR_APPLY_COPY_AGAIN_H
#define MWMIRROR_APPLY_COPY_AGAIN_H

#include <libpq-fe.h>
#include <stdbool.h>
#include "apply/applier.h"
#include "mapping/wiki.h"
#include "snapshot/key_range.h"
#include "support/config.h"
#include "support/status.h"

typedef struct copy_again copy_again;

/* Both must outlive it. NULL without memory. */
copy_again *copy_again_create(const config *c, PGconn *conn);

void copy_again_destroy(copy_again *g);

/* Milliseconds until copy_again_step has something to do. */
int copy_again_due(const copy_again *g);

/* True if it has had to wait for so long that live changes must wait for once. */
bool copy_again_overdue(const copy_again *g);

/* True if a view waits for the position: then copy_again_reach is to be called after each source transaction. */
bool copy_again_waits(const copy_again *g);

/*
 * Between source transactions, with no group open: begins the next range if one is due, and compares it if the position is its view's. What cannot be read or converted is
 * logged, noted in copy_table.error and tried again later. STATUS_RETRY, STATUS_STOPPED, STATUS_TARGET: the connection is of no more use.
 */
status copy_again_step(applier *a);

/* Between source transactions, a group may be open: if the position is the view's, commits and compares. Errors likewise. */
status copy_again_reach(applier *a);

/*
 * Has a table of a wiki copied again, from its first row on: for what changes rows or values without saying which (DDL). In the open group, or one
 * that this begins; what follows of the table is left out until it is compared. bare: its name without prefix, of a mirrored table; why: for people. Errors as
 * pipeline_ask; STATUS_TARGET (logged).
 */
status copy_again_table(applier *a, const wiki *w, const char *bare, const char *why);

/*
 * The same of the rows with one key alone, which is the first column of the table's primary key, and of the kind and bytes that copy_table and copy_chunk have: rows that are
 * applied, or would be; what is being copied has the same key.
 */
status copy_again_key(applier *a, const wiki *w, const char *bare, const char *column,
                      const char *kind, const key_bound *key, const char *why);

/*
 * The same of all that is copied by now of a wiki whose first copy is not complete; that goes on.
 */
status copy_again_begun(applier *a, const wiki *w, const char *why);

/*
 * The same of all tables of a wiki, and of what happened in a source transaction or between two: then no group is open, and this is committed.
 */
status copy_again_wiki(applier *a, const wiki *w, const char *why);

#endif
