/*
 * relay/messages_check.c
 *	  See messages_check.h.
 */
#include "relay/messages_check.h"

#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <string.h>

#include "relay/kafka_client.h"
#include "relay/kafka_error.h"
#include "support/clock.h"
#include "support/log.h"
#include "support/stop.h"

#define MOST_OFFSETS 50000 /* a line over more than these is not counted */
#define POLL_MS 100

typedef struct messages_check
{
	const config *config;
	const stream_list *streams;
	rd_kafka_t *reader; /* read_committed */
	int64_t until_ms;
} messages_check;

/* Compaction removes messages whose key came again, so they cannot be counted. */
static bool
is_compacted(const messages_check *m, const char *topic)
{
	for (size_t i = 0; i < m->streams->count; i++)
	{
		const stream_info *stream = &m->streams->items[i];
		char name[KAFKA_TOPIC_SIZE];

		if (kafka_topic_name(m->config, stream->name, name) == STATUS_OK &&
		    strcmp(name, topic) == 0)
			return strcmp(stream->cleanup, "delete") != 0;
	}
	return true; /* a stream of another version: nothing is known of it */
}

static status
give_up(const messages_check *m, const receipt_line *l)
{
	char hint[KAFKA_ERROR_SIZE];

	kafka_hanging_hint(m->config, l->topic, l->partition, hint);
	log_write_hint(LOG_LEVEL_WARNING, hint,
	               "the last messages of topic %s, partition %" PRId32
	               ", could not be read in time: offsets %" PRId64 " to %" PRId64,
	               l->topic, l->partition, l->first, l->last);
	return STATUS_RETRY;
}

/* What is seen of a line. */
typedef struct line_view
{
	uint64_t visible; /* of its messages */
	bool done;        /* all is seen that there is */
	bool end_asked;   /* the end was before the line's, and it is known why */
} line_view;

/* The offset at an edge of the line's partition, of committed and other records. Logged. */
static status
find_edge(const messages_check *m, const receipt_line *l, int64_t edge, int64_t *offset)
{
	rd_kafka_t *reader;
	rd_kafka_resp_err_t error;
	status s = kafka_reader_create(m->config, "read_uncommitted", &reader);

	if (s != STATUS_OK)
		return s;
	error = kafka_partition_edge(reader, l->topic, l->partition, edge,
	                             (int) (m->until_ms - clock_ms()), offset);
	if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
		s = kafka_refuse(error, "tell an end of", l->topic);
	kafka_reader_destroy(reader);
	return s;
}

/* The reader is at the end of what it may see, before the line's end: an open transaction, or a partition that ends there. */
static status
look_at_end(const messages_check *m, const receipt_line *l, line_view *v)
{
	int64_t end = 0;
	status s;

	if (v->end_asked)
		return STATUS_OK;
	v->end_asked = true;
	s = find_edge(m, l, RD_KAFKA_OFFSET_END, &end);
	v->done = end <= l->last;
	return s;
}

static status
take_message(const messages_check *m, const receipt_line *l, const rd_kafka_message_t *message,
             line_view *v)
{
	if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
	{
		v->done = message->offset > l->last;
		return v->done ? STATUS_OK : look_at_end(m, l, v);
	}
	if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
		return kafka_error_find(message->err)->answer == KAFKA_REFUSE
		           ? kafka_refuse(message->err, "read", l->topic)
		           : STATUS_OK;
	/* before the line: there is no such offset, so reading began anew at the partition's first one */
	v->done = message->offset >= l->last || message->offset < l->first;
	if (message->offset >= l->first && message->offset <= l->last)
		v->visible++;
	return STATUS_OK;
}

static status
view_line(const messages_check *m, const receipt_line *l, line_view *v)
{
	rd_kafka_resp_err_t error = kafka_reader_assign(m->reader, l->topic, l->partition, l->first);
	status s = STATUS_OK;

	if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
		return give_up(m, l);
	while (!v->done && s == STATUS_OK)
	{
		rd_kafka_message_t *message = rd_kafka_consumer_poll(m->reader, POLL_MS);

		if (message != NULL)
		{
			s = take_message(m, l, message, v);
			rd_kafka_message_destroy(message);
		}
		else if (stop_requested())
			s = STATUS_STOPPED;
		else if (clock_ms() > m->until_ms)
			s = give_up(m, l);
	}
	return s;
}

static status
check_line(const messages_check *m, const receipt_line *l, char flaw[SINK_FLAW_SIZE])
{
	line_view v = {0};
	int64_t low = 0;
	status s = STATUS_OK;

	if (l->last - l->first >= MOST_OFFSETS || is_compacted(m, l->topic))
		return STATUS_OK;
	s = view_line(m, l, &v);
	if (s == STATUS_OK && v.visible < l->count)
		s = find_edge(m, l, RD_KAFKA_OFFSET_BEGINNING, &low);
	/* what retention removed is not missing */
	if (s == STATUS_OK && v.visible < l->count && low <= l->first)
		snprintf(flaw, SINK_FLAW_SIZE,
		         "of its last %" PRIu64 " messages in topic %s, partition %" PRId32
		         ", offsets %" PRId64 " to %" PRId64 ", %" PRIu64 " are missing",
		         l->count, l->topic, l->partition, l->first, l->last, l->count - v.visible);
	return s;
}

status
relay_check_messages(const config *c, const stream_list *streams, int timeout_ms,
                     const receipt *messages, char flaw[SINK_FLAW_SIZE])
{
	messages_check m = {.config = c, .streams = streams, .until_ms = clock_ms() + timeout_ms};
	status s;

	if (messages->count == 0)
		return STATUS_OK;
	s = kafka_reader_create(c, "read_committed", &m.reader);
	if (s != STATUS_OK)
		return s;
	for (size_t i = 0; i < messages->count && s == STATUS_OK && flaw[0] == '\0'; i++)
		s = check_line(&m, &messages->lines[i], flaw);
	kafka_reader_destroy(m.reader);
	return s;
}
