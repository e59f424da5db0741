/*
 * source/intake.h
 *	  What of the binlog's events goes into the reader's queue, and where in the source's history that is.
 *
 * One for all connections of a reader, all in its thread, but for in_part.
 */
#ifndef MWMIRROR_SOURCE_INTAKE_H
#define MWMIRROR_SOURCE_INTAKE_H

#include <stdatomic.h>
#include <stdbool.h>
#include "source/binlog.h"
#include "source/gtid.h"
#include "source/held.h"
#include "source/history.h"
#include "source/reader.h"
#include "source/table_filter.h"
#include "support/arena.h"
#include "support/queue.h"
#include "support/status.h"

typedef struct intake
{
	queue *queue; /* the reader's */
	table_filter *filter;
	arena *arena;       /* for one event */
	gtid_list position; /* of the last complete transaction */
	gtid_event current;
	bool in_transaction;
	bool holding; /* what there is of it is held, nothing is in the queue yet */
	held held;
	reader_statement statement; /* whose rows come */
	atomic_bool in_part; /* there are images that lack columns: texts of statements are needed */

	/* whether the source's history is the one that the position is of */
	history history;
	bool checking; /* history.last is expected first in its domain */
	bool known;    /* history.last is what comes: it goes no further */
} intake;

/* Arguments as those of reader_start. False without memory; intake_free in any case, unless *in is all zero. */
bool intake_init(intake *in, queue *q, const gtid_list *position, const history *known,
                 bool in_part, reader_wants wants, void *context);

void intake_free(intake *in);

/*
 * A connection begins. from (empty, freed by the caller): where to read from if the history is looked at, which purged says is not
 * possible; else it stays empty, and that is the position.
 */
void intake_begin(intake *in, bool purged, gtid_list *from);

/*
 * The next event of the connection. STATUS_RETRY: connect anew, texts of statements are needed (in_part). STATUS_STOPPED: the queue was
 * closed. STATUS_DATA, STATUS_SOURCE (another history), STATUS_MEMORY: logged.
 */
status intake_take(intake *in, const binlog_event *e);

/* Tells the consumer to undo what it has of the transaction that has begun, if it has anything of it; kind says why. */
status intake_undo(intake *in, reader_kind kind);

/* The last item: why there are no more. */
void intake_end(intake *in, status why);

/* Consumer: takes the next item out of the queue, as reader_next. */
bool intake_next(queue *q, int timeout_ms, reader_item *out);

#endif
