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

/*
 * Makes a handle from [kafka] of the configuration, then kafka.properties_file, then `settings` (ended by a NULL
 * name). delivered may be NULL; it gets `opaque` as its last argument. The caller destroys *out.
 */
status kafka_client_create(const config *c, rd_kafka_type_t type, const kafka_setting *settings,
                           void (*delivered)(rd_kafka_t *, const rd_kafka_message_t *, void *),
                           void *opaque, rd_kafka_t **out);

/* Makes a consumer that sees what isolation ("read_committed", "read_uncommitted") allows, and joins no group. */
status kafka_reader_create(const config *c, const char *isolation, rd_kafka_t **out);

/* Asks how many partitions a topic has, without creating it; 0: there is none. STATUS_RETRY: no answer. */
status kafka_topic_partitions(rd_kafka_t *reader, const char *topic, int timeout_ms, int *out);

/* Writes prefix and stream as a topic name; STATUS_CONFIG if that is too long. */
status kafka_topic_name(const config *c, const char *stream, char out[KAFKA_TOPIC_SIZE]);

#endif
