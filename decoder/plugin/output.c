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

void
output_frame(plugin_state *state, const wire_frame *frame)
{
	StringInfo out = &state->frames;
	size_t size = wire_frame_size(frame);

	if (out->len > 0 && out->len + size > WIRE_MESSAGE_TARGET)
		output_flush(state, false);
	enlargeStringInfo(out, (int) size);
	wire_frame_write(frame, out->data + out->len);
	out->len += (int) size;
	out->data[out->len] = '\0';
}

void
output_line(plugin_state *state, const StringInfoData *line, bool last)
{
	OutputPluginPrepareWrite(state->ctx, last);
	appendBinaryStringInfo(state->ctx->out, line->data, line->len);
	OutputPluginWrite(state->ctx, last);
	state->silent_changes = 0;
}

static void
output_event_line(plugin_state *state, const output_head *head, const char *value, int len)
{
	OutputPluginPrepareWrite(state->ctx, false);
	appendStringInfo(state->ctx->out, "%s %s ", head->stream, head->key == NULL ? "-" : head->key);
	appendBinaryStringInfo(state->ctx->out, value, len);
	OutputPluginWrite(state->ctx, false);
	state->silent_changes = 0;
}

void
output_event(plugin_state *state, const output_head *head, const char *value, int len)
{
	wire_frame frame = {
	    .type = WIRE_EVENT,
	    .index = head->index,
	    .timestamp = head->timestamp,
	    .stream = {.data = head->stream, .len = (uint32) strlen(head->stream)},
	    .key = {.data = head->key, .len = head->key == NULL ? 0 : (uint32) strlen(head->key)},
	    .value = {.data = value, .len = (uint32) len},
	};

	if (state->options.format == FORMAT_TEXT)
		output_event_line(state, head, value, len);
	else
		output_frame(state, &frame);
}
