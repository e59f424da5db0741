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
#include "relay/kafka_error.h"
#include "relay/messages_check.h"
#include "relay/position_record.h"
#include "support/clock.h"
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
	int64_t until_ms;
	patience wait;

	/* the last record of our slot */
	bool found;
	relay_position position;
	receipt messages;
	char flaw[SINK_FLAW_SIZE]; /* the last break of the chain that nobody has accepted */
} tail_read;

static status
refuse_missing(const char *topic)
{
	log_error_hint("run `mwmirror topics`, which makes all topics with the right settings.",
	               "Kafka has no topic %s, which holds the relay's position", topic);
	return STATUS_SINK;
}

/* Asks for the offset behind the last record, committed or not. */
static status
find_end(const config *c, int timeout_ms, int64_t *end)
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
		error = kafka_partition_edge(reader, c->kafka_position_topic, PARTITION,
		                             RD_KAFKA_OFFSET_END, timeout_ms, end);
		if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
			s = kafka_refuse(error, "tell the end of", c->kafka_position_topic);
	}
	kafka_reader_destroy(reader);
	return s;
}

static void
forget_record(tail_read *t)
{
	t->found = false;
	memset(&t->position, 0, sizeof(t->position));
	receipt_clear(&t->messages);
	t->flaw[0] = '\0';
}

/*
 * Each record names the one before it. Compaction takes the oldest away, never one between two that it leaves. A break
 * stays one whatever was published behind it, until a record says that somebody has accepted it.
 */
static void
check_chain(tail_read *t, const relay_position *next)
{
	const relay_point before = relay_position_point(&t->position);
	char known[RELAY_LSN_SIZE];
	char named[RELAY_LSN_SIZE];

	if (next->accepts_gap)
		t->flaw[0] = '\0';
	if (!t->found || next->accepts_gap || relay_point_compare(&before, &next->previous) == 0)
		return;
	relay_lsn_format(before.lsn, known);
	relay_lsn_format(next->previous.lsn, named);
	snprintf(t->flaw, sizeof(t->flaw),
	         "a record of it follows the one of %s (ordinal %" PRIu32 ", index %" PRIu32
	         "), but topic %s has that of %s (ordinal %" PRIu32 ", index %" PRIu32
	         ") before it: what was published between them is not in Kafka",
	         named, next->previous.ordinal, next->previous.index, t->config->kafka_position_topic,
	         known, before.ordinal, before.index);
}

/* Takes a record over if it is ours. */
static status
take_record(tail_read *t, const rd_kafka_message_t *m)
{
	size_t len = strlen(t->config->relay_slot);
	relay_position next;

	if (m->key_len != len || memcmp(m->key, t->config->relay_slot, len) != 0)
		return STATUS_OK;
	if (m->payload == NULL)
	{
		forget_record(t); /* a tombstone: somebody wants a new beginning */
		return STATUS_OK;
	}
	receipt_clear(&t->messages);
	if (!relay_position_record_decode(m->payload, m->len, &next, &t->messages))
	{
		log_error_hint(
		    "was it written by another program? Set kafka.position_topic to a topic of its own.",
		    "record at offset %" PRId64 " of topic %s is not a position", m->offset,
		    t->config->kafka_position_topic);
		return STATUS_SINK;
	}
	check_chain(t, &next);
	t->position = next;
	t->found = true;
	return STATUS_OK;
}

/* One poll; *done once the end is reached. */
static status
read_one(tail_read *t, bool *done)
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
	else if (kafka_error_find(m->err)->answer == KAFKA_REFUSE)
		s = kafka_refuse(m->err, "read", t->config->kafka_position_topic);
	else
		log_debug("reading topic %s: %s", t->config->kafka_position_topic,
		          rd_kafka_message_errstr(m));
	rd_kafka_message_destroy(m);
	return s;
}

/* A read_committed reader sees nothing behind the oldest open transaction of anybody in the partition. */
static void
tell_hanging(const tail_read *t, const char *what)
{
	char hint[KAFKA_ERROR_SIZE];

	kafka_hanging_hint(t->config, t->config->kafka_position_topic, PARTITION, hint);
	log_write_hint(LOG_LEVEL_WARNING, hint, "topic %s %s (%d s)", t->config->kafka_position_topic,
	               what, patience_seconds(&t->wait));
}

/* Reads from `start` to t->end. */
static status
read_range(tail_read *t, int64_t start)
{
	rd_kafka_resp_err_t error =
	    kafka_reader_assign(t->reader, t->config->kafka_position_topic, PARTITION, start);
	bool done = false;
	status s = STATUS_OK;

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
		if (clock_ms() > t->until_ms)
		{
			tell_hanging(t, "could not be read to its end in time");
			return STATUS_RETRY;
		}
		if (patience_due(&t->wait))
			tell_hanging(t, "is read, but its end does not come");
		s = read_one(t, &done);
	}
	return s;
}

/* Reads to the end of the topic as it is now; *t is the caller's, with only its config set. */
static status
read_tail(tail_read *t, int timeout_ms)
{
	status s;

	t->until_ms = clock_ms() + timeout_ms;
	t->wait = patience_begin();
	s = find_end(t->config, timeout_ms, &t->end);
	if (s != STATUS_OK || t->end == 0)
		return s;
	s = kafka_reader_create(t->config, "read_committed", &t->reader);
	if (s != STATUS_OK)
		return s;
	s = read_range(t, t->end > TAIL ? t->end - TAIL : RD_KAFKA_OFFSET_BEGINNING);
	if (s == STATUS_OK && !t->found && t->end > TAIL)
		s = read_range(t, RD_KAFKA_OFFSET_BEGINNING);
	kafka_reader_destroy(t->reader);
	return s;
}

status
relay_read_position(const config *c, int timeout_ms, relay_position *out, bool *found)
{
	tail_read t = {.config = c};
	status s = read_tail(&t, timeout_ms);

	*out = t.position;
	*found = t.found;
	receipt_free(&t.messages);
	return s;
}

status
relay_read_checked_position(const config *c, const stream_list *streams, int timeout_ms,
                            relay_position *out, char flaw[SINK_FLAW_SIZE])
{
	tail_read t = {.config = c};
	status s = read_tail(&t, timeout_ms);

	memcpy(flaw, t.flaw, SINK_FLAW_SIZE);
	if (s == STATUS_OK && t.found && flaw[0] == '\0')
		s = relay_check_messages(c, streams, timeout_ms, &t.messages, flaw);
	*out = t.position;
	receipt_free(&t.messages);
	return s;
}
