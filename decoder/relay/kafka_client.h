/*
 * relay/kafka_client.h
 *	  What every Kafka handle of this program has in common: settings, logging, topic look-up.
 */
#ifndef MWMIRROR_RELAY_KAFKA_CLIENT_H
#define MWMIRROR_RELAY_KAFKA_CLIENT_H

#include <librdkafka/rdkafka.h>
#include "support/config.h"
#include "support/status.h"

#define KAFKA_ERROR_SIZE 512
#define KAFKA_TOPIC_SIZE 250

typedef struct kafka_setting
{
	const char *name;
	const char *value;
} kafka_setting;

/* Any of them may be NULL; opaque is the last argument of each. */
typedef struct kafka_callbacks
{
	void (*delivered)(rd_kafka_t *, const rd_kafka_message_t *, void *opaque);
	void (*error)(rd_kafka_t *, int, const char *, void *opaque);
	rd_kafka_interceptor_f_on_new_t *created;
	void *opaque;
} kafka_callbacks;

/*
 * Makes a handle from [kafka] of the configuration, then kafka.properties_file, then `settings` (ended by a NULL
 * name). callbacks may be NULL. The caller destroys *out.
 */
status kafka_client_create(const config *c, rd_kafka_type_t type, const kafka_setting *settings,
                           const kafka_callbacks *callbacks, rd_kafka_t **out);

/* Makes a consumer that sees what isolation ("read_committed", "read_uncommitted") allows, and joins no group. */
status kafka_reader_create(const config *c, const char *isolation, rd_kafka_t **out);

/* Lets a reader read one partition from an offset on, or from RD_KAFKA_OFFSET_BEGINNING or _END. */
rd_kafka_resp_err_t kafka_reader_assign(rd_kafka_t *reader, const char *topic, int32_t partition,
                                        int64_t offset);

/* What to do about records that a read_committed reader does not come to. */
void kafka_hanging_hint(const config *c, const char *topic, int32_t partition,
                        char out[KAFKA_ERROR_SIZE]);

/* Destroys a reader without waiting for a group that it is not in. */
void kafka_reader_destroy(rd_kafka_t *reader);

/* A question to Kafka that takes at most timeout_ms. */
typedef rd_kafka_resp_err_t (*kafka_question)(void *arg, int timeout_ms);

/*
 * Asks until there is an answer that is not a passing fault, at most timeout_ms long; ends soon after a stop is asked
 * for. What takes long is logged: doing what is wanted of Kafka ("describe topic", "x"). Returns the last answer.
 */
rd_kafka_resp_err_t kafka_ask(kafka_question ask, void *arg, int timeout_ms, const char *doing,
                              const char *what);

/* Logs a failed question: STATUS_STOPPED, STATUS_RETRY or, with what to do, STATUS_SINK. */
status kafka_refuse(rd_kafka_resp_err_t error, const char *doing, const char *topic);

/*
 * Asks how many partitions a topic has, without creating it; 0: there is none. STATUS_RETRY: no answer. STATUS_SINK:
 * the principal may not know. STATUS_STOPPED. Logged.
 */
status kafka_topic_partitions(rd_kafka_t *reader, const char *topic, int timeout_ms, int *out);

/*
 * Asks for the offset at an edge of a partition: RD_KAFKA_OFFSET_END, behind the last record that this reader may see, or
 * RD_KAFKA_OFFSET_BEGINNING, of the first one. By reading, because librdkafka's own question does not end at its time-out when
 * a broker stops answering. RD_KAFKA_RESP_ERR__TIMED_OUT also after a stop.
 */
rd_kafka_resp_err_t kafka_partition_edge(rd_kafka_t *reader, const char *topic, int32_t partition,
                                         int64_t edge, int timeout_ms, int64_t *offset);

/* Writes prefix and stream as a topic name; STATUS_CONFIG if that is too long. */
status kafka_topic_name(const config *c, const char *stream, char out[KAFKA_TOPIC_SIZE]);

#endif
