/*
 * plugin/output.c
 *	  Frames and lines to the client; see output.h.
 */
#include "plugin/output.h"

void
output_flush(plugin_state *state, bool last)
{
	if (state->frames.len == 0)
		return;
	OutputPluginPrepareWrite(state->ctx, last);
	appendBinaryStringInfo(state->ctx->out, state->frames.data, state->frames.len);
	OutputPluginWrite(state->ctx, last);
	resetStringInfo(&state->frames);
	state->silent_changes = 0;
}

char *
output_frame(plugin_state *state, const wire_frame *frame)
{
	StringInfo out = &state->frames;
	size_t size = wire_frame_size(frame);
	char *at;

	if (out->len > 0 && out->len + size > WIRE_MESSAGE_TARGET)
		output_flush(state, false);
	enlargeStringInfo(out, (int) size);
	at = out->data + out->len;
	wire_frame_write(frame, at);
	out->len += (int) size;
	out->data[out->len] = '\0';
	return at;
}

void
output_line(plugin_state *state, const StringInfoData *line, bool last)
{
	OutputPluginPrepareWrite(state->ctx, last);
	appendBinaryStringInfo(state->ctx->out, line->data, line->len);
	OutputPluginWrite(state->ctx, last);
	state->silent_changes = 0;
}
