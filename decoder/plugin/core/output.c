/*
 * plugin/core/output.c
 *	  Frames and lines to the client; see output.h.
 */
#include "plugin/core/output.h"

#include "utils/memutils.h"
#include "wire/wire.h"

/* Calls after which the client must hear of us, or the walsender thinks it gone. */
#define SILENT_CALLS_MOST 256

/* Numbers of requests' topics, from here on, are none of streams. */
#define OWN_TOPICS 0x8000

#define MESSAGE_KEPT (1 << 20) /* memory of a larger message is given back */

#define USECS_PER_SECOND 1000000
#define MSECS_PER_SECOND 1000

static wire_bytes
text_bytes(const char *text)
{
	return (wire_bytes){.data = text, .len = (uint32) strlen(text)};
}

/* ---- messages ---- */

void
output_keep_alive(session *s)
{
	if (++s->silent_calls < SILENT_CALLS_MOST)
		return;
	s->silent_calls = 0;
	OutputPluginUpdateProgress(s->ctx, false);
}

/* empty_message gives back what was large: the server keeps its buffer as long as the session. */
static void
empty_message(StringInfo out)
{
	MemoryContext old;

	if (out->maxlen <= MESSAGE_KEPT)
		return;
	old = MemoryContextSwitchTo(GetMemoryChunkContext(out->data));
	pfree(out->data);
	initStringInfo(out);
	MemoryContextSwitchTo(old);
}

/* flush sends the gathered frames as one message. */
static void
flush(session *s, bool last)
{
	if (s->frames.len == 0)
		return;
	OutputPluginPrepareWrite(s->ctx, last);
	appendBinaryStringInfo(s->ctx->out, s->frames.data, s->frames.len);
	session_empty_buffer(s, &s->frames);
	OutputPluginWrite(s->ctx, last);
	empty_message(s->ctx->out);
	s->silent_calls = 0;
}

/*
 * put_frame
 *	 Gathers a frame. Returns where it was written: it is sent with the next frame at the earliest, and may be changed in place
 *	 until then.
 */
static char *
put_frame(session *s, const wire_frame *frame)
{
	StringInfo out = &s->frames;
	size_t size = wire_frame_size(frame);
	char *at;

	if (out->len > 0 && out->len + size > WIRE_MESSAGE_TARGET)
		flush(s, false);
	enlargeStringInfo(out, (int) size);
	at = out->data + out->len;
	wire_frame_write(frame, at);
	out->len += (int) size;
	out->data[out->len] = '\0';
	return at;
}

void
output_line(session *s, bool last, const char *format, ...)
{
	va_list args;
	int missing;

	OutputPluginPrepareWrite(s->ctx, last);
	for (;;)
	{
		va_start(args, format);
		missing = appendStringInfoVA(s->ctx->out, format, args);
		va_end(args);
		if (missing == 0)
			break;
		enlargeStringInfo(s->ctx->out, missing);
	}
	OutputPluginWrite(s->ctx, last);
	empty_message(s->ctx->out);
	s->silent_calls = 0;
}

/* ---- what is sent ---- */

void
output_begin(session *s)
{
	const wire_frame frame = {
	    .type = WIRE_BEGIN,
	    .commit_lsn = s->txn->final_lsn,
	    .ordinal = s->ordinal,
	    .commit_time = s->mark.commit_time,
	    .source = text_bytes(s->mark.source),
	    .gtid = text_bytes(s->mark.gtid),
	    .at = text_bytes(s->told.is_active ? s->told.at : ""),
	};

	if (s->options.format == FORMAT_BINARY)
		put_frame(s, &frame);
	else
		output_line(s, false, "BEGIN %s %s %u", s->mark.source, s->mark.gtid, s->ordinal);
}

/* put_stream tells the client of a stream, or of a topic of a request for it. */
static void
put_stream(session *s, int number, const char *name, const char *topic)
{
	const wire_frame frame = {
	    .type = WIRE_STREAM,
	    .stream = (uint16) number,
	    .name = text_bytes(name),
	    .topic = text_bytes(topic),
	};

	put_frame(s, &frame);
}

/* announce_topic does so once a session, and returns the number of the topic. */
static int
announce_topic(session *s, int stream_number, const char *name, const char *topic)
{
	int number = OWN_TOPICS;
	struct told_topic *known;
	MemoryContext old;
	ListCell *cell;

	foreach (cell, s->announced_topics)
	{
		known = lfirst(cell);
		if (known->stream == stream_number && strcmp(known->topic, topic) == 0)
			return number;
		number++;
	}
	old = MemoryContextSwitchTo(s->context);
	known = palloc(sizeof(*known));
	known->stream = stream_number;
	known->topic = pstrdup(topic);
	s->announced_topics = lappend(s->announced_topics, known);
	MemoryContextSwitchTo(old);
	put_stream(s, number, name, topic);
	return number;
}

/* announce tells the client where a stream's message goes, once a session, and returns the number of that. */
static int
announce(session *s, int number, const char *name)
{
	MemoryContext old;

	for (int i = 0; s->told.is_active && i < s->told.topic_count; i++)
		if (s->told.topics[i].stream == number)
			return announce_topic(s, number, name, s->told.topics[i].topic);
	if (bms_is_member(number, s->announced))
		return number;
	put_stream(s, number, name, "");
	old = MemoryContextSwitchTo(s->context);
	s->announced = bms_add_member(s->announced, number);
	MemoryContextSwitchTo(old);
	return number;
}

void
output_event(session *s, int number, const char *name, uint32 index, const StringInfoData *key,
             const StringInfoData *value)
{
	wire_frame frame = {
	    .type = WIRE_EVENT,
	    .index = index,
	    .timestamp = s->mark.commit_time / USECS_PER_SECOND * MSECS_PER_SECOND,
	    .flags = s->lacks,
	};

	if (s->options.format == FORMAT_TEXT)
	{
		output_line(s, false, "%s %s %s", name, key->len > 0 ? key->data : "-",
		            value->len > 0 ? value->data : "-");
		return;
	}
	if (key->len > 0)
		frame.key = (wire_bytes){.data = key->data, .len = (uint32) key->len};
	if (value->len > 0)
		frame.value = (wire_bytes){.data = value->data, .len = (uint32) value->len};
	frame.stream = (uint16) announce(s, number, name);
	s->last_event = put_frame(s, &frame);
}

void
output_end(session *s)
{
	if (s->options.format == FORMAT_TEXT)
		return;
	wire_event_set_last(s->last_event);
	put_frame(s, &(wire_frame){.type = WIRE_SOURCE_END});
}

void
output_commit(session *s, XLogRecPtr commit_lsn, XLogRecPtr end_lsn)
{
	const wire_frame frame = {
	    .type = WIRE_COMMIT,
	    .commit_lsn = commit_lsn,
	    .end_lsn = end_lsn,
	    .commit_time = s->mark.commit_time,
	    .source = text_bytes(s->mark.source),
	    .gtid = text_bytes(s->mark.gtid),
	};

	if (s->options.format == FORMAT_BINARY)
	{
		put_frame(s, &frame);
		flush(s, true);
	}
	else if (s->mark.gtid[0] != '\0')
		output_line(s, true, "COMMIT %s %s", s->mark.source, s->mark.gtid);
}
