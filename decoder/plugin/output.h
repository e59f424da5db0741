/*
 * plugin/output.h
 *	  The lowest step of output: frames (wire/wire.h) gathered into messages, or lines of text, to the client.
 */
#ifndef MWMIRROR_PLUGIN_OUTPUT_H
#define MWMIRROR_PLUGIN_OUTPUT_H

#include "plugin/state.h"
#include "wire/wire.h"

/* What an event carries besides its value. key is NULL for none. */
typedef struct output_event
{
	uint32 index; /* 1-based within the source transaction */
	int64 timestamp;
	const char *stream;
	const char *key;
} output_event;

/* Appends a frame to out, which may be the frames that are gathered. */
extern void output_render_frame(StringInfo out, const wire_frame *frame);
/* Appends an event in the session's format: a frame or a line. */
extern void output_render_event(const plugin_state *state, StringInfo out,
                                const output_event *event, const char *value, int len);

/* Sends a frame: it is gathered with others. */
extern void output_frame(plugin_state *state, const wire_frame *frame);
/* Sends an event. */
extern void output_whole_event(plugin_state *state, const output_event *event, const char *value,
                               int len);
/* Sends what output_render_* made: one frame or one line. */
extern void output_bytes(plugin_state *state, const char *data, int len, bool last);
/* Sends the gathered frames as one message. last: nothing of this PG transaction follows. */
extern void output_flush(plugin_state *state, bool last);

#endif
