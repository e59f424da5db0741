/*
 * relay/sink_kafka.c
 *	  The sink for Kafka, exactly once: every transaction carries its events and the position.
 *
 * Two producers take turns, each with a transactional.id of its own. A coordinator writes a transaction's end into the
 * partitions after it has answered the commit, and refuses the producer's next transaction until that is done;
 * librdkafka then waits 20 ms. With two, that time passes while the other one works. Their transactions follow each
 * other strictly: one begins when the commit of the other is answered, and the position records form one chain.
 *
 * The position is sent when every event of the transaction is acknowledged. So whatever ends a transaction early, the
 * position is never there without its events; and it can say where they lie (receipt.h), which the next open checks.
 *
 * A partition must be added to a transaction before its first message. So that the coordinator does this for the
 * position's while the events are on their way, a record that says nothing goes there with the first event: key "SLOT
 * begin", no value; compaction removes it.
 *
 * open: both producers' init_transactions first, which end what predecessors left open and fence them; only then is the
 * position topic read to its end.
 */
#include "relay/sink.h"

#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/kafka_client.h"
#include "relay/kafka_producer.h"
#include "relay/position_record.h"
#include "relay/position_topic.h"
#include "relay/topics.h"
#include "support/log.h"

#define PRODUCERS 2
#define ID_SIZE 300
#define METADATA_MS 10000
#define NUMBER_SIZE 24
#define HEADERS 7

typedef struct sink_kafka
{
	sink base;
	const config *config;
	kafka_producer *producers[PRODUCERS];
	unsigned turn; /* whose transaction is open or comes next */
	bool begun;    /* the record that says nothing is sent */
	char begin_key[ID_SIZE];
} sink_kafka;

static kafka_producer *
current(const sink_kafka *k)
{
	return k->producers[k->turn];
}

/* Tells the relay why producers must be made anew. */
static status
note_answer(sink_kafka *k, const kafka_producer *p, status s)
{
	if (s == STATUS_RETRY && kafka_producer_answer(p) == KAFKA_FENCED)
		k->base.trouble = SINK_FENCED;
	else if (s == STATUS_RETRY && kafka_producer_answer(p) == KAFKA_DOUBT)
		k->base.trouble = SINK_DOUBTFUL;
	return s;
}

/*
 * The ids are kafka.transactional_id and the same with -2; the topics those of the streams, in the list's order, then the
 * position's.
 */
static status
create_producers(sink_kafka *k, const char *const *topics)
{
	const kafka_idle idle = {.call = k->base.idle, .arg = k->base.idle_arg};
	status s = STATUS_OK;

	for (int i = 0; i < PRODUCERS && s == STATUS_OK; i++)
	{
		char id[ID_SIZE];

		snprintf(id, sizeof(id), i == 0 ? "%s" : "%s-%d", k->config->kafka_transactional_id, i + 1);
		s = kafka_producer_create(k->config, id, topics, k->base.streams->count + 1, idle,
		                          &k->producers[i]);
	}
	for (int i = 0; i < PRODUCERS && s == STATUS_OK; i++)
		s = note_answer(k, k->producers[i], kafka_producer_init(k->producers[i]));
	return s;
}

static status
open_producers(sink_kafka *k)
{
	const stream_list *l = k->base.streams;
	char(*names)[KAFKA_TOPIC_SIZE] = calloc(l->count + 1, sizeof(*names));
	const char **topics = calloc(l->count + 1, sizeof(*topics));
	status s = names != NULL && topics != NULL ? STATUS_OK : STATUS_MEMORY;

	for (size_t i = 0; i < l->count && s == STATUS_OK; i++)
	{
		s = kafka_topic_name(k->config, l->items[i].topic, names[i]);
		topics[i] = names[i];
	}
	if (s == STATUS_OK)
	{
		topics[l->count] = k->config->kafka_position_topic;
		s = create_producers(k, topics);
	}
	free(names);
	free(topics);
	return s;
}

static status
kafka_check(sink *s)
{
	return topics_check(((sink_kafka *) s)->config, s->streams);
}

static status
kafka_open(sink *s, relay_position *stored)
{
	sink_kafka *k = (sink_kafka *) s;
	int patience_ms = (int) k->config->kafka_transaction_timeout_ms + METADATA_MS;
	status result;

	/* well before the broker ends it: a commit takes its time, too */
	s->open_most_ms = k->config->kafka_transaction_timeout_ms / 3;
	result = open_producers(k);
	if (result == STATUS_OK)
		result = relay_read_checked_position(k->config, s->streams, patience_ms, stored, s->flaw);
	return result;
}

static status
kafka_begin(sink *s)
{
	sink_kafka *k = (sink_kafka *) s;

	k->begun = false;
	return note_answer(k, current(k), kafka_producer_begin(current(k)));
}

/* Adds the position's partition to the transaction. */
static status
send_begin(sink_kafka *k)
{
	const kafka_message m = {.topic = k->base.streams->count,
	                         .key = k->begin_key,
	                         .key_len = strlen(k->begin_key),
	                         .gtid = "",
	                         .unlisted = true};

	if (k->begun)
		return STATUS_OK;
	k->begun = true;
	return kafka_producer_send(current(k), &m);
}

static void
add_header(rd_kafka_headers_t *headers, const char *name, const char *value)
{
	rd_kafka_header_add(headers, name, -1, value, -1);
}

static void
add_number(rd_kafka_headers_t *headers, const char *name, uint32_t value)
{
	char text[NUMBER_SIZE];

	snprintf(text, sizeof(text), "%" PRIu32, value);
	add_header(headers, name, text);
}

/* NULL without memory. */
static rd_kafka_headers_t *
make_headers(const sink_event *e)
{
	rd_kafka_headers_t *headers = rd_kafka_headers_new(HEADERS);

	if (headers == NULL)
		return NULL;
	add_header(headers, "source", e->source);
	add_header(headers, sink_id_name(e), e->gtid);
	if (e->at != NULL)
		add_header(headers, "position", e->at);
	add_header(headers, "lsn", e->lsn);
	add_number(headers, "ordinal", e->ordinal);
	if (e->last)
		add_header(headers, "last", "true");
	if (e->content != NULL)
		add_header(headers, "content", e->content);
	return headers;
}

static status
kafka_event(sink *s, const sink_event *e)
{
	sink_kafka *k = (sink_kafka *) s;
	kafka_message m = {.topic = (size_t) (e->stream - s->streams->items),
	                   .partition = e->stream->partitions == 1 ? 0 : RD_KAFKA_PARTITION_UA,
	                   .key = e->key.data,
	                   .key_len = e->key.len,
	                   .value = e->value.data,
	                   .value_len = e->value.len,
	                   .timestamp = e->timestamp,
	                   .gtid = e->gtid};
	status result;

	m.headers = make_headers(e);
	if (m.headers == NULL)
		return STATUS_MEMORY;
	result = kafka_producer_send(current(k), &m);
	if (result == STATUS_OK)
		result = send_begin(k);
	return note_answer(k, current(k), result);
}

/* Adds the position with the receipt to the open transaction. */
static status
send_position(sink_kafka *k, const relay_position *p)
{
	char *text = relay_position_record_encode(p, kafka_producer_receipt(current(k)));
	const kafka_message m = {.topic = k->base.streams->count,
	                         .partition = 0,
	                         .key = k->config->relay_slot,
	                         .key_len = strlen(k->config->relay_slot),
	                         .value = text,
	                         .value_len = text != NULL ? strlen(text) : 0,
	                         .timestamp = p->published_at / 1000,
	                         .gtid = p->gtid};
	status s = text != NULL ? kafka_producer_send(current(k), &m) : STATUS_MEMORY;

	free(text);
	return s;
}

static status
kafka_commit(sink *s, const relay_position *p)
{
	sink_kafka *k = (sink_kafka *) s;
	kafka_producer *producer = current(k);
	status result = kafka_producer_flush(producer);

	if (result == STATUS_OK)
		result = send_position(k, p);
	if (result == STATUS_OK)
		result = kafka_producer_commit(producer);
	if (result == STATUS_OK)
		k->turn = (k->turn + 1) % PRODUCERS;
	return note_answer(k, producer, result);
}

static void
kafka_destroy(sink *s)
{
	sink_kafka *k = (sink_kafka *) s;

	for (int i = 0; i < PRODUCERS; i++)
		kafka_producer_destroy(k->producers[i]);
	free(k);
}

sink *
sink_kafka_create(const config *c)
{
	sink_kafka *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->base.check = kafka_check;
	k->base.open = kafka_open;
	k->base.begin = kafka_begin;
	k->base.event = kafka_event;
	k->base.commit = kafka_commit;
	k->base.destroy = kafka_destroy;
	k->base.keeps_position = true;
	k->config = c;
	snprintf(k->begin_key, sizeof(k->begin_key), "%s begin", c->relay_slot);
	return &k->base;
}
