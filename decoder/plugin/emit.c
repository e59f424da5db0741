/*
 * plugin/emit.c
 *	  Events out, one by one, so that memory does not grow with their number; the last one says that it is the last.
 */
#include "plugin/emit.h"

#include "miscadmin.h"
#include "plugin/output.h"
#include "plugin/stream.h"
#include "utils/memutils.h"

#define USECS_PER_SECOND 1000000
#define MSECS_PER_SECOND 1000

static wire_bytes
text_bytes(const char *text)
{
	return (wire_bytes){.data = text, .len = (uint32) strlen(text)};
}

static void
emit_begin(plugin_state *state)
{
	wire_frame frame = {
	    .type = WIRE_BEGIN,
	    .commit_lsn = state->txn->final_lsn,
	    .ordinal = state->ordinal,
	    .commit_time = state->mark.commit_time,
	    .source = text_bytes(state->mark.source),
	    .gtid = text_bytes(state->mark.gtid),
	};
	StringInfoData line;

	if (state->options.format == FORMAT_BINARY)
	{
		output_frame(state, &frame);
		return;
	}
	initStringInfo(&line);
	appendStringInfo(&line, "BEGIN %s %s %u", state->mark.source, state->mark.gtid, state->ordinal);
	output_line(state, &line, false);
	pfree(line.data);
}

/* emit_stream tells the client of a stream, once a session. */
static void
emit_stream(plugin_state *state, int number)
{
	const stream *s = event_streams[number];
	const wire_frame frame = {
	    .type = WIRE_STREAM,
	    .stream = (uint16) number,
	    .name = text_bytes(s->name),
	    .partitions = s->partitions,
	    .cleanup = text_bytes(s->cleanup),
	    .retention_ms = text_bytes(s->retention_ms),
	};

	if (state->announced == NULL)
		state->announced =
		    MemoryContextAllocZero(state->context, event_stream_count * sizeof(bool));
	if (state->announced[number])
		return;
	output_frame(state, &frame);
	state->announced[number] = true;
}

/* emit_event returns the event's frame, as output_frame does; NULL in the text format. */
static char *
emit_event(plugin_state *state, int stream_number, const page_event *event, uint32 index,
           uint32 number)
{
	MemoryContext old = MemoryContextSwitchTo(state->event_context);
	const stream *s = event_streams[stream_number];
	wire_frame frame = {
	    .type = WIRE_EVENT,
	    .index = index,
	    .timestamp = state->mark.commit_time / USECS_PER_SECOND * MSECS_PER_SECOND,
	    .stream = (uint16) stream_number,
	};
	char *written = NULL;
	StringInfoData key;
	StringInfoData value;
	StringInfoData line;

	initStringInfo(&key);
	initStringInfo(&value);
	stream_render(state, s, event, number, &key, &value);
	if (state->options.format == FORMAT_BINARY)
	{
		if (key.len > 0)
			frame.key = (wire_bytes){.data = key.data, .len = (uint32) key.len};
		frame.value = (wire_bytes){.data = value.data, .len = (uint32) value.len};
		emit_stream(state, stream_number);
		written = output_frame(state, &frame);
	}
	else
	{
		initStringInfo(&line);
		appendStringInfo(&line, "%s %s ", s->name, key.len > 0 ? key.data : "-");
		appendBinaryStringInfo(&line, value.data, value.len);
		output_line(state, &line, false);
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(state->event_context);
	return written;
}

void
emit_source(plugin_state *state)
{
	page_events events;
	uint32 *numbers; /* events so far of each wiki and stream */
	uint32 index = 0;
	char *last = NULL;

	classify_pages(state, &events);
	numbers =
	    MemoryContextAllocZero(state->source_context, source_wiki_count(state->source) *
	                                                      event_stream_count * sizeof(uint32));
	for (int i = 0; i < events.count; i++)
		for (int j = 0; j < event_stream_count; j++)
		{
			const page_event *event = &events.list[i];

			CHECK_FOR_INTERRUPTS();
			if (!event_streams[j]->accepts(state, event))
				continue;
			if (index == 0)
				emit_begin(state);
			last = emit_event(state, j, event, ++index,
			                  ++numbers[event->wiki * event_stream_count + j]);
		}
	if (last == NULL) /* no events, or the text format */
		return;
	wire_event_set_last(last);
	output_frame(state, &(wire_frame){.type = WIRE_SOURCE_END});
}

void
emit_commit(plugin_state *state, XLogRecPtr commit_lsn, XLogRecPtr end_lsn)
{
	wire_frame frame = {
	    .type = WIRE_COMMIT,
	    .commit_lsn = commit_lsn,
	    .end_lsn = end_lsn,
	    .commit_time = state->mark.commit_time,
	    .source = text_bytes(state->mark.source),
	    .gtid = text_bytes(state->mark.gtid),
	};
	StringInfoData line;

	if (state->options.format == FORMAT_BINARY)
	{
		output_frame(state, &frame);
		output_flush(state, true);
	}
	else if (state->mark.gtid[0] != '\0')
	{
		initStringInfo(&line);
		appendStringInfo(&line, "COMMIT %s %s", state->mark.source, state->mark.gtid);
		output_line(state, &line, true);
		pfree(line.data);
	}
}
