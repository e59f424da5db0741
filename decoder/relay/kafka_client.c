/*
 * relay/kafka_client.c
 *	  Kafka handles; see kafka_client.h.
 */
#include "relay/kafka_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/log.h"

#define SYSLOG_WARNING 4

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
	if (s == STATUS_OK && c->kafka_properties_file[0] != '\0')
		s = read_properties(conf, c->kafka_properties_file);
	for (; s == STATUS_OK && settings != NULL && settings->name != NULL; settings++)
		s = set_property(conf, settings->name, settings->value, "mwmirror");
	return s;
}

status
kafka_client_create(const config *c, rd_kafka_type_t type, const kafka_setting *settings,
                    void (*delivered)(rd_kafka_t *, const rd_kafka_message_t *, void *),
                    void *opaque, rd_kafka_t **out)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char error[KAFKA_ERROR_SIZE];
	status s = set_all(conf, c, settings);

	if (s != STATUS_OK)
	{
		rd_kafka_conf_destroy(conf);
		return s;
	}
	rd_kafka_conf_set_log_cb(conf, forward_log);
	rd_kafka_conf_set_error_cb(conf, forward_error);
	rd_kafka_conf_set_opaque(conf, opaque);
	if (delivered != NULL)
		rd_kafka_conf_set_dr_msg_cb(conf, delivered);
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

	return kafka_client_create(c, RD_KAFKA_CONSUMER, settings, NULL, NULL, out);
}

status
kafka_topic_partitions(rd_kafka_t *reader, const char *topic, int timeout_ms, int *out)
{
	const struct rd_kafka_metadata *metadata;
	rd_kafka_topic_t *rkt = rd_kafka_topic_new(reader, topic, NULL);
	rd_kafka_resp_err_t error;

	*out = 0;
	if (rkt == NULL)
		return STATUS_MEMORY;
	error = rd_kafka_metadata(reader, 0, rkt, &metadata, timeout_ms);
	rd_kafka_topic_destroy(rkt);
	if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
	{
		if (metadata->topic_cnt == 1)
		{
			error = metadata->topics[0].err;
			*out = error == RD_KAFKA_RESP_ERR_NO_ERROR ? metadata->topics[0].partition_cnt : 0;
		}
		rd_kafka_metadata_destroy(metadata);
	}
	if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
	    error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
		return STATUS_OK;
	if (error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
	{
		log_error_hint("grant READ, WRITE and DESCRIBE on it to the relay's principal.",
		               "Kafka refuses access to topic %s", topic);
		return STATUS_SINK;
	}
	log_warning("Kafka does not describe topic %s: %s", topic, rd_kafka_err2str(error));
	return STATUS_RETRY;
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
