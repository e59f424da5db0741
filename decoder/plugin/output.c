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

/* make_room sends what is gathered if so many bytes more are too many for one message. */
static void
make_room(plugin_state *state, Size size)
{
	if (state->frames.len > 0 && state->frames.len + size > WIRE_MESSAGE_TARGET)
		output_flush(state, false);
}

void
output_render_frame(StringInfo out, const wire_frame *frame)
{
	size_t size = wire_frame_size(frame);

	enlargeStringInfo(out, (int) size);
	wire_frame_write(frame, out->data + out->len);
	out->len += (int) size;
	out->data[out->len] = '\0';
}

static wire_frame
event_frame(const output_event *event, const char *value, int len)
{
	return (wire_frame){
	    .type = WIRE_EVENT,
	    .index = event->index,
	    .timestamp = event->timestamp,
	    .stream = {.data = event->stream, .len = (uint32) strlen(event->stream)},
	    .key = {.data = event->key, .len = event->key == NULL ? 0 : (uint32) strlen(event->key)},
	    .value = {.data = value, .len = (uint32) len},
	};
}

static void
render_line(StringInfo out, const output_event *event, const char *value, int len)
{
	appendStringInfo(out, "%s %s ", event->stream, event->key == NULL ? "-" : event->key);
	appendBinaryStringInfo(out, value, len);
}

void
output_render_event(const plugin_state *state, StringInfo out, const output_event *event,
                    const char *value, int len)
{
	wire_frame frame;

	if (state->options.format == FORMAT_TEXT)
		render_line(out, event, value, len);
	else
	{
		frame = event_frame(event, value, len);
		output_render_frame(out, &frame);
	}
}

void
output_frame(plugin_state *state, const wire_frame *frame)
{
	make_room(state, wire_frame_size(frame));
	output_render_frame(&state->frames, frame);
}

void
output_whole_event(plugin_state *state, const output_event *event, const char *value, int len)
{
	wire_frame frame;

	if (state->options.format == FORMAT_TEXT)
	{
		OutputPluginPrepareWrite(state->ctx, false);
		render_line(state->ctx->out, event, value, len);
		OutputPluginWrite(state->ctx, false);
		state->silent_changes = 0;
	}
	else
	{
		frame = event_frame(event, value, len);
		output_frame(state, &frame);
	}
}

void
output_bytes(plugin_state *state, const char *data, int len, bool last)
{
	if (state->options.format == FORMAT_BINARY)
	{
		make_room(state, len);
		appendBinaryStringInfo(&state->frames, data, len);
		return;
	}
	OutputPluginPrepareWrite(state->ctx, last);
	appendBinaryStringInfo(state->ctx->out, data, len);
	OutputPluginWrite(state->ctx, last);
	state->silent_changes = 0;
}
