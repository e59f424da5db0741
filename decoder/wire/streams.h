/*
 * wire/streams.h
 *	  The streams that the plugin writes and what their Kafka topics need. One line a stream.
 */
#ifndef MWMIRROR_WIRE_STREAMS_H
#define MWMIRROR_WIRE_STREAMS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct stream_info
{
	const char *name;         /* topic name without the configured prefix */
	int partitions;           /* consumers rely on one: it keeps a wiki's commit order */
	const char *cleanup;      /* cleanup.policy of the topic */
	const char *retention_ms; /* NULL: the broker's own */
} stream_info;

extern const stream_info streams[];
extern const size_t stream_count;

/* Returns the stream of that name, NULL if there is none. */
const stream_info *stream_find(const char *name, size_t len);

#endif
