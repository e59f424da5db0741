/*
 * plugin/emit.c
 *	  Events out: first how many, then one by one, so that memory does not grow with their number.
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
emit_begin(plugin_state *state, uint32 count)
{
	wire_frame frame = {
	    .type = WIRE_BEGIN,
	    .commit_lsn = state->txn->final_lsn,
	    .ordinal = state->ordinal,
	    .count = count,
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
	appendStringInfo(&line, "BEGIN %s %s %u %u", state->mark.source, state->mark.gtid,
	                 state->ordinal, count);
	output_line(state, &line, false);
	pfree(line.data);
}

static void
emit_event(plugin_state *state, const stream *s, const page_event *event, uint32 index,
           uint32 number)
{
	MemoryContext old = MemoryContextSwitchTo(state->event_context);
	wire_frame frame = {
	    .type = WIRE_EVENT,
	    .index = index,
	    .timestamp = state->mark.commit_time / USECS_PER_SECOND * MSECS_PER_SECOND,
	    .stream = text_bytes(s->name),
	};
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
		output_frame(state, &frame);
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
}

/* count_events counts what the streams take. */
static uint32
count_events(const plugin_state *state, const page_events *events)
{
	uint32 n = 0;

	for (int i = 0; i < events->count; i++)
		for (int j = 0; j < event_stream_count; j++)
			if (event_streams[j]->accepts(state, &events->list[i]))
				n++;
	return n;
}

void
emit_source(plugin_state *state)
{
	page_events events;
	uint32 *numbers; /* events so far of each wiki and stream */
	uint32 index = 0;
	uint32 count;

	classify_pages(state, &events);
	count = count_events(state, &events);
	if (count == 0)
		return;
	numbers =
	    MemoryContextAllocZero(state->source_context, source_wiki_count(state->source) *
	                                                      event_stream_count * sizeof(uint32));
	emit_begin(state, count);
	for (int i = 0; i < events.count; i++)
		for (int j = 0; j < event_stream_count; j++)
		{
			const page_event *event = &events.list[i];

			CHECK_FOR_INTERRUPTS();
			if (event_streams[j]->accepts(state, event))
				emit_event(state, event_streams[j], event, ++index,
				           ++numbers[event->wiki * event_stream_count + j]);
		}
	if (state->options.format == FORMAT_BINARY)
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
