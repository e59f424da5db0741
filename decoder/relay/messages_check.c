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
#include "wire/streams.h"

#define MOST_OFFSETS 50000 /* a line over more than these is not counted */
#define POLL_MS 100

typedef struct messages_check
{
	const config *config;
	rd_kafka_t *reader;
	int64_t until_ms;
} messages_check;

/* Compaction removes messages whose key came again, so they cannot be counted. */
static bool
is_compacted(const config *c, const char *topic)
{
	for (size_t i = 0; i < stream_count; i++)
	{
		char name[KAFKA_TOPIC_SIZE];

		if (kafka_topic_name(c, streams[i].name, name) == STATUS_OK && strcmp(name, topic) == 0)
			return strcmp(streams[i].cleanup, "delete") != 0;
	}
	return true; /* a stream of another version: nothing is known of it */
}

static status
give_up(const messages_check *m, const receipt_line *l)
{
	char hint[KAFKA_ERROR_SIZE];

	snprintf(hint, sizeof(hint),
	         "an open transaction may be in front of them: kafka-transactions.sh "
	         "--bootstrap-server %s find-hanging --topic %s --partition %" PRId32
	         " names it, and `abort` ends it; or the relay's principal has no READ on the topic.",
	         m->config->kafka_bootstrap, l->topic, l->partition);
	log_write_hint(LOG_LEVEL_WARNING, hint,
	               "the last messages of topic %s, partition %" PRId32
	               ", could not be read in time: offsets %" PRId64 " to %" PRId64,
	               l->topic, l->partition, l->first, l->last);
	return STATUS_RETRY;
}

/* True if the partition still has what the line names, as far as its ends tell. */
static bool
is_retained(const messages_check *m, const receipt_line *l, int64_t *high)
{
	int64_t low = 0;
	rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
	    m->reader, l->topic, l->partition, &low, high, (int) (m->until_ms - clock_ms()));

	if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
		log_debug("the ends of topic %s are not known: %s", l->topic, rd_kafka_err2str(error));
	return error == RD_KAFKA_RESP_ERR_NO_ERROR && low <= l->first;
}

/* Counts the line's messages that are visible. */
static status
count_visible(const messages_check *m, const receipt_line *l, uint64_t *count)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_resp_err_t error;
	bool done = false;
	status s = STATUS_OK;

	rd_kafka_topic_partition_list_add(list, l->topic, l->partition)->offset = l->first;
	error = rd_kafka_assign(m->reader, list);
	rd_kafka_topic_partition_list_destroy(list);
	if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
		return give_up(m, l);
	while (!done && s == STATUS_OK)
	{
		rd_kafka_message_t *message;

		if (stop_requested())
			return STATUS_STOPPED;
		if (clock_ms() > m->until_ms)
			return give_up(m, l);
		message = rd_kafka_consumer_poll(m->reader, POLL_MS);
		if (message == NULL)
			continue;
		if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && message->offset <= l->last)
			++*count;
		done = (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && message->offset >= l->last) ||
		       (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF && message->offset > l->last);
		if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR &&
		    kafka_error_find(message->err)->answer == KAFKA_REFUSE)
			s = kafka_refuse(message->err, "read", l->topic);
		rd_kafka_message_destroy(message);
	}
	return s;
}

static status
check_line(const messages_check *m, const receipt_line *l, char flaw[SINK_FLAW_SIZE])
{
	uint64_t visible = 0;
	int64_t high = 0;
	status s = STATUS_OK;

	if (l->last - l->first >= MOST_OFFSETS || is_compacted(m->config, l->topic) ||
	    !is_retained(m, l, &high))
		return STATUS_OK;
	if (high > l->last)
		s = count_visible(m, l, &visible);
	if (s == STATUS_OK && visible < l->count)
		snprintf(flaw, SINK_FLAW_SIZE,
		         "of its last %" PRIu64 " messages in topic %s, partition %" PRId32
		         ", offsets %" PRId64 " to %" PRId64 ", %" PRIu64 " are missing",
		         l->count, l->topic, l->partition, l->first, l->last, l->count - visible);
	return s;
}

status
relay_check_messages(const config *c, int timeout_ms, const receipt *messages,
                     char flaw[SINK_FLAW_SIZE])
{
	messages_check m = {.config = c, .until_ms = clock_ms() + timeout_ms};
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
