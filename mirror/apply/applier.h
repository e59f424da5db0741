/*
 * apply/applier.h
 *	  Binlog events to PostgreSQL transactions.
 *
 * A PostgreSQL transaction holds one or more whole source transactions, the mark after each (wire/mark.h), and the
 * position after the last. Rows stream through: a source transaction of any size needs no more memory than a small one.
 *
 * Invariants
 *	 position	written in the same PostgreSQL transaction as the rows it covers; never past anything not understood
 *	 group		committed when nothing waits, or when its rows, bytes or milliseconds reach the limits
 *	 failure	nothing is committed any more; the caller drops the connection and begins again at the position
 */
#ifndef MWMIRROR_APPLY_APPLIER_H
#define MWMIRROR_APPLY_APPLIER_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include "apply/copy_watch.h"
#include "apply/undone.h"
#include "mapping/mapping.h"
#include "mapping/wiki.h"
#include "source/gtid.h"
#include "source/reader.h"
#include "support/config.h"
#include "support/status.h"

typedef struct applier applier;

/* What it has done since it was created. */
typedef struct applier_counts
{
	uint64_t transactions; /* of the source, read */
	uint64_t rows;         /* of mirrored tables, applied */
	uint64_t batches;      /* of row changes, sent */
	uint64_t statements;   /* between them, on tables of which SQL computes something */
	uint64_t commits;      /* of PostgreSQL */
} applier_counts;

/*
 * conn: an idle connection that holds the source's lock; it goes into pipeline mode. position: where the stream begins
 * (copied). known: what earlier attempts have learnt of rows that the source undid; gets what this one learns. duplicates:
 * INSERTs may meet rows that are there, which they update. copies: read before wikis were. All but position must outlive the
 * applier.
 * STATUS_OK: the caller frees *out with applier_destroy.
 */
status applier_create(const config *c, PGconn *conn, mapping *m, wiki_list *wikis,
                      copy_watch *copies, const gtid_list *position, undone *known, bool duplicates,
                      applier **out);

void applier_destroy(applier *a);

/* Applies one event. Statuses: STATUS_DATA, STATUS_TARGET, STATUS_MEMORY (logged), STATUS_RETRY. */
status applier_take(applier *a, const reader_item *item);

/*
 * Call when no event waits, or applier_overdue: commits what is complete and waits for the answer; when there is nothing to commit, writes the
 * position if it has moved and the last write was a second ago; and does what requests are due. quiet_time: reader_quiet_time, asked before
 * it was known that none waits; 0: that is not known. If it is later than at the last call it is written, too.
 */
status applier_idle(applier *a, int64_t quiet_time);

/* True if a request has waited for long: then applier_idle is to be called though there is more to apply. */
bool applier_overdue(const applier *a);

/* Shows PostgreSQL a sign of life; every lock_sign_ms (lock.h). Statuses as pipeline_poll. */
status applier_sign(applier *a);

/* Milliseconds until applier_idle has a position or a request to write; -1: inside of a source transaction. */
int applier_idle_due(const applier *a);

/* Commits what is complete, position included; between source transactions only. For a clean end. */
status applier_finish(applier *a);

/* True between source transactions. */
bool applier_at_boundary(const applier *a);

/* After STATUS_RETRY: true if an INSERT has met a row that is there; the next applier is to be told. */
bool applier_met_duplicate(const applier *a);

/* After STATUS_RETRY: true if that was for rows that the source undid, as undone now has it. */
bool applier_learnt(const applier *a);

void applier_get_counts(const applier *a, applier_counts *out);

#endif
