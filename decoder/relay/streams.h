/*
 * relay/streams.h
 *	  The streams: which there are, their topics and what these need, and by which numbers events name them.
 *
 * A request may have a topic of its own for a stream: the plugin announces it, and it is an item more, like its stream but for the topic.
 *
 * There is one list, mwmirror.streams(). It is asked on the connection that is then read: the same server process answers and decodes,
 * so a module that is replaced meanwhile cannot write a stream that is not in the list. A stream may be switched on while it is
 * read, and one that is off now may have events in the WAL, from before: then the list is read anew.
 */
#ifndef MWMIRROR_RELAY_STREAMS_H
#define MWMIRROR_RELAY_STREAMS_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include "support/status.h"
#include "wire/wire.h"

#define STREAM_UNANNOUNCED (-1)

typedef struct stream_info
{
	const char *name;
	const char *topic; /* without the configured prefix */
	int partitions;
	const char *cleanup;           /* cleanup.policy */
	const char *retention_ms;      /* "": the broker's own */
	const char *compaction_lag_ms; /* max.compaction.lag.ms of a compacted one; likewise */
	bool is_own;                   /* a request's: the relay makes the topic */
	bool is_off;                   /* no wiki has it on now; the WAL may hold events from before */
	int number;                    /* in the frames of this session, or STREAM_UNANNOUNCED */
} stream_info;

/* What was announced though it is not published to. Both are owned. */
typedef struct stream_late
{
	char *name;
	char *topic; /* a request's; NULL: the stream's */
} stream_late;

/* Zero-initialised is empty. */
typedef struct stream_list
{
	stream_info *items; /* owned, and their texts by rows */
	size_t count; /* the first of them: those that are published to, whose topics are checked */
	size_t known; /* all of them */
	struct stream_late
	    *late; /* owned; streams and topics that were announced though they are not published to */
	size_t late_count;
	PGresult *rows;
} stream_list;

/*
 * Checks the extension and asks it, on a connection of either kind. Published to are those that are on, and those that were late.
 * STATUS_TARGET, STATUS_RETRY, STATUS_STOPPED: logged; *l has no items then. Freed by streams_free.
 */
status streams_read(PGconn *conn, stream_list *l);

/* Takes the list's rows: name, topic, partitions, cleanup, retention_ms, enabled, compaction_lag_ms. STATUS_TARGET, logged: two have one topic. */
status streams_take(stream_list *l, PGresult *rows);

/* Frees all but the names of streams that were late, for the next streams_read. */
void streams_close(stream_list *l);

void streams_free(stream_list *l);

/*
 * Takes a stream's frame. STATUS_RETRY, logged: it is not published to, as it was off when the list was read; it will be when that is
 * read again. STATUS_BUG, logged: it is not in the list, or it or its number was announced before.
 */
status streams_announce(stream_list *l, const wire_frame *f);

/* The stream that was announced with this number; NULL, logged, if none was. */
const stream_info *streams_find(const stream_list *l, int number);

#endif
