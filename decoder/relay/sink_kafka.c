/*
 * relay/sink_kafka.c
 *	  The sink for Kafka, exactly once: every transaction carries its events and the position.
 *
 * open: init_transactions first, which ends the predecessor's transaction and fences it, then the position topic is
 * read to its end. Long calls are made in slices of SLICE_MS, so that PostgreSQL is still answered in between.
 */
#include "relay/sink.h"

#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "relay/kafka_client.h"
#include "relay/position_topic.h"
#include "support/log.h"
#include "support/stop.h"
#include "wire/streams.h"

#define SLICE_MS 200
#define PATIENCE_MS 5000   /* before the log says that Kafka does not answer */
#define STOP_GRACE_MS 5000 /* for a commit under way when a stop is asked for */
#define ABORT_MS 3000
#define METADATA_MS 10000
#define POLL_EVENTS 256 /* serve delivery reports once every so many events */
#define NUMBER_SIZE 24
#define MAX_STREAMS 64
#define MEBIBYTE ((size_t) 1024 * 1024)

typedef struct kafka_topic
{
	rd_kafka_topic_t *handle;
	char name[KAFKA_TOPIC_SIZE];
	int32_t partition; /* 0, or RD_KAFKA_PARTITION_UA if the topic has more than one */
} kafka_topic;

/* The message that Kafka would not have; the largest, if it refused several at once. */
typedef struct delivery_failure
{
	rd_kafka_resp_err_t error;
	size_t size;
	char topic[KAFKA_TOPIC_SIZE];
	char gtid[MARK_GTID_SIZE];
} delivery_failure;

typedef struct sink_kafka
{
	sink base;
	const config *config;
	rd_kafka_t *producer;
	rd_kafka_topic_t *position_topic;
	kafka_topic topics[MAX_STREAMS]; /* by index in the table of streams */
	bool in_transaction;
	int64_t begun_ms;
	unsigned since_poll;
	delivery_failure failure;
} sink_kafka;

typedef rd_kafka_error_t *(*slow_call)(rd_kafka_t *, int);

static int64_t
clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
idle(const sink_kafka *k)
{
	if (k->base.idle != NULL)
		k->base.idle(k->base.idle_arg);
}

/* Another producer took our transactional.id, unless the broker gave our transaction up by its timeout. */
static status
explain_fencing(const sink_kafka *k, const char *doing)
{
	int64_t age = k->in_transaction ? clock_ms() - k->begun_ms : 0;

	if (age > k->config->kafka_transaction_timeout_ms * 9 / 10)
	{
		log_warning("Kafka gave up the transaction, which was open for %" PRId64
		            " ms; it is published again",
		            age);
		return STATUS_RETRY;
	}
	log_error_hint(
	    "only one relay may publish for a slot: stop the other one. If there is none, this process "
	    "was held up longer than kafka.transaction_timeout_ms; start it again.",
	    "fenced while it wanted to %s: another producer uses transactional.id %s", doing,
	    k->config->kafka_transactional_id);
	return STATUS_FENCED;
}

/* Names the size to allow, rounded up to whole MiB with room for the batch around the message. */
static status
explain_size(const sink_kafka *k)
{
	const delivery_failure *f = &k->failure;
	size_t allow = (f->size / MEBIBYTE + 1) * MEBIBYTE;
	char hint[KAFKA_ERROR_SIZE];

	if ((int64_t) allow < k->config->kafka_max_message_bytes)
		allow = (size_t) k->config->kafka_max_message_bytes;
	snprintf(
	    hint, sizeof(hint),
	    "allow %zu bytes: kafka-configs.sh --alter --topic %s --add-config max.message.bytes=%zu, "
	    "kafka.max_message_bytes = %zu here, and in the consumers' fetch limits; then start again, "
	    "nothing was "
	    "lost",
	    allow, f->topic, allow, allow);
	log_error_hint(hint,
	               "an event of %zu bytes for topic %s is larger than Kafka takes "
	               "(kafka.max_message_bytes is %" PRId64 "), transaction %s",
	               f->size, f->topic, k->config->kafka_max_message_bytes, f->gtid);
	return STATUS_SINK;
}

/* Tells which delivery failed, and why. */
static status
explain_delivery(const sink_kafka *k)
{
	const delivery_failure *f = &k->failure;

	switch (f->error)
	{
		case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
		case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
			return explain_size(k);
		case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
		case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
		case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
			log_error_hint("run `mwmirror topics`, then start again. Nothing was lost.",
			               "Kafka has no topic %s, needed for an event of transaction %s", f->topic,
			               f->gtid);
			return STATUS_SINK;
		case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
			log_error_hint(
			    "grant WRITE on the topic to the relay's principal, then start again.",
			    "Kafka refuses access to topic %s, needed for an event of transaction %s", f->topic,
			    f->gtid);
			return STATUS_SINK;
		default:
			log_warning("Kafka did not take a message for topic %s: %s", f->topic,
			            rd_kafka_err2str(f->error));
			return STATUS_RETRY;
	}
}

/* Judges an error that cannot be retried as it is; frees it. */
static status
explain_error(const sink_kafka *k, rd_kafka_error_t *error, const char *doing)
{
	rd_kafka_resp_err_t code = rd_kafka_error_code(error);
	status s = STATUS_RETRY;

	if (code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
	    code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH)
		s = explain_fencing(k, doing);
	else if (code == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED ||
	         code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED ||
	         code == RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT)
	{
		log_error_hint("the principal needs WRITE and DESCRIBE on transactional.id; "
		               "kafka.transaction_timeout_ms "
		               "must not be above the broker's transaction.max.timeout.ms.",
		               "Kafka refuses to %s for transactional.id %s: %s", doing,
		               k->config->kafka_transactional_id, rd_kafka_error_string(error));
		s = STATUS_SINK;
	}
	else if (k->failure.error != RD_KAFKA_RESP_ERR_NO_ERROR)
		s = explain_delivery(k);
	else
		log_warning("Kafka could not %s: %s (%s)", doing, rd_kafka_error_string(error),
		            rd_kafka_error_name(error));
	rd_kafka_error_destroy(error);
	return s;
}

/* Makes a call that may be resumed, in slices, until it succeeds, fails, or a stop leaves it no more time. */
static status
call_in_slices(const sink_kafka *k, slow_call call, const char *doing, int grace_ms)
{
	int64_t begun = clock_ms();
	int64_t stopping = 0;
	bool told = false;

	for (;;)
	{
		int64_t before = clock_ms();
		rd_kafka_error_t *error = call(k->producer, SLICE_MS);

		if (error == NULL)
		{
			if (told)
				log_info("Kafka answers again");
			return STATUS_OK;
		}
		if (!rd_kafka_error_is_retriable(error))
			return explain_error(k, error, doing);
		if (!told && before - begun > PATIENCE_MS)
		{
			log_write_hint(
			    LOG_LEVEL_WARNING,
			    "Is the broker up, and kafka.bootstrap right? The relay waits; nothing is lost.",
			    "Kafka at %s does not answer: could not %s for %d s: %s",
			    k->config->kafka_bootstrap, doing, PATIENCE_MS / 1000,
			    rd_kafka_error_string(error));
			told = true;
		}
		rd_kafka_error_destroy(error);
		idle(k);
		if (stop_requested())
		{
			if (stopping == 0)
				stopping = clock_ms();
			if (clock_ms() - stopping >= grace_ms)
				return STATUS_STOPPED;
		}
		if (clock_ms() - before < SLICE_MS / 4)
			rd_kafka_poll(k->producer, SLICE_MS / 4);
	}
}

/* Remembers why a message failed; runs inside rd_kafka_poll and rd_kafka_flush, on our own thread. */
static void
note_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	sink_kafka *k = opaque;
	rd_kafka_headers_t *headers;
	const void *gtid;
	size_t len;

	(void) rk;
	if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR || m->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE ||
	    m->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT ||
	    (k->failure.error != RD_KAFKA_RESP_ERR_NO_ERROR && m->len <= k->failure.size))
		return;
	k->failure.error = m->err;
	k->failure.size = m->len + m->key_len;
	snprintf(k->failure.topic, sizeof(k->failure.topic), "%s", rd_kafka_topic_name(m->rkt));
	k->failure.gtid[0] = '\0';
	if (rd_kafka_message_headers(m, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR &&
	    rd_kafka_header_get_last(headers, "gtid", &gtid, &len) == RD_KAFKA_RESP_ERR_NO_ERROR)
		snprintf(k->failure.gtid, sizeof(k->failure.gtid), "%.*s", (int) len, (const char *) gtid);
}

/* Every delivery is reported, not only errors: the reports wake rd_kafka_flush, which else looks every 10 ms. */
static status
create_producer(sink_kafka *k)
{
	char timeout[NUMBER_SIZE];
	char message_bytes[NUMBER_SIZE];
	char queue_kbytes[NUMBER_SIZE];
	const kafka_setting settings[] = {{"transactional.id", k->config->kafka_transactional_id},
	                                  {"transaction.timeout.ms", timeout},
	                                  {"message.timeout.ms", timeout},
	                                  {"message.max.bytes", message_bytes},
	                                  {"queue.buffering.max.kbytes", queue_kbytes},
	                                  {"compression.codec", k->config->kafka_compression},
	                                  {"partitioner", "murmur2_random"},
	                                  {NULL, NULL}};

	snprintf(timeout, sizeof(timeout), "%" PRId64, k->config->kafka_transaction_timeout_ms);
	snprintf(message_bytes, sizeof(message_bytes), "%" PRId64, k->config->kafka_max_message_bytes);
	snprintf(queue_kbytes, sizeof(queue_kbytes), "%" PRId64, k->config->kafka_queue_bytes / 1024);
	return kafka_client_create(k->config, RD_KAFKA_PRODUCER, settings, note_delivery, k,
	                           &k->producer);
}

/* Looks up every stream's topic, so that none is made by the broker with settings of its own. */
static status
find_topics(sink_kafka *k)
{
	rd_kafka_t *reader;
	status s = kafka_reader_create(k->config, "read_committed", &reader);

	if (s != STATUS_OK)
		return s;
	for (size_t i = 0; i < stream_count && i < MAX_STREAMS && s == STATUS_OK; i++)
	{
		kafka_topic *t = &k->topics[i];
		int partitions = 0;

		s = kafka_topic_name(k->config, streams[i].name, t->name);
		if (s == STATUS_OK)
			s = kafka_topic_partitions(reader, t->name, METADATA_MS, &partitions);
		if (s == STATUS_OK && partitions == 0)
		{
			log_error_hint("run `mwmirror topics`, which makes all topics with the right settings.",
			               "Kafka has no topic %s", t->name);
			s = STATUS_SINK;
		}
		t->partition = partitions == 1 ? 0 : RD_KAFKA_PARTITION_UA;
		idle(k);
	}
	rd_kafka_destroy(reader);
	return s;
}

static status
open_topics(sink_kafka *k)
{
	k->position_topic = rd_kafka_topic_new(k->producer, k->config->kafka_position_topic, NULL);
	if (k->position_topic == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; i < stream_count && i < MAX_STREAMS; i++)
	{
		k->topics[i].handle = rd_kafka_topic_new(k->producer, k->topics[i].name, NULL);
		if (k->topics[i].handle == NULL)
			return STATUS_MEMORY;
	}
	return STATUS_OK;
}

static status
kafka_open(sink *s, relay_position *stored)
{
	sink_kafka *k = (sink_kafka *) s;
	bool found;
	status result = create_producer(k);

	if (result == STATUS_OK)
		result = call_in_slices(k, rd_kafka_init_transactions, "begin", 0);
	if (result == STATUS_OK)
		result = relay_read_position(
		    k->config, (int) k->config->kafka_transaction_timeout_ms + METADATA_MS, stored, &found);
	if (result == STATUS_OK)
		result = find_topics(k);
	if (result == STATUS_OK)
		result = open_topics(k);
	return result;
}

static status
kafka_begin(sink *s)
{
	sink_kafka *k = (sink_kafka *) s;
	rd_kafka_error_t *error = rd_kafka_begin_transaction(k->producer);

	if (error != NULL)
		return explain_error(k, error, "begin a transaction");
	k->in_transaction = true;
	k->begun_ms = clock_ms();
	memset(&k->failure, 0, sizeof(k->failure));
	return STATUS_OK;
}

/* The headers; NULL without memory. */
static rd_kafka_headers_t *
make_headers(const sink_event *e)
{
	rd_kafka_headers_t *headers = rd_kafka_headers_new(5);
	char ordinal[NUMBER_SIZE];
	char count[NUMBER_SIZE];

	if (headers == NULL)
		return NULL;
	snprintf(ordinal, sizeof(ordinal), "%" PRIu32, e->ordinal);
	snprintf(count, sizeof(count), "%" PRIu32, e->count);
	rd_kafka_header_add(headers, "source", 6, e->source, -1);
	rd_kafka_header_add(headers, "gtid", 4, e->gtid, -1);
	rd_kafka_header_add(headers, "lsn", 3, e->lsn, -1);
	rd_kafka_header_add(headers, "ordinal", 7, ordinal, -1);
	rd_kafka_header_add(headers, "count", 5, count, -1);
	return headers;
}

/* A produce that failed at once, for another reason than a full queue. */
static status
explain_produce(sink_kafka *k, rd_kafka_resp_err_t error, const kafka_topic *t, const sink_event *e)
{
	char text[KAFKA_ERROR_SIZE];
	rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(k->producer, text, sizeof(text));

	rd_kafka_poll(k->producer, 0); /* a delivery that failed before says more than "wrong state" */
	if (fatal == RD_KAFKA_RESP_ERR__FENCED || fatal == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
	    fatal == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH)
		return explain_fencing(k, "publish");
	if (k->failure.error == RD_KAFKA_RESP_ERR_NO_ERROR)
	{
		k->failure.error = error;
		k->failure.size = (size_t) e->value.len + e->key.len;
		snprintf(k->failure.topic, sizeof(k->failure.topic), "%s", t->name);
		snprintf(k->failure.gtid, sizeof(k->failure.gtid), "%s", e->gtid);
	}
	return explain_delivery(k);
}

static status
produce(sink_kafka *k, const kafka_topic *t, const sink_event *e)
{
	rd_kafka_headers_t *headers = make_headers(e);
	rd_kafka_resp_err_t error;

	if (headers == NULL)
		return STATUS_MEMORY;
	for (;;)
	{
		error = rd_kafka_producev(
		    k->producer, RD_KAFKA_V_RKT(t->handle), RD_KAFKA_V_PARTITION(t->partition),
		    RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
		    RD_KAFKA_V_KEY((void *) (uintptr_t) e->key.data, e->key.len),
		    RD_KAFKA_V_VALUE((void *) (uintptr_t) e->value.data, e->value.len),
		    RD_KAFKA_V_TIMESTAMP(e->timestamp), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
		if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
			return STATUS_OK; /* the headers are the producer's now */
		if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL)
			break;
		rd_kafka_poll(k->producer, 1);
		idle(k);
		if (stop_requested())
		{
			rd_kafka_headers_destroy(headers);
			return STATUS_STOPPED;
		}
	}
	rd_kafka_headers_destroy(headers);
	return explain_produce(k, error, t, e);
}

static status
kafka_event(sink *s, const sink_event *e)
{
	sink_kafka *k = (sink_kafka *) s;
	const stream_info *stream = stream_find(e->stream.data, e->stream.len);

	if (stream == NULL || stream - streams >= MAX_STREAMS)
	{
		log_error_hint(
		    "the module in PostgreSQL is newer than this program: install both from one build.",
		    "stream %.*s of transaction %s is unknown", (int) e->stream.len, e->stream.data,
		    e->gtid);
		return STATUS_BUG;
	}
	if (++k->since_poll >= POLL_EVENTS)
	{
		k->since_poll = 0;
		rd_kafka_poll(k->producer, 0);
	}
	if (k->failure.error != RD_KAFKA_RESP_ERR_NO_ERROR)
		return explain_delivery(k);
	return produce(k, &k->topics[stream - streams], e);
}

/* Adds the position to the open transaction. */
static status
produce_position(sink_kafka *k, const relay_position *p)
{
	const char *slot = k->config->relay_slot;
	char *text = relay_position_encode(p);
	rd_kafka_resp_err_t error;

	if (text == NULL)
		return STATUS_MEMORY;
	for (;;)
	{
		error = rd_kafka_producev(k->producer, RD_KAFKA_V_RKT(k->position_topic),
		                          RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
		                          RD_KAFKA_V_KEY((void *) (uintptr_t) slot, strlen(slot)),
		                          RD_KAFKA_V_VALUE(text, strlen(text)),
		                          RD_KAFKA_V_TIMESTAMP(p->published_at / 1000), RD_KAFKA_V_END);
		if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL)
			break;
		rd_kafka_poll(k->producer, 1);
		idle(k);
		if (stop_requested())
			break;
	}
	if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL)
	{
		free(text);
		return STATUS_STOPPED;
	}
	if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
	{
		const sink_event e = {.value = {text, (uint32_t) strlen(text)}, .gtid = p->gtid};
		kafka_topic t = {.handle = k->position_topic};
		status s;

		snprintf(t.name, sizeof(t.name), "%s", k->config->kafka_position_topic);
		s = explain_produce(k, error, &t, &e);
		free(text);
		return s;
	}
	free(text);
	return STATUS_OK;
}

static status
kafka_commit(sink *s, const relay_position *p)
{
	sink_kafka *k = (sink_kafka *) s;
	status result = produce_position(k, p);

	if (result == STATUS_OK)
		result =
		    call_in_slices(k, rd_kafka_commit_transaction, "commit a transaction", STOP_GRACE_MS);
	if (result == STATUS_OK)
		k->in_transaction = false;
	return result;
}

/*
 * Lets readers go on at once instead of after transaction.timeout.ms. It may fail, and librdkafka calls it fatal if the
 * broker has not heard of the transaction yet: no matter, the next init_transactions of this id ends it.
 */
static void
abort_quietly(sink_kafka *k)
{
	rd_kafka_error_t *error;

	rd_kafka_set_log_level(k->producer, -1);
	error = rd_kafka_abort_transaction(k->producer, ABORT_MS);
	if (error == NULL)
		return;
	log_debug("the open transaction could not be aborted: %s", rd_kafka_error_string(error));
	rd_kafka_error_destroy(error);
}

static void
kafka_destroy(sink *s)
{
	sink_kafka *k = (sink_kafka *) s;

	if (k->in_transaction && k->producer != NULL)
		abort_quietly(k);
	for (size_t i = 0; i < MAX_STREAMS; i++)
		if (k->topics[i].handle != NULL)
			rd_kafka_topic_destroy(k->topics[i].handle);
	if (k->position_topic != NULL)
		rd_kafka_topic_destroy(k->position_topic);
	if (k->producer != NULL)
		rd_kafka_destroy(k->producer);
	free(k);
}

sink *
sink_kafka_create(const config *c)
{
	sink_kafka *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->base.open = kafka_open;
	k->base.begin = kafka_begin;
	k->base.event = kafka_event;
	k->base.commit = kafka_commit;
	k->base.destroy = kafka_destroy;
	k->base.keeps_position = true;
	k->config = c;
	return &k->base;
}
