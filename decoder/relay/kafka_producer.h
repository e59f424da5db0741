/*
 * relay/kafka_producer.h
 *	  One transactional producer, and the rule by which its transactions cannot be torn.
 *
 * librdkafka repeats an EndTxn request with the same producer epoch when the connection breaks before the answer. The
 * first copy may still lie in the network and end the producer's next transaction. So the requests are counted as they
 * are sent: a commit whose EndTxn was sent once is decided by its answer; after any other a producer is not used again.
 * A new producer of the same transactional.id has another epoch, under which the copy is refused.
 *
 * Life: create, init, then (begin, send*, flush, commit)*, destroy. After anything but STATUS_OK only destroy. One
 * thread. No call waits longer than a slice without idle being called; what waits long says so every minute, and ends
 * soon after a stop is asked for (STATUS_STOPPED).
 */
#ifndef MWMIRROR_RELAY_KAFKA_PRODUCER_H
#define MWMIRROR_RELAY_KAFKA_PRODUCER_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>
#include "relay/kafka_error.h"
#include "relay/receipt.h"
#include "support/config.h"
#include "support/status.h"

typedef struct kafka_producer kafka_producer;

/* What is called while a call is blocked. */
typedef struct kafka_idle
{
	void (*call)(void *arg);
	void *arg;
} kafka_idle;

typedef struct kafka_message
{
	size_t topic;      /* index of the names that kafka_producer_create was given */
	int32_t partition; /* RD_KAFKA_PARTITION_UA: by the key */
	const void *key;   /* NULL: none */
	size_t key_len;
	const void *value; /* NULL: a tombstone */
	size_t value_len;
	int64_t timestamp;           /* unix milliseconds */
	rd_kafka_headers_t *headers; /* taken over, also on failure; may be NULL */
	const char *gtid;            /* for messages about it; may be "" */
	bool unlisted;               /* not to be in the receipt */
} kafka_message;

/*
 * For the topics named. STATUS_CONFIG, logged: librdkafka refuses a property. The caller owns *out; id and names are
 * copied.
 */
status kafka_producer_create(const config *c, const char *id, const char *const *topics,
                             size_t topic_count, kafka_idle idle, kafka_producer **out);

/*
 * Ends what an earlier producer of this id left open, fences it, and learns who leads the topics. The functions from here on answer
 * STATUS_RETRY (new producers help, or may help: see kafka_producer_answer), STATUS_SINK (logged with what to do), STATUS_STOPPED.
 */
status kafka_producer_init(kafka_producer *p);

status kafka_producer_begin(kafka_producer *p);

/* Queues a message; waits while the queue is full. */
status kafka_producer_send(kafka_producer *p, const kafka_message *m);

/* Waits until every message is acknowledged. */
status kafka_producer_flush(kafka_producer *p);

/* Where the messages acknowledged since begin or the last clear lie. */
receipt *kafka_producer_receipt(kafka_producer *p);

/* STATUS_OK: committed. STATUS_RETRY: it may be or may not be; only the position record tells. */
status kafka_producer_commit(kafka_producer *p);

/* Why the last call failed with STATUS_RETRY: KAFKA_RETRY, KAFKA_DOUBT or KAFKA_FENCED. */
kafka_answer kafka_producer_answer(const kafka_producer *p);

/* Aborts an open transaction in which nothing went wrong, within seconds, and frees; NULL is fine. */
void kafka_producer_destroy(kafka_producer *p);

#endif
