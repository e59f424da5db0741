/*
 * relay/kafka_client.c
 *	  Kafka handles; see kafka_client.h.
 */
#include "relay/kafka_client.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/kafka_error.h"
#include "support/clock.h"
#include "support/log.h"
#include "support/stop.h"

#define SYSLOG_WARNING 4
#define ASK_SLICE_MS 500
#define EDGE_POLL_MS 100

static void
forward_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
	bool known = strcmp(facility, "CONFWARN") == 0; /* producer properties given to a reader */

	(void) rk;
	log_write(level <= SYSLOG_WARNING && !known ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG,
	          "kafka %s: %s", facility, text);
}

/* Errors that matter come back from the calls that they make fail. */
static void
forward_error(rd_kafka_t *rk, int error, const char *reason, void *opaque)
{
	(void) rk;
	(void) opaque;
	log_debug("kafka: %s: %s", rd_kafka_err2name((rd_kafka_resp_err_t) error), reason);
}

/* Sets one property; the value is not logged, it may be a secret. */
static status
set_property(rd_kafka_conf_t *conf, const char *name, const char *value, const char *where)
{
	char error[KAFKA_ERROR_SIZE];

	if (rd_kafka_conf_set(conf, name, value, error, sizeof(error)) == RD_KAFKA_CONF_OK)
		return STATUS_OK;
	log_error_hint("see librdkafka's CONFIGURATION.md for names and values.",
	               "%s: librdkafka refuses its property %s", where, name);
	return STATUS_CONFIG;
}

/* Cuts blanks at both ends, in place. */
static char *
trim(char *text)
{
	size_t len;

	text += strspn(text, " \t\r\n");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	text[len] = '\0';
	return text;
}

/* Reads name=value lines; '#' begins a comment line. */
static status
read_properties(rd_kafka_conf_t *conf, const char *path)
{
	FILE *in = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	status s = STATUS_OK;

	if (in == NULL)
	{
		log_error("cannot open kafka.properties_file %s: %s", path, strerror(errno));
		return STATUS_CONFIG;
	}
	while (s == STATUS_OK && getline(&line, &size, in) >= 0)
	{
		char *name = trim(line);
		char *value = strchr(name, '=');

		if (name[0] == '\0' || name[0] == '#')
			continue;
		if (value != NULL)
			*value++ = '\0';
		s = set_property(conf, trim(name), value != NULL ? trim(value) : "", path);
	}
	free(line);
	fclose(in);
	return s;
}

static status
set_all(rd_kafka_conf_t *conf, const config *c, const kafka_setting *settings)
{
	status s = set_property(conf, "bootstrap.servers", c->kafka_bootstrap, "kafka.bootstrap");

	if (s == STATUS_OK)
		s = set_property(conf, "client.id", "mwmirror", "mwmirror");
	if (s == STATUS_OK)
		s = set_property(conf, "socket.nagle.disable", "true", "mwmirror");
	if (s == STATUS_OK)
		s = set_property(conf, "log.connection.close", "false", "mwmirror");
	if (s == STATUS_OK)
		s = set_property(conf, "reconnect.backoff.max.ms", "1000", "mwmirror");
	if (s == STATUS_OK && c->kafka_properties_file[0] != '\0')
		s = read_properties(conf, c->kafka_properties_file);
	for (; s == STATUS_OK && settings != NULL && settings->name != NULL; settings++)
		s = set_property(conf, settings->name, settings->value, "mwmirror");
	return s;
}

static void
set_callbacks(rd_kafka_conf_t *conf, const kafka_callbacks *callbacks)
{
	rd_kafka_conf_set_log_cb(conf, forward_log);
	rd_kafka_conf_set_error_cb(conf, forward_error);
	if (callbacks == NULL)
		return;
	rd_kafka_conf_set_opaque(conf, callbacks->opaque);
	if (callbacks->delivered != NULL)
		rd_kafka_conf_set_dr_msg_cb(conf, callbacks->delivered);
	if (callbacks->error != NULL)
		rd_kafka_conf_set_error_cb(conf, callbacks->error);
	if (callbacks->created != NULL)
		rd_kafka_conf_interceptor_add_on_new(conf, "mwmirror", callbacks->created,
		                                     callbacks->opaque);
}

status
kafka_client_create(const config *c, rd_kafka_type_t type, const kafka_setting *settings,
                    const kafka_callbacks *callbacks, rd_kafka_t **out)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char error[KAFKA_ERROR_SIZE];
	status s = set_all(conf, c, settings);

	if (s != STATUS_OK)
	{
		rd_kafka_conf_destroy(conf);
		return s;
	}
	set_callbacks(conf, callbacks);
	*out = rd_kafka_new(type, conf, error, sizeof(error));
	if (*out != NULL)
		return STATUS_OK;
	rd_kafka_conf_destroy(conf);
	log_error_hint("correct section [kafka] or kafka.properties_file.",
	               "librdkafka does not start with these settings: %s", error);
	return STATUS_CONFIG;
}

status
kafka_reader_create(const config *c, const char *isolation, rd_kafka_t **out)
{
	const kafka_setting settings[] = {{"group.id", "mwmirror"},
	                                  {"isolation.level", isolation},
	                                  {"enable.auto.commit", "false"},
	                                  {"enable.partition.eof", "true"},
	                                  {"auto.offset.reset", "earliest"},
	                                  {"allow.auto.create.topics", "false"},
	                                  {"fetch.wait.max.ms", "50"},
	                                  {"queued.max.messages.kbytes", "1024"},
	                                  {NULL, NULL}};

	return kafka_client_create(c, RD_KAFKA_CONSUMER, settings, NULL, out);
}

void
kafka_reader_destroy(rd_kafka_t *reader)
{
	rd_kafka_destroy_flags(reader, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

rd_kafka_resp_err_t
kafka_reader_assign(rd_kafka_t *reader, const char *topic, int32_t partition, int64_t offset)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_resp_err_t error;

	rd_kafka_topic_partition_list_add(list, topic, partition)->offset = offset;
	error = rd_kafka_assign(reader, list);
	rd_kafka_topic_partition_list_destroy(list);
	return error;
}

void
kafka_hanging_hint(const config *c, const char *topic, int32_t partition,
                   char out[KAFKA_ERROR_SIZE])
{
	snprintf(out, KAFKA_ERROR_SIZE,
	         "an open transaction may be in front of them: kafka-transactions.sh "
	         "--bootstrap-server %s find-hanging --topic %s --partition %" PRId32
	         " names it, and `abort` ends it; or the relay's principal has no READ on the topic.",
	         c->kafka_bootstrap, topic, partition);
}

rd_kafka_resp_err_t
kafka_ask(kafka_question ask, void *arg, int timeout_ms, const char *doing, const char *what)
{
	int64_t until = clock_ms() + timeout_ms;
	patience wait = patience_begin();
	rd_kafka_resp_err_t error;

	do
	{
		int64_t before = clock_ms();

		error = ask(arg, ASK_SLICE_MS);
		if (error == RD_KAFKA_RESP_ERR_NO_ERROR || kafka_error_find(error)->answer != KAFKA_RETRY)
			return error;
		if (patience_due(&wait))
			log_write_hint(LOG_LEVEL_WARNING, "is the broker up, and kafka.bootstrap right?",
			               "Kafka did not %s %s for %d s: %s", doing, what, patience_seconds(&wait),
			               rd_kafka_err2str(error));
		/* a fault that came at once must not turn this into a busy loop */
		if (clock_ms() - before < ASK_SLICE_MS / 10)
			stop_wait(ASK_SLICE_MS / 10);
	} while (!stop_requested() && clock_ms() < until);
	return error;
}

status
kafka_refuse(rd_kafka_resp_err_t error, const char *doing, const char *topic)
{
	const kafka_error_class *class = kafka_error_find(error);

	if (stop_requested())
		return STATUS_STOPPED;
	if (class->answer == KAFKA_REFUSE)
	{
		log_error_hint(class->hint, "Kafka refuses to %s topic %s: %s", doing, topic,
		               rd_kafka_err2str(error));
		return STATUS_SINK;
	}
	log_warning("Kafka could not %s topic %s: %s", doing, topic, rd_kafka_err2str(error));
	return STATUS_RETRY;
}

typedef struct partitions_question
{
	rd_kafka_t *client;
	rd_kafka_topic_t *topic;
	int count;
} partitions_question;

static rd_kafka_resp_err_t
ask_partitions(void *arg, int timeout_ms)
{
	partitions_question *q = arg;
	const struct rd_kafka_metadata *metadata;
	rd_kafka_resp_err_t error = rd_kafka_metadata(q->client, 0, q->topic, &metadata, timeout_ms);

	if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
		return error;
	if (metadata->topic_cnt == 1)
	{
		error = metadata->topics[0].err;
		q->count = error == RD_KAFKA_RESP_ERR_NO_ERROR ? metadata->topics[0].partition_cnt : 0;
	}
	rd_kafka_metadata_destroy(metadata);
	return error;
}

status
kafka_topic_partitions(rd_kafka_t *reader, const char *topic, int timeout_ms, int *out)
{
	partitions_question q = {.client = reader, .topic = rd_kafka_topic_new(reader, topic, NULL)};
	rd_kafka_resp_err_t error;

	*out = 0;
	if (q.topic == NULL)
		return STATUS_MEMORY;
	error = kafka_ask(ask_partitions, &q, timeout_ms, "describe topic", topic);
	rd_kafka_topic_destroy(q.topic);
	*out = q.count;
	if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
	    error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
		return STATUS_OK;
	return kafka_refuse(error, "describe", topic);
}

rd_kafka_resp_err_t
kafka_partition_edge(rd_kafka_t *reader, const char *topic, int32_t partition, int64_t edge,
                     int timeout_ms, int64_t *offset)
{
	int64_t until = clock_ms() + timeout_ms;
	patience wait = patience_begin();
	rd_kafka_resp_err_t error = kafka_reader_assign(reader, topic, partition, edge);

	if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
		return error;
	while (!stop_requested() && clock_ms() < until)
	{
		rd_kafka_message_t *m = rd_kafka_consumer_poll(reader, EDGE_POLL_MS);

		if (m != NULL)
		{
			error =
			    m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF ? RD_KAFKA_RESP_ERR_NO_ERROR : m->err;
			*offset = m->offset;
			rd_kafka_message_destroy(m);
			if (error == RD_KAFKA_RESP_ERR_NO_ERROR ||
			    kafka_error_find(error)->answer != KAFKA_RETRY)
				return error;
		}
		if (patience_due(&wait))
			log_write_hint(LOG_LEVEL_WARNING, "is the broker up, and kafka.bootstrap right?",
			               "Kafka did not tell an end of topic %s for %d s", topic,
			               patience_seconds(&wait));
	}
	return RD_KAFKA_RESP_ERR__TIMED_OUT;
}

status
kafka_topic_name(const config *c, const char *stream, char out[KAFKA_TOPIC_SIZE])
{
	int n = snprintf(out, KAFKA_TOPIC_SIZE, "%s%s", c->kafka_topic_prefix, stream);

	if (n >= 0 && n < KAFKA_TOPIC_SIZE)
		return STATUS_OK;
	log_error("kafka.topic_prefix is too long: %s%s", c->kafka_topic_prefix, stream);
	return STATUS_CONFIG;
}
