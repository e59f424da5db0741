/*
 * plugin/emit.c
 *	  Events out: first how many, then one by one, so that memory does not grow with their number.
 *
 * All output goes straight to the client, or through the queue of hold.h while something waits there.
 */
#include "plugin/emit.h"

#include "miscadmin.h"
#include "plugin/hold.h"
#include "plugin/output.h"
#include "plugin/stream.h"
#include "utils/memutils.h"

#define USECS_PER_SECOND 1000000
#define MSECS_PER_SECOND 1000

/* emit_line sends a line of the text format. */
static void
emit_line(plugin_state *state, const StringInfoData *line, bool last)
{
	if (hold_is_open(state))
		hold_put(state, line->data, line->len);
	else
		output_bytes(state, line->data, line->len, last);
}

static void
emit_frame(plugin_state *state, const wire_frame *frame)
{
	StringInfoData bytes;

	if (!hold_is_open(state))
	{
		output_frame(state, frame);
		return;
	}
	initStringInfo(&bytes);
	output_render_frame(&bytes, frame);
	hold_put(state, bytes.data, bytes.len);
	pfree(bytes.data);
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
	StringInfoData line;

	if (state->options.format == FORMAT_BINARY)
	{
		emit_frame(state, &frame);
		return;
	}
	initStringInfo(&line);
	appendStringInfo(&line, "BEGIN %s %u %u", state->mark.gtid, state->ordinal, count);
	emit_line(state, &line, false);
	pfree(line.data);
}

/* hold_event queues an event without its log row; a deletion also as it is if that row suppresses it. */
static void
hold_event(plugin_state *state, const stream *s, const page_event *event, uint32 number,
           const output_event *head, const StringInfoData *value, const stream_gaps *gaps)
{
	hold_rendering plain = {.value = value->data, .len = value->len, .gaps = *gaps};
	hold_rendering suppressed = {0};
	page_event other = *event;
	StringInfoData other_key;
	StringInfoData other_value;

	if (event->kind == PAGE_DELETE && !event->suppressed)
	{
		other.suppressed = true;
		initStringInfo(&other_key);
		initStringInfo(&other_value);
		stream_render(state, s, &other, number, &other_key, &other_value, &suppressed.gaps);
		suppressed.value = other_value.data;
		suppressed.len = other_value.len;
	}
	hold_put_event(state, s, event, head, &plain, &suppressed);
}

static void
emit_event(plugin_state *state, const stream *s, const page_event *event, uint32 index,
           uint32 number)
{
	MemoryContext old = MemoryContextSwitchTo(state->event_context);
	output_event head = {
	    .index = index,
	    .timestamp = state->mark.commit_time / USECS_PER_SECOND * MSECS_PER_SECOND,
	    .stream = s->name,
	};
	stream_gaps gaps;
	StringInfoData key;
	StringInfoData value;
	StringInfoData bytes;

	initStringInfo(&key);
	initStringInfo(&value);
	stream_render(state, s, event, number, &key, &value, &gaps);
	if (key.len > 0)
		head.key = key.data;
	if (hold_may_wait(state) && page_event_lacks_log(event))
		hold_event(state, s, event, number, &head, &value, &gaps);
	else if (hold_is_open(state))
	{
		initStringInfo(&bytes);
		output_render_event(state, &bytes, &head, value.data, value.len);
		hold_put(state, bytes.data, bytes.len);
	}
	else
		output_whole_event(state, &head, value.data, value.len);
	MemoryContextSwitchTo(old);
	MemoryContextReset(state->event_context);
}

/* count_events counts what the streams take; *lacks_log: of one of them the log row may come later. */
static uint32
count_events(const plugin_state *state, const page_events *events, bool *lacks_log)
{
	uint32 n = 0;

	*lacks_log = false;
	for (int i = 0; i < events->count; i++)
		for (int j = 0; j < event_stream_count; j++)
			if (event_streams[j]->accepts(state, &events->list[i]))
			{
				n++;
				*lacks_log |= page_event_lacks_log(&events->list[i]);
			}
	return n;
}

void
emit_source(plugin_state *state)
{
	page_events events;
	uint32 *numbers; /* events so far of each stream */
	uint32 index = 0;
	uint32 count;
	bool waits;

	classify_pages(state, &events);
	count = count_events(state, &events, &waits);
	if (count == 0)
		return;
	waits = waits && state->options.log_wait_ms > 0;
	numbers = MemoryContextAllocZero(state->source_context, event_stream_count * sizeof(uint32));
	if (waits)
		hold_begin(state);
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
	if (waits)
		hold_end(state);
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
	StringInfoData line;

	if (state->options.format == FORMAT_BINARY)
	{
		emit_frame(state, &frame);
		hold_say_waiting(state);
		output_flush(state, true);
	}
	else if (state->last_mark.gtid[0] != '\0')
	{
		initStringInfo(&line);
		appendStringInfo(&line, "COMMIT %s", state->last_mark.gtid);
		emit_line(state, &line, true);
		pfree(line.data);
	}
}
