/*
 * apply/xa.h
 *	  XA transactions: their rows are in the binlog at XA PREPARE, but hold from XA COMMIT on, which has none, and not at all after XA ROLLBACK.
 *
 * Rows of a branch that is prepared are left out, and mwmirror.xa_prepared keeps which tables they are of, in the PostgreSQL transaction that moves
 * the position. At XA COMMIT these tables are copied again. A branch that is not in it has no rows of what was mirrored when it was
 * prepared, and no copy began before it had ended: a copy waits until no branch is prepared (snapshot/begin.c).
 */
#ifndef MWMIRROR_APPLY_XA_H
#define MWMIRROR_APPLY_XA_H

#include <libpq-fe.h>
#include <stdbool.h>
#include "apply/applier.h"
#include "apply/table_cache.h"
#include "source/event.h"
#include "support/status.h"

typedef struct xa_watch xa_watch;

/* Reads whether any branch is prepared. Errors as pg_execute; STATUS_MEMORY (logged). *out: for xa_destroy, also after an error. */
status xa_load(PGconn *conn, const char *source_name, xa_watch **out);

void xa_destroy(xa_watch *x);

/* A source transaction begins. */
void xa_begin(xa_watch *x, const gtid_event *event);

/* True if what comes until its end are rows of a branch that is being prepared. */
bool xa_is_prepared(const xa_watch *x);

/* A row event of it is of the table, of a wiki that is copied or being copied. STATUS_MEMORY (logged). */
status xa_note(xa_watch *x, const source_table *t);

/* XA PREPARE. Errors as group_ask. */
status xa_prepare(applier *a);

/* XA COMMIT, or XA ROLLBACK. Errors as group_ask, copy_again_table; STATUS_DATA (logged) if it is not known of which branch. */
status xa_end(applier *a, bool committed);

#endif
