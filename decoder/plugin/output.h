/*
 * plugin/output.h
 *	  The lowest step of output: frames (wire/wire.h) gathered into messages, or lines of text, to the client.
 */
#ifndef MWMIRROR_PLUGIN_OUTPUT_H
#define MWMIRROR_PLUGIN_OUTPUT_H

#include "plugin/state.h"
#include "wire/wire.h"

/*
 * Sends a frame: it is gathered with others. Returns it as it was written: it is sent with the next call of output_frame or
 * output_flush at the earliest, and may be changed in place until then.
 */
extern char *output_frame(plugin_state *state, const wire_frame *frame);
/* Sends a line of the text format. last: nothing of this PG transaction follows. */
extern void output_line(plugin_state *state, const StringInfoData *line, bool last);
/* Sends the gathered frames as one message. last: nothing of this PG transaction follows. */
extern void output_flush(plugin_state *state, bool last);

#endif
