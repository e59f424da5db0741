/*
 * relay/kafka_error.h
 *	  What each error of Kafka means for the relay: one table from code to answer. Pure.
 */
#ifndef MWMIRROR_RELAY_KAFKA_ERROR_H
#define MWMIRROR_RELAY_KAFKA_ERROR_H

#include <librdkafka/rdkafka.h>
#include <stddef.h>

typedef enum kafka_answer
{
	KAFKA_RETRY, /* passes by itself: new producers, the position read back, and on */
	KAFKA_DOUBT, /* may pass: tried again a few times, then refused */
	KAFKA_FENCED, /* another producer took the transactional.id, or the broker ended the transaction */
	KAFKA_REFUSE,   /* stays until a person does something */
	KAFKA_TOO_LARGE /* likewise: a message that Kafka's or our own limit does not admit */
} kafka_answer;

typedef struct kafka_error_class
{
	rd_kafka_resp_err_t code;
	kafka_answer answer;
	const char *hint; /* what the operator should do; NULL: nothing, it passes */
} kafka_error_class;

/* All codes that are known, for tests and readers. */
extern const kafka_error_class kafka_error_classes[];
extern const size_t kafka_error_class_count;

/* The class of a code; one that is not in the table is KAFKA_DOUBT. Never NULL. */
const kafka_error_class *kafka_error_find(rd_kafka_resp_err_t code);

#endif
