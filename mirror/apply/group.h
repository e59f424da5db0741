/*
 * apply/group.h
 *	  Group commit: PostgreSQL transactions that hold whole source transactions, their marks and the position.
 *
 * Also the position while there are no rows, and that the source has no more, once a second each.
 */
#ifndef MWMIRROR_APPLY_GROUP_H
#define MWMIRROR_APPLY_GROUP_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include "apply/contents.h"
#include "apply/copy_watch.h"
#include "apply/param.h"
#include "apply/pipeline.h"
#include "apply/row_batch.h"
#include "apply/touched.h"
#include "source/gtid.h"
#include "support/config.h"
#include "support/status.h"

typedef struct commit_group commit_group;

/* Prepares statements; before pipeline mode. Errors as pg_prepare. */
status group_prepare(PGconn *conn);

/*
 * position: where the stream begins (copied); the others must outlive the group. NULL without memory. The caller frees
 * it with group_destroy.
 */
commit_group *group_create(const config *c, pipeline *p, row_batch *b, param_set *params,
                           content_watch *contents, copy_watch *copies, const gtid_list *position);

void group_destroy(commit_group *g);

/*
 * Begins a PostgreSQL transaction if none is open. To be called before rows are sent, and before it is decided by what is copied which are. Errors as
 * pipeline_send, copy_watch_begin.
 */
status group_begin(commit_group *g);

/*
 * Asks one statement with text parameters in the open transaction, or one that this begins, behind all changes so far. It must answer rows (maybe none).
 * doing completes "cannot ...". Errors as pipeline_ask; STATUS_TARGET (logged). *out: for PQclear, also after an error.
 */
status group_ask(commit_group *g, PGconn *conn, const char *sql, int count,
                 const char *const *params, const char *doing, PGresult **out);

/* Counts what has come to the open PostgreSQL transaction: rows, and bytes of events. */
void group_add(commit_group *g, uint64_t rows, uint64_t bytes);

/*
 * A source transaction is complete: commit_time in unix microseconds, wikis of which rows were sent for it; NULL: no rows
 * were. Moves the position, and commits if a limit is reached. Errors as pipeline_send; STATUS_MEMORY (logged).
 */
status group_end_transaction(commit_group *g, const gtid *id, int64_t commit_time,
                             const touched *wikis);

/* These four are for between source transactions. Milliseconds until group_idle has a position to write; -1: none. */
int group_idle_due(const commit_group *g);

/* What applier_idle says: commits, or writes a position that is due, and waits for the answer. */
status group_idle(commit_group *g);

/*
 * Writes that all of the source is here as of quiet_time (unix microseconds; 0: not known), unless it is written already, and waits for the answer. Does
 * nothing while there is something to commit.
 */
status group_known(commit_group *g, int64_t quiet_time);

/* Commits, position included; waits for the answers. */
status group_finish(commit_group *g);

/* What is complete, committed or not. */
const gtid_list *group_position(const commit_group *g);

#endif
