/*
 * plugin/emit.c
 *	  Events out: first how many, then one by one, so that memory does not grow with their number.
 */
#include "plugin/emit.h"

#include "plugin/stream.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "wire/wire.h"

#define USECS_PER_SECOND 1000000
#define MSECS_PER_SECOND 1000

/* emit_flush sends the gathered frames as one message. */
static void
emit_flush(plugin_state *state, bool last)
{
	if (state->frames.len == 0)
		return;
	OutputPluginPrepareWrite(state->ctx, last);
	appendBinaryStringInfo(state->ctx->out, state->frames.data, state->frames.len);
	OutputPluginWrite(state->ctx, last);
	resetStringInfo(&state->frames);
	state->silent_changes = 0;
}

static void
emit_frame(plugin_state *state, const wire_frame *frame)
{
	size_t size = wire_frame_size(frame);

	if (state->frames.len > 0 && state->frames.len + size > WIRE_MESSAGE_TARGET)
		emit_flush(state, false);
	enlargeStringInfo(&state->frames, (int) size);
	wire_frame_write(frame, state->frames.data + state->frames.len);
	state->frames.len += (int) size;
	state->frames.data[state->frames.len] = '\0';
}

/* emit_line sends one line of the text format. */
static void emit_line(plugin_state *state, bool last, const char *format, ...)
    pg_attribute_printf(3, 4);

static void
emit_line(plugin_state *state, bool last, const char *format, ...)
{
	int needed;

	OutputPluginPrepareWrite(state->ctx, last);
	do
	{
		va_list args;

		va_start(args, format);
		needed = appendStringInfoVA(state->ctx->out, format, args);
		va_end(args);
		if (needed != 0)
			enlargeStringInfo(state->ctx->out, needed);
	} while (needed != 0);
	OutputPluginWrite(state->ctx, last);
	state->silent_changes = 0;
}

static wire_bytes
gtid_bytes(const mark *m)
{
	return (wire_bytes){.data = m->gtid, .len = (uint32) strlen(m->gtid)};
}

static void
emit_begin(plugin_state *state, uint32 count)
{
	wire_frame frame = {
	    .type = WIRE_BEGIN,
	    .commit_lsn = state->txn->final_lsn,
	    .ordinal = state->ordinal,
	    .count = count,
	    .commit_time = state->mark.commit_time,
	    .gtid = gtid_bytes(&state->mark),
	};

	if (state->options.format == FORMAT_TEXT)
		emit_line(state, false, "BEGIN %s %u %u", state->mark.gtid, state->ordinal, count);
	else
		emit_frame(state, &frame);
}

static void
emit_event(plugin_state *state, const stream *s, const page_event *event, uint32 index,
           uint32 number)
{
	MemoryContext old = MemoryContextSwitchTo(state->event_context);
	StringInfoData key;
	StringInfoData value;
	wire_frame frame;

	initStringInfo(&key);
	initStringInfo(&value);
	stream_render(state, s, event, number, &key, &value);
	MemoryContextSwitchTo(old);
	if (state->options.format == FORMAT_TEXT)
		emit_line(state, false, "%s %s %s", s->name, key.len > 0 ? key.data : "-", value.data);
	else
	{
		frame = (wire_frame){
		    .type = WIRE_EVENT,
		    .index = index,
		    .timestamp = state->mark.commit_time / USECS_PER_SECOND * MSECS_PER_SECOND,
		    .stream = {.data = s->name, .len = (uint32) strlen(s->name)},
		    .key = {.data = key.len > 0 ? key.data : NULL,
		            .len = key.len > 0 ? (uint32) key.len : WIRE_NULL},
		    .value = {.data = value.data, .len = (uint32) value.len},
		};
		emit_frame(state, &frame);
	}
	MemoryContextReset(state->event_context);
}

static uint32
count_events(const plugin_state *state, const page_events *events)
{
	uint32 n = 0;

	for (int i = 0; i < events->count; i++)
		for (int j = 0; j < event_stream_count; j++)
			n += event_streams[j]->accepts(state, &events->list[i]) ? 1 : 0;
	return n;
}

void
emit_source(plugin_state *state)
{
	page_events events;
	uint32 *numbers; /* events so far of each stream */
	uint32 index = 0;
	uint32 count;

	classify_pages(state, &events);
	count = count_events(state, &events);
	if (count == 0)
		return;
	numbers = MemoryContextAllocZero(state->source_context, event_stream_count * sizeof(uint32));
	emit_begin(state, count);
	for (int i = 0; i < events.count; i++)
		for (int j = 0; j < event_stream_count; j++)
		{
			CHECK_FOR_INTERRUPTS();
			if (event_streams[j]->accepts(state, &events.list[i]))
				emit_event(state, event_streams[j], &events.list[i], ++index, ++numbers[j]);
		}
	if (state->options.format == FORMAT_BINARY)
		emit_frame(state, &(wire_frame){.type = WIRE_SOURCE_END});
}

void
emit_commit(plugin_state *state, XLogRecPtr commit_lsn, XLogRecPtr end_lsn)
{
	wire_frame frame = {
	    .type = WIRE_COMMIT,
	    .commit_lsn = commit_lsn,
	    .end_lsn = end_lsn,
	    .commit_time = state->last_mark.commit_time,
	    .gtid = gtid_bytes(&state->last_mark),
	};

	if (state->options.format == FORMAT_BINARY)
	{
		emit_frame(state, &frame);
		emit_flush(state, true);
	}
	else if (state->last_mark.gtid[0] != '\0')
		emit_line(state, true, "COMMIT %s", state->last_mark.gtid);
}
