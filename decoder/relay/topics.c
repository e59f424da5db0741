/*
 * relay/topics.c
 *	  Topics with the right settings; see topics.h.
 */
#include "relay/topics.h"

#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdlib.h>
#include <string.h>

#include "relay/kafka_client.h"
#include "support/log.h"
#include "wire/streams.h"

#define TIMEOUT_MS 15000
#define MAX_TOPIC_SETTINGS 6
#define VALUE_SIZE 24

/* How a setting of a topic that exists is judged. */
typedef enum rule
{
	RULE_EQUAL,    /* anything else is wrong */
	RULE_AT_LEAST, /* a smaller number is wrong */
	RULE_ADVICE    /* another value is shown, no more */
} rule;

typedef struct topic_setting
{
	const char *name;
	const char *value;
	rule rule;
} topic_setting;

typedef struct topic_plan
{
	char name[KAFKA_TOPIC_SIZE];
	int partitions;
	topic_setting settings[MAX_TOPIC_SETTINGS]; /* ended by a NULL name */
} topic_plan;

typedef struct topics_run
{
	const config *config;
	rd_kafka_t *client;
	rd_kafka_queue_t *queue;
	bool dry_run;
	bool wrong;
	FILE *out;
	char max_message_bytes[VALUE_SIZE];
} topics_run;

/* A stream's topic. Compression stays the producer's, so the broker need not compress again. */
static status
plan_stream(const topics_run *t, const stream_info *stream, topic_plan *plan)
{
	const topic_setting settings[] = {
	    {"cleanup.policy", stream->cleanup, RULE_EQUAL},
	    {"max.message.bytes", t->max_message_bytes, RULE_AT_LEAST},
	    {"compression.type", "producer", RULE_ADVICE},
	    {"message.timestamp.type", "CreateTime", RULE_EQUAL},
	    {stream->retention_ms != NULL ? "retention.ms" : NULL, stream->retention_ms, RULE_ADVICE},
	    {NULL, NULL, RULE_EQUAL}};

	memcpy(plan->settings, settings, sizeof(settings));
	plan->partitions = stream->partitions;
	return kafka_topic_name(t->config, stream->name, plan->name);
}

/* The position topic: compacted, in small segments, so that a start reads little. */
static status
plan_position(const topics_run *t, topic_plan *plan)
{
	static const topic_setting settings[] = {{"cleanup.policy", "compact", RULE_EQUAL},
	                                         {"compression.type", "producer", RULE_ADVICE},
	                                         {"segment.bytes", "4194304", RULE_ADVICE},
	                                         {"segment.ms", "3600000", RULE_ADVICE},
	                                         {"min.cleanable.dirty.ratio", "0.1", RULE_ADVICE},
	                                         {NULL, NULL, RULE_EQUAL}};
	int n = snprintf(plan->name, sizeof(plan->name), "%s", t->config->kafka_position_topic);

	memcpy(plan->settings, settings, sizeof(settings));
	plan->partitions = 1;
	return n < (int) sizeof(plan->name) ? STATUS_OK : STATUS_CONFIG;
}

/* Waits for the one result of an admin request; NULL after it was logged. The caller destroys it. */
static rd_kafka_event_t *
await_result(const topics_run *t, const char *doing, const char *topic)
{
	rd_kafka_event_t *event = rd_kafka_queue_poll(t->queue, TIMEOUT_MS + 1000);

	if (event != NULL && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR)
		return event;
	log_error_hint("is the broker up, and kafka.bootstrap right?",
	               "Kafka at %s did not %s topic %s: %s", t->config->kafka_bootstrap, doing, topic,
	               event != NULL ? rd_kafka_event_error_string(event) : "no answer");
	if (event != NULL)
		rd_kafka_event_destroy(event);
	return NULL;
}

static rd_kafka_AdminOptions_t *
make_options(const topics_run *t, rd_kafka_admin_op_t operation)
{
	rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(t->client, operation);
	char error[KAFKA_ERROR_SIZE];

	rd_kafka_AdminOptions_set_request_timeout(options, TIMEOUT_MS, error, sizeof(error));
	return options;
}

static status
create_topic(const topics_run *t, const topic_plan *plan)
{
	char text[KAFKA_ERROR_SIZE];
	rd_kafka_NewTopic_t *topic =
	    rd_kafka_NewTopic_new(plan->name, plan->partitions,
	                          (int) t->config->kafka_replication_factor, text, sizeof(text));
	rd_kafka_AdminOptions_t *options;
	rd_kafka_event_t *event;
	const rd_kafka_topic_result_t **results;
	size_t count;
	rd_kafka_resp_err_t error;

	if (topic == NULL)
	{
		log_error("topic %s cannot be made: %s", plan->name, text);
		return STATUS_CONFIG;
	}
	for (const topic_setting *s = plan->settings; s->name != NULL; s++)
		rd_kafka_NewTopic_set_config(topic, s->name, s->value);
	options = make_options(t, RD_KAFKA_ADMIN_OP_CREATETOPICS);
	rd_kafka_CreateTopics(t->client, &topic, 1, options, t->queue);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_NewTopic_destroy(topic);
	event = await_result(t, "make", plan->name);
	if (event == NULL)
		return STATUS_SINK;
	results =
	    rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
	error = rd_kafka_topic_result_error(results[0]);
	if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
		log_error_hint("see kafka.replication_factor, and the principal's right to CREATE topics.",
		               "Kafka refuses to make topic %s: %s", plan->name,
		               rd_kafka_topic_result_error_string(results[0]) != NULL
		                   ? rd_kafka_topic_result_error_string(results[0])
		                   : rd_kafka_err2str(error));
	rd_kafka_event_destroy(event);
	return error == RD_KAFKA_RESP_ERR_NO_ERROR ? STATUS_OK : STATUS_SINK;
}

/* Compares one setting with the plan and writes a line where they differ. */
static void
judge_setting(topics_run *t, const topic_plan *plan, const topic_setting *wanted, const char *value)
{
	bool wrong = false;

	switch (wanted->rule)
	{
		case RULE_EQUAL:
			wrong = strcmp(value, wanted->value) != 0;
			break;
		case RULE_AT_LEAST:
			wrong = strtoll(value, NULL, 10) < strtoll(wanted->value, NULL, 10);
			break;
		case RULE_ADVICE:
			if (strcmp(value, wanted->value) != 0)
				fprintf(t->out, "%s: note: %s is %s; new topics get %s\n", plan->name, wanted->name,
				        value, wanted->value);
			return;
	}
	if (!wrong)
		return;
	t->wrong = true;
	fprintf(
	    t->out,
	    "%s: WRONG: %s is %s, needs %s%s: kafka-configs.sh --alter --topic %s --add-config %s=%s\n",
	    plan->name, wanted->name, value, wanted->rule == RULE_AT_LEAST ? "at least " : "",
	    wanted->value, plan->name, wanted->name, wanted->value);
}

/* Finds a setting in what the broker described; NULL if it is not told. */
static const char *
find_setting(const rd_kafka_ConfigEntry_t **entries, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(rd_kafka_ConfigEntry_name(entries[i]), name) == 0)
			return rd_kafka_ConfigEntry_value(entries[i]);
	return NULL;
}

/* Compares the settings of a topic that exists. */
static status
check_settings(topics_run *t, const topic_plan *plan)
{
	rd_kafka_ConfigResource_t *resource =
	    rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, plan->name);
	rd_kafka_AdminOptions_t *options = make_options(t, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
	const rd_kafka_ConfigResource_t **resources;
	const rd_kafka_ConfigEntry_t **entries;
	rd_kafka_event_t *event;
	size_t count;
	status s = STATUS_OK;

	rd_kafka_DescribeConfigs(t->client, &resource, 1, options, t->queue);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_ConfigResource_destroy(resource);
	event = await_result(t, "describe", plan->name);
	if (event == NULL)
		return STATUS_SINK;
	resources = rd_kafka_DescribeConfigs_result_resources(
	    rd_kafka_event_DescribeConfigs_result(event), &count);
	if (count != 1 || rd_kafka_ConfigResource_error(resources[0]) != RD_KAFKA_RESP_ERR_NO_ERROR)
	{
		log_error("Kafka does not tell the settings of topic %s", plan->name);
		s = STATUS_SINK;
	}
	else
	{
		entries = rd_kafka_ConfigResource_configs(resources[0], &count);
		for (const topic_setting *w = plan->settings; w->name != NULL; w++)
		{
			const char *value = find_setting(entries, count, w->name);

			if (value != NULL)
				judge_setting(t, plan, w, value);
		}
	}
	rd_kafka_event_destroy(event);
	return s;
}

/* Makes the topic, or checks the one that is there. */
static status
ensure_topic(topics_run *t, const topic_plan *plan)
{
	int partitions;
	bool wrong_before = t->wrong;
	status s = kafka_topic_partitions(t->client, plan->name, TIMEOUT_MS, &partitions);

	if (s == STATUS_RETRY)
	{
		log_error_hint("is the broker up, and kafka.bootstrap right?",
		               "Kafka at %s does not answer", t->config->kafka_bootstrap);
		return STATUS_SINK;
	}
	if (s != STATUS_OK)
		return s;
	if (partitions == 0)
	{
		if (!t->dry_run)
			s = create_topic(t, plan);
		if (s == STATUS_OK)
			fprintf(t->out, "%s: %s\n", plan->name, t->dry_run ? "missing, would be made" : "made");
		return s;
	}
	if (partitions != plan->partitions)
	{
		t->wrong = true;
		fprintf(t->out,
		        "%s: WRONG: has %d partitions, needs %d; order over partitions is not kept. Delete "
		        "it or choose "
		        "another name\n",
		        plan->name, partitions, plan->partitions);
	}
	s = check_settings(t, plan);
	if (s == STATUS_OK && t->wrong == wrong_before)
		fprintf(t->out, "%s: ok\n", plan->name);
	return s;
}

static status
ensure_all(topics_run *t)
{
	topic_plan plan;
	status s = plan_position(t, &plan);

	if (s == STATUS_OK)
		s = ensure_topic(t, &plan);
	for (size_t i = 0; i < stream_count && s == STATUS_OK; i++)
	{
		s = plan_stream(t, &streams[i], &plan);
		if (s == STATUS_OK)
			s = ensure_topic(t, &plan);
	}
	if (s == STATUS_OK && t->wrong)
		s = STATUS_FAILED;
	return s;
}

status
topics_ensure(const config *c, bool dry_run, FILE *out)
{
	topics_run t = {.config = c, .dry_run = dry_run, .out = out};
	status s = kafka_reader_create(c, "read_committed", &t.client);

	if (s != STATUS_OK)
		return s;
	snprintf(t.max_message_bytes, sizeof(t.max_message_bytes), "%" PRId64,
	         c->kafka_max_message_bytes);
	t.queue = rd_kafka_queue_new(t.client);
	s = ensure_all(&t);
	rd_kafka_queue_destroy(t.queue);
	rd_kafka_destroy(t.client);
	return s;
}
