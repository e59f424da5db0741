/*
 * relay/messages_check.c
 *	  See messages_check.h.
 */
#include "relay/messages_check.h"

#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
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

		if (kafka_topic_name(m->config, stream->topic, name) == STATUS_OK &&
		    strcmp(name, topic) == 0)
			return strcmp(stream->cleanup, "delete") != 0;
	}
	return true; /* a stream of another version: nothing is known of it */
}

static bool
is_counted(const messages_check *m, const receipt_line *l)
{
	return l->last - l->first < MOST_OFFSETS && !is_compacted(m, l->topic);
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
	const receipt_line *line;
	uint64_t visible; /* of its messages */
	bool done;        /* all is seen that there is */
	bool end_asked;   /* the end was before the line's, and it is known why */
} line_view;

/* The lines that are counted. */
typedef struct all_views
{
	line_view *views;
	size_t count;
	size_t open; /* that are not done */
} all_views;

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
look_at_end(const messages_check *m, line_view *v)
{
	int64_t end = 0;
	status s;

	if (v->end_asked)
		return STATUS_OK;
	v->end_asked = true;
	s = find_edge(m, v->line, RD_KAFKA_OFFSET_END, &end);
	v->done = end <= v->line->last;
	return s;
}

static status
take_message(const messages_check *m, const rd_kafka_message_t *message, line_view *v)
{
	const receipt_line *l = v->line;

	if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
	{
		v->done = message->offset > l->last;
		return v->done ? STATUS_OK : look_at_end(m, v);
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

/* The line that a message or an error is about; one that is of no partition is about any. */
static line_view *
find_view(const all_views *all, const rd_kafka_message_t *message)
{
	for (size_t i = 0; i < all->count; i++)
	{
		line_view *v = &all->views[i];

		if (!v->done && (message->rkt == NULL ||
		                 (v->line->partition == message->partition &&
		                  strcmp(v->line->topic, rd_kafka_topic_name(message->rkt)) == 0)))
			return v;
	}
	return NULL;
}

/* Reads no more of a line's partition: after the line there may be much. */
static void
close_line(const messages_check *m, all_views *all, const receipt_line *l)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

	rd_kafka_topic_partition_list_add(list, l->topic, l->partition);
	rd_kafka_pause_partitions(m->reader, list);
	rd_kafka_topic_partition_list_destroy(list);
	all->open--;
}

static status
take(const messages_check *m, all_views *all, const rd_kafka_message_t *message)
{
	line_view *v = find_view(all, message);
	status s = v == NULL ? STATUS_OK : take_message(m, message, v);

	if (v != NULL && v->done)
		close_line(m, all, v->line);
	return s;
}

/* The first line that is not done. */
static const receipt_line *
open_line(const all_views *all)
{
	size_t i = 0;

	while (all->views[i].done)
		i++;
	return all->views[i].line;
}

/* Reads all lines at once: one after the other each would cost a third of a second until its first message. */
static status
read_lines(const messages_check *m, all_views *all)
{
	status s = STATUS_OK;

	while (all->open > 0 && s == STATUS_OK)
	{
		rd_kafka_message_t *message = rd_kafka_consumer_poll(m->reader, POLL_MS);

		if (message != NULL)
		{
			s = take(m, all, message);
			rd_kafka_message_destroy(message);
		}
		else if (stop_requested())
			s = STATUS_STOPPED;
		else if (clock_ms() > m->until_ms)
			s = give_up(m, open_line(all));
	}
	return s;
}

static status
assign_lines(const messages_check *m, const all_views *all)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int) all->count);
	rd_kafka_resp_err_t error;

	for (size_t i = 0; i < all->count; i++)
	{
		const receipt_line *l = all->views[i].line;

		rd_kafka_topic_partition_list_add(list, l->topic, l->partition)->offset = l->first;
	}
	error = rd_kafka_assign(m->reader, list);
	rd_kafka_topic_partition_list_destroy(list);
	return error == RD_KAFKA_RESP_ERR_NO_ERROR ? STATUS_OK : give_up(m, all->views[0].line);
}

/* Tells what is missing of a line that was read; what retention removed is not missing. */
static status
judge_line(const messages_check *m, const line_view *v, char flaw[SINK_FLAW_SIZE])
{
	const receipt_line *l = v->line;
	int64_t low = 0;
	status s = STATUS_OK;

	if (v->visible < l->count)
		s = find_edge(m, l, RD_KAFKA_OFFSET_BEGINNING, &low);
	if (s == STATUS_OK && v->visible < l->count && low <= l->first)
		snprintf(flaw, SINK_FLAW_SIZE,
		         "of its last %" PRIu64 " messages in topic %s, partition %" PRId32
		         ", offsets %" PRId64 " to %" PRId64 ", %" PRIu64 " are missing",
		         l->count, l->topic, l->partition, l->first, l->last, l->count - v->visible);
	return s;
}

static status
check_lines(const messages_check *m, all_views *all, char flaw[SINK_FLAW_SIZE])
{
	status s = assign_lines(m, all);

	if (s == STATUS_OK)
		s = read_lines(m, all);
	for (size_t i = 0; i < all->count && s == STATUS_OK && flaw[0] == '\0'; i++)
		s = judge_line(m, &all->views[i], flaw);
	return s;
}

static status
check(messages_check *m, all_views *all, char flaw[SINK_FLAW_SIZE])
{
	status s = kafka_reader_create(m->config, "read_committed", &m->reader);

	if (s != STATUS_OK)
		return s;
	s = check_lines(m, all, flaw);
	kafka_reader_destroy(m->reader);
	return s;
}

status
relay_check_messages(const config *c, const stream_list *streams, int timeout_ms,
                     const receipt *messages, char flaw[SINK_FLAW_SIZE])
{
	messages_check m = {.config = c, .streams = streams, .until_ms = clock_ms() + timeout_ms};
	all_views all = {.views = calloc(messages->count + 1, sizeof(line_view))};
	status s = STATUS_OK;

	if (all.views == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; i < messages->count; i++)
		if (is_counted(&m, &messages->lines[i]))
			all.views[all.count++].line = &messages->lines[i];
	all.open = all.count;
	if (all.count > 0)
		s = check(&m, &all, flaw);
	free(all.views);
	return s;
}
