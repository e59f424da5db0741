/*
 * relay/position_topic.c
 *	  Reading the last position from Kafka; see position_topic.h.
 *
 * Why two readers: read_committed ends before the oldest open transaction of anybody on that partition, so a dead
 * stranger's transaction could hide our own last record. The true end comes from a read_uncommitted reader, and the
 * read_committed one is not done before it has got there.
 */
#include "relay/position_topic.h"

#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <string.h>

#include "relay/kafka_client.h"
#include "support/log.h"
#include "support/stop.h"

#define TAIL 2000 /* records looked at first: a relay alone on the topic finds its last one there */
#define POLL_MS 100
#define PARTITION 0

typedef struct tail_read
{
	const config *config;
	rd_kafka_t *reader;
	int64_t end;
	int64_t until_us;
	relay_position *out;
	bool *found;
} tail_read;

static status
refuse_missing(const char *topic)
{
	log_error_hint("run `mwmirror topics`, which makes all topics with the right settings.",
	               "Kafka has no topic %s, which holds the relay's position", topic);
	return STATUS_SINK;
}

/* Asks for the offsets of the first record and behind the last one, committed or not. */
static status
find_ends(const config *c, int timeout_ms, int64_t *low, int64_t *high)
{
	rd_kafka_t *reader;
	rd_kafka_resp_err_t error;
	int partitions = 0;
	status s = kafka_reader_create(c, "read_uncommitted", &reader);

	if (s != STATUS_OK)
		return s;
	s = kafka_topic_partitions(reader, c->kafka_position_topic, timeout_ms, &partitions);
	if (s == STATUS_OK && partitions == 0)
		s = refuse_missing(c->kafka_position_topic);
	if (s == STATUS_OK)
	{
		error = rd_kafka_query_watermark_offsets(reader, c->kafka_position_topic, PARTITION, low,
		                                         high, timeout_ms);
		if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
		{
			log_warning("Kafka does not tell the end of topic %s: %s", c->kafka_position_topic,
			            rd_kafka_err2str(error));
			s = STATUS_RETRY;
		}
	}
	rd_kafka_destroy(reader);
	return s;
}

/* Takes a record over if it is ours. */
static status
take_record(const tail_read *t, const rd_kafka_message_t *m)
{
	size_t len = strlen(t->config->relay_slot);

	if (m->key_len != len || memcmp(m->key, t->config->relay_slot, len) != 0)
		return STATUS_OK;
	if (m->payload == NULL)
	{
		*t->found = false; /* a tombstone: somebody wants a new beginning */
		memset(t->out, 0, sizeof(*t->out));
		return STATUS_OK;
	}
	if (!relay_position_decode(m->payload, m->len, t->out))
	{
		log_error_hint(
		    "was it written by another program? Set kafka.position_topic to a topic of its own.",
		    "record at offset %" PRId64 " of topic %s is not a position", m->offset,
		    t->config->kafka_position_topic);
		return STATUS_SINK;
	}
	*t->found = true;
	return STATUS_OK;
}

/* One poll; *done once the end is reached. */
static status
read_one(const tail_read *t, bool *done)
{
	rd_kafka_message_t *m = rd_kafka_consumer_poll(t->reader, POLL_MS);
	status s = STATUS_OK;

	if (m == NULL)
		return STATUS_OK;
	if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR)
	{
		s = take_record(t, m);
		*done = m->offset + 1 >= t->end;
	}
	else if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
		*done = m->offset >= t->end;
	else
		log_debug("reading topic %s: %s", t->config->kafka_position_topic,
		          rd_kafka_message_errstr(m));
	rd_kafka_message_destroy(m);
	return s;
}

/* Reads from `start` to t->end. */
static status
read_range(const tail_read *t, int64_t start)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_resp_err_t error;
	bool done = false;
	status s = STATUS_OK;

	rd_kafka_topic_partition_list_add(list, t->config->kafka_position_topic, PARTITION)->offset =
	    start;
	error = rd_kafka_assign(t->reader, list);
	rd_kafka_topic_partition_list_destroy(list);
	if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
	{
		log_warning("cannot read topic %s: %s", t->config->kafka_position_topic,
		            rd_kafka_err2str(error));
		return STATUS_RETRY;
	}
	while (s == STATUS_OK && !done)
	{
		if (stop_requested())
			return STATUS_STOPPED;
		if (relay_time_now() > t->until_us)
		{
			log_warning(
			    "topic %s could not be read to its end in time; an open transaction of another "
			    "relay may be in front of it",
			    t->config->kafka_position_topic);
			return STATUS_RETRY;
		}
		s = read_one(t, &done);
	}
	return s;
}

status
relay_read_position(const config *c, int timeout_ms, relay_position *out, bool *found)
{
	tail_read t = {.config = c, .out = out, .found = found};
	int64_t low = 0;
	status s;

	memset(out, 0, sizeof(*out));
	*found = false;
	t.until_us = relay_time_now() + (int64_t) timeout_ms * 1000;
	s = find_ends(c, timeout_ms, &low, &t.end);
	/* An assignment that is closed without a poll leaks in librdkafka 2.0. */
	if (s != STATUS_OK || low == t.end)
		return s;
	s = kafka_reader_create(c, "read_committed", &t.reader);
	if (s != STATUS_OK)
		return s;
	s = read_range(&t, t.end - low > TAIL ? t.end - TAIL : low);
	if (s == STATUS_OK && !*found && t.end - low > TAIL)
		s = read_range(&t, low);
	rd_kafka_consumer_close(t.reader);
	rd_kafka_destroy(t.reader);
	return s;
}
