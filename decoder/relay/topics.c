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
#include "relay/kafka_error.h"
#include "support/clock.h"
#include "support/log.h"
#include "support/stop.h"

#define TIMEOUT_MS 15000
#define MAX_TOPIC_SETTINGS 9
#define VALUE_SIZE 24
#define LINE_SIZE 512
#define POLL_MS 200
#define APPEAR_MS 3000
#define WEEK_MS                                                                                    \
	"604800000" /* who reads a compacted topic from its beginning has so long to see what was deleted */

/* How a setting of a topic that exists is judged. */
typedef enum rule
{
	RULE_EQUAL,    /* anything else is wrong */
	RULE_AT_LEAST, /* a smaller number is wrong */
	RULE_AT_MOST,  /* a larger one is */
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
	bool is_off;                                /* a stream's that is off now */
	bool is_own;                                /* a request's, which the relay makes */
	topic_setting settings[MAX_TOPIC_SETTINGS]; /* ended by a NULL name */
} topic_plan;

typedef struct topics_run
{
	const config *config;
	const stream_list *streams;
	rd_kafka_t *client;
	rd_kafka_queue_t *queue;
	bool dry_run;
	bool wrong;           /* or missing, for topics_check */
	int64_t appear_until; /* as clock_ms(): a topic that is not there by then is missing */
	FILE *out;            /* NULL: what is wrong is logged */
	char max_message_bytes[VALUE_SIZE];
} topics_run;

/* Says what is wrong with a topic, and how it is put right. */
static void
complain(topics_run *t, const char *topic, const char *wrong, const char *remedy)
{
	t->wrong = true;
	if (t->out != NULL)
		fprintf(t->out, "%s: WRONG: %s: %s\n", topic, wrong, remedy);
	else
		log_error_hint(remedy, "topic %s must not be published to: it %s", topic, wrong);
}

/* A line for `mwmirror topics` only. */
static void
tell(const topics_run *t, const char *topic, const char *text)
{
	if (t->out != NULL)
		fprintf(t->out, "%s: %s\n", topic, text);
}

/* Adds a setting to those of a plan; an empty value is the broker's own. */
static void
plan_setting(topic_plan *plan, const char *name, const char *value, rule judged)
{
	size_t at = 0;

	while (plan->settings[at].name != NULL)
		at++;
	if (value[0] != '\0')
		plan->settings[at] = (topic_setting){name, value, judged};
}

/*
 * A stream's topic. Compression stays the producer's, so the broker need not compress again. What a later message of the same key takes
 * the place of may have been hidden since: where the stream says for how long it may stay, that holds.
 */
static status
plan_stream(const topics_run *t, const stream_info *stream, topic_plan *plan)
{
	memset(plan->settings, 0, sizeof(plan->settings));
	plan_setting(plan, "cleanup.policy", stream->cleanup, RULE_EQUAL);
	plan_setting(plan, "max.message.bytes", t->max_message_bytes, RULE_AT_LEAST);
	plan_setting(plan, "compression.type", "producer", RULE_ADVICE);
	plan_setting(plan, "message.timestamp.type", "CreateTime", RULE_EQUAL);
	plan_setting(plan, "retention.ms", stream->retention_ms, RULE_ADVICE);
	if (strncmp(stream->cleanup, "compact", strlen("compact")) == 0 &&
	    stream->compaction_lag_ms[0] != '\0')
	{
		plan_setting(plan, "max.compaction.lag.ms", stream->compaction_lag_ms, RULE_AT_MOST);
		plan_setting(plan, "min.cleanable.dirty.ratio", "0.1", RULE_ADVICE);
		plan_setting(plan, "delete.retention.ms", WEEK_MS, RULE_ADVICE);
	}
	plan->partitions = stream->partitions;
	plan->is_off = stream->is_off;
	plan->is_own = stream->is_own;
	return kafka_topic_name(t->config, stream->topic, plan->name);
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
	plan->is_off = plan->is_own = false;
	return n < (int) sizeof(plan->name) ? STATUS_OK : STATUS_CONFIG;
}

/*
 * Waits for the one result of an admin request, which the caller destroys. STATUS_RETRY: no answer, logged;
 * STATUS_STOPPED; STATUS_SINK: refused, logged.
 */
static status
await_result(const topics_run *t, const char *doing, const char *topic, rd_kafka_event_t **out)
{
	int64_t until = clock_ms() + TIMEOUT_MS + 1000;
	rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR__TIMED_OUT;

	do
		*out = rd_kafka_queue_poll(t->queue, POLL_MS);
	while (*out == NULL && !stop_requested() && clock_ms() < until);
	if (*out != NULL)
	{
		error = rd_kafka_event_error(*out);
		if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
			return STATUS_OK;
		rd_kafka_event_destroy(*out);
	}
	return kafka_refuse(error, doing, topic);
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
	status s;

	if (topic == NULL)
	{
		log_error("topic %s cannot be made: %s", plan->name, text);
		return STATUS_CONFIG;
	}
	for (const topic_setting *w = plan->settings; w->name != NULL; w++)
		rd_kafka_NewTopic_set_config(topic, w->name, w->value);
	options = make_options(t, RD_KAFKA_ADMIN_OP_CREATETOPICS);
	rd_kafka_CreateTopics(t->client, &topic, 1, options, t->queue);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_NewTopic_destroy(topic);
	s = await_result(t, "make", plan->name, &event);
	if (s != STATUS_OK)
		return s;
	results =
	    rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
	error = rd_kafka_topic_result_error(results[0]);
	if (plan->is_own && error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
		error = RD_KAFKA_RESP_ERR_NO_ERROR; /* not every broker has heard of it */
	if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
		log_error_hint("see kafka.replication_factor, and the principal's right to CREATE topics.",
		               "Kafka refuses to make topic %s: %s", plan->name,
		               rd_kafka_topic_result_error_string(results[0]) != NULL
		                   ? rd_kafka_topic_result_error_string(results[0])
		                   : rd_kafka_err2str(error));
	rd_kafka_event_destroy(event);
	return error == RD_KAFKA_RESP_ERR_NO_ERROR ? STATUS_OK : STATUS_SINK;
}

static bool
is_wrong(const topic_setting *wanted, const char *value)
{
	long long found = strtoll(value, NULL, 10);
	long long limit = strtoll(wanted->value, NULL, 10);

	switch (wanted->rule)
	{
		case RULE_AT_LEAST:
			return found < limit;
		case RULE_AT_MOST:
			return found > limit;
		case RULE_EQUAL:
		case RULE_ADVICE:
			break;
	}
	return strcmp(value, wanted->value) != 0;
}

/* Compares one setting with the plan and says where they differ. */
static void
judge_setting(topics_run *t, const topic_plan *plan, const topic_setting *wanted, const char *value)
{
	const char *bound = wanted->rule == RULE_AT_LEAST  ? "at least "
	                    : wanted->rule == RULE_AT_MOST ? "at most "
	                                                   : "";
	bool wrong = is_wrong(wanted, value);
	char what[LINE_SIZE];
	char remedy[LINE_SIZE];

	if (!wrong)
		return;
	if (wanted->rule == RULE_ADVICE)
	{
		snprintf(what, sizeof(what), "note: %s is %s; new topics get %s", wanted->name, value,
		         wanted->value);
		tell(t, plan->name, what);
		return;
	}
	snprintf(what, sizeof(what), "has %s %s, needs %s%s", wanted->name, value, bound,
	         wanted->value);
	snprintf(remedy, sizeof(remedy),
	         "kafka-configs.sh --bootstrap-server %s --alter --topic %s --add-config %s=%s",
	         t->config->kafka_bootstrap, plan->name, wanted->name, wanted->value);
	complain(t, plan->name, what, remedy);
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

/* What a topic must be like can only be judged by a principal that may know. */
static status
refuse_settings(const topic_plan *plan, rd_kafka_resp_err_t error)
{
	if (error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
	{
		log_error_hint("grant it DESCRIBE_CONFIGS on the topic (README, Kafka topics).",
		               "Kafka does not tell this principal the settings of topic %s", plan->name);
		return STATUS_SINK;
	}
	return kafka_refuse(error, "tell the settings of", plan->name);
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
	status s;

	rd_kafka_DescribeConfigs(t->client, &resource, 1, options, t->queue);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_ConfigResource_destroy(resource);
	s = await_result(t, "tell the settings of", plan->name, &event);
	if (s != STATUS_OK)
		return s;
	resources = rd_kafka_DescribeConfigs_result_resources(
	    rd_kafka_event_DescribeConfigs_result(event), &count);
	if (count != 1 || rd_kafka_ConfigResource_error(resources[0]) != RD_KAFKA_RESP_ERR_NO_ERROR)
		s = refuse_settings(plan, count == 1 ? rd_kafka_ConfigResource_error(resources[0])
		                                     : RD_KAFKA_RESP_ERR_UNKNOWN);
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

/*
 * Asks for the partitions until there are some, or t->appear_until has come: brokers learn of a new topic a little later
 * than the one that made it.
 */
static status
await_topic(const topics_run *t, const topic_plan *plan, int *partitions)
{
	status s;

	do
		s = kafka_topic_partitions(t->client, plan->name, TIMEOUT_MS, partitions);
	while (s == STATUS_OK && *partitions == 0 && clock_ms() < t->appear_until &&
	       !stop_wait(POLL_MS));
	return s;
}

/* Makes a topic, and waits until it is there. */
static status
make_topic(topics_run *t, const topic_plan *plan)
{
	int partitions;
	status s = create_topic(t, plan);

	t->appear_until = clock_ms() + APPEAR_MS;
	if (s == STATUS_OK)
		s = await_topic(t, plan, &partitions);
	if (s == STATUS_OK)
		tell(t, plan->name, "made");
	return s;
}

static status
ensure_missing(topics_run *t, const topic_plan *plan)
{
	status s = STATUS_OK;

	if (plan->is_own)
		s = make_topic(t, plan);
	else if (t->out == NULL)
		complain(t, plan->name, "is not there",
		         plan->is_off
		             ? "it is of a stream that is off now, but has events from before: run "
		               "`mwmirror topics --all`"
		             : "run `mwmirror topics`, which makes all topics with the right settings");
	else if (t->dry_run)
		tell(t, plan->name, "missing, would be made");
	else
		s = make_topic(t, plan);
	return s;
}

/* Makes the topic, or checks the one that is there. */
static status
ensure_topic(topics_run *t, const topic_plan *plan)
{
	int partitions;
	bool wrong_before = t->wrong;
	char what[LINE_SIZE];
	status s = t->out == NULL && !plan->is_own
	               ? await_topic(t, plan, &partitions)
	               : kafka_topic_partitions(t->client, plan->name, TIMEOUT_MS, &partitions);

	if (s != STATUS_OK)
		return s;
	if (partitions == 0)
		return ensure_missing(t, plan);
	if (partitions != plan->partitions)
	{
		snprintf(what, sizeof(what), "has %d partitions, needs %d", partitions, plan->partitions);
		complain(t, plan->name, what,
		         "order over partitions is not kept; delete it or choose another name");
	}
	s = check_settings(t, plan);
	if (s == STATUS_OK && t->wrong == wrong_before)
		tell(t, plan->name, "ok");
	return s;
}

static status
ensure_all(topics_run *t)
{
	topic_plan plan;
	status s = plan_position(t, &plan);

	if (s == STATUS_OK)
		s = ensure_topic(t, &plan);
	for (size_t i = 0; i < t->streams->count && s == STATUS_OK; i++)
	{
		s = plan_stream(t, &t->streams->items[i], &plan);
		if (s == STATUS_OK && strcmp(plan.name, t->config->kafka_position_topic) == 0)
			complain(t, plan.name, "is kafka.position_topic and a stream's",
			         "set mwmirror.stream.topic of that stream, or kafka.position_topic");
		else if (s == STATUS_OK)
			s = ensure_topic(t, &plan);
	}
	return s;
}

static status
run(topics_run *t)
{
	const config *c = t->config;
	status s = kafka_reader_create(c, "read_committed", &t->client);

	if (s != STATUS_OK)
		return s;
	snprintf(t->max_message_bytes, sizeof(t->max_message_bytes), "%" PRId64,
	         c->kafka_max_message_bytes);
	t->queue = rd_kafka_queue_new(t->client);
	s = ensure_all(t);
	rd_kafka_queue_destroy(t->queue);
	kafka_reader_destroy(t->client);
	return s;
}

status
topics_ensure(const config *c, const stream_list *streams, bool dry_run, FILE *out)
{
	topics_run t = {.config = c, .streams = streams, .dry_run = dry_run, .out = out};
	status s = run(&t);

	if (s == STATUS_RETRY)
	{
		log_error_hint("is the broker up, and kafka.bootstrap right?",
		               "Kafka at %s does not answer", c->kafka_bootstrap);
		return STATUS_SINK;
	}
	return s == STATUS_OK && t.wrong ? STATUS_FAILED : s;
}

status
topics_check(const config *c, const stream_list *streams)
{
	topics_run t = {
	    .config = c, .streams = streams, .dry_run = true, .appear_until = clock_ms() + APPEAR_MS};
	status s = run(&t);

	return s == STATUS_OK && t.wrong ? STATUS_SINK : s;
}
