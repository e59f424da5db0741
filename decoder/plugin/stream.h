/*
 * plugin/stream.h
 *	  The streams that the plugin writes. Adding one is a file with these functions and a line in stream.c.
 */
#ifndef MWMIRROR_PLUGIN_STREAM_H
#define MWMIRROR_PLUGIN_STREAM_H

#include "plugin/classify.h"
#include "plugin/lookup.h"

typedef struct stream
{
	const char *name;   /* topic without prefix, and meta.stream */
	const char *schema; /* $schema */

	/* What its topic needs. */
	uint16 partitions;        /* one keeps the order in which a wiki's changes were committed */
	const char *cleanup;      /* cleanup.policy */
	const char *retention_ms; /* retention.ms; "": the broker's own */

	/* True if the stream has an event for it. */
	bool (*accepts)(const plugin_state *state, const page_event *event);
	/* Writes the key of the message; leaves out empty for none. */
	void (*put_key)(plugin_state *state, const page_event *event, StringInfo out);
	/* Writes the members of the event up to $schema, without braces; sets *uri for meta. */
	void (*put_body)(plugin_state *state, wiki *w, const page_event *event, StringInfo out,
	                 const char **uri);
} stream;

/* All streams, in the order in which one change appears on them. */
extern const stream *const event_streams[];
extern const int event_stream_count;

/*
 * stream_render
 *	 Writes key and value of an event. number: of the event on its stream, see identity.h.
 */
extern void stream_render(plugin_state *state, const stream *s, const page_event *event,
                          uint32 number, StringInfo key, StringInfo value);

/* One per file, see there. */
extern const stream page_change_stream;

#endif
