/*
 * relay/streams.h
 *	  The streams of the module in PostgreSQL: which there are, what their topics need, and by which numbers events name them.
 *
 * There is one list, the module's (decoder/plugin/stream.h). It is asked on the connection that is then read: the same server
 * process answers and decodes, so a module that is replaced meanwhile cannot write a stream that is not in the list.
 */
#ifndef MWMIRROR_RELAY_STREAMS_H
#define MWMIRROR_RELAY_STREAMS_H

#include <libpq-fe.h>
#include <stddef.h>
#include "support/status.h"
#include "wire/wire.h"

#define STREAM_UNANNOUNCED (-1)

typedef struct stream_info
{
	const char *name; /* of its topic, without the configured prefix */
	int partitions;
	const char *cleanup;      /* cleanup.policy */
	const char *retention_ms; /* "": the broker's own */
	int number;               /* in the frames of this session, or STREAM_UNANNOUNCED */
} stream_info;

/* Zero-initialised is empty. */
typedef struct stream_list
{
	stream_info *items; /* owned, and their texts by rows */
	size_t count;
	PGresult *rows;
} stream_list;

/*
 * Checks the extension and asks it, on a connection of either kind. STATUS_TARGET, STATUS_RETRY, STATUS_STOPPED: logged;
 * *out is empty then. Freed by streams_free.
 */
status streams_read(PGconn *conn, stream_list *out);

void streams_free(stream_list *l);

/*
 * Takes a stream's frame. STATUS_BUG, logged: the stream is not in the list or is another one there, or it or its number was
 * announced before.
 */
status streams_announce(stream_list *l, const wire_frame *f);

/* The stream that was announced with this number; NULL, logged, if none was. */
const stream_info *streams_find(const stream_list *l, int number);

#endif
