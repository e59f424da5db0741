/*
 * relay/kafka_explain.h
 *	  What went wrong with a producer: logged once, by its class, with what to do. Private to kafka_producer.c.
 */
#ifndef MWMIRROR_RELAY_KAFKA_EXPLAIN_H
#define MWMIRROR_RELAY_KAFKA_EXPLAIN_H

#include <stdatomic.h>
#include <stdbool.h>
#include "relay/kafka_client.h"
#include "relay/kafka_producer.h"
#include "wire/mark.h"

/* The message that Kafka would not have; the largest, if it refused several at once. */
typedef struct delivery_failure
{
	rd_kafka_resp_err_t error;
	size_t size;
	char topic[KAFKA_TOPIC_SIZE];
	char gtid[MARK_GTID_SIZE];
} delivery_failure;

struct kafka_producer
{
	const config *config;
	kafka_idle idle;
	char *id;
	rd_kafka_t *rk;
	rd_kafka_topic_t **topics;
	size_t topic_count;
	bool in_transaction;
	unsigned since_poll;
	uint64_t sent; /* messages since begin */
	uint64_t acknowledged;
	bool out_of_memory;
	receipt receipt;
	delivery_failure failure;
	rd_kafka_resp_err_t connection_error; /* last one that librdkafka reported by itself */
	kafka_answer answer;
	bool in_doubt; /* something went wrong in this transaction */
	/* EndTxn requests sent for this transaction, counted in librdkafka's threads */
	atomic_uint end_requests;
};

/*
 * Each logs and answers STATUS_RETRY or STATUS_SINK; the producer's answer and in_doubt are set.
 *
 * kafka_explain              a code that came while doing something
 * kafka_explain_delivery     the message that failed, p->failure
 * kafka_explain_error        an error of a call, which it frees
 * kafka_explain_transaction  messages that came to nothing although none was refused itself
 * kafka_explain_refused      a message that was refused at once, for another reason than a full queue
 */
status kafka_explain(kafka_producer *p, rd_kafka_resp_err_t code, const char *doing,
                     const char *text);
status kafka_explain_delivery(kafka_producer *p);
status kafka_explain_error(kafka_producer *p, rd_kafka_error_t *error, const char *doing);
status kafka_explain_transaction(kafka_producer *p);
status kafka_explain_refused(kafka_producer *p, rd_kafka_resp_err_t error, const kafka_message *m);

#endif
