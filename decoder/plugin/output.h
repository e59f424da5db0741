/*
 * plugin/output.h
 *	  The lowest step of output: frames (wire/wire.h) gathered into messages, or lines of text, to the client.
 */
#ifndef MWMIRROR_PLUGIN_OUTPUT_H
#define MWMIRROR_PLUGIN_OUTPUT_H

#include "plugin/state.h"
#include "wire/wire.h"

/* What an event carries besides its value. key is NULL for none. */
typedef struct output_head
{
	uint32 index; /* 1-based within the source transaction */
	int64 timestamp;
	const char *stream;
	const char *key;
} output_head;

/* Sends a frame: it is gathered with others. */
extern void output_frame(plugin_state *state, const wire_frame *frame);
/* Sends a line of the text format. last: nothing of this PG transaction follows. */
extern void output_line(plugin_state *state, const StringInfoData *line, bool last);
/* Sends an event in the session's format: a frame or a line. */
extern void output_event(plugin_state *state, const output_head *head, const char *value, int len);
/* Sends the gathered frames as one message. last: nothing of this PG transaction follows. */
extern void output_flush(plugin_state *state, bool last);

#endif
