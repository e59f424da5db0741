/*
 * tests/unit/test_relay_kafka.c
 *	  The sink 'kafka' against librdkafka's mock brokers: what arrives, what is stored, how errors are answered.
 *
 * The mock knows no control records, so what read_committed hides is tested with a real broker.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "relay/kafka_client.h"
#include "relay/messages_check.h"
#include "relay/position_topic.h"
#include "relay/sink.h"
#include "relay/streams.h"
#include "support/log.h"

#define KEY "{\"wiki_id\":\"w\",\"page_id\":1}"
#define API_PRODUCE 0
#define API_END_TXN 26
#define TIMEOUT_MS 10000

static rd_kafka_t *host;
static rd_kafka_mock_cluster_t *cluster;
static config settings;
static char slot[] = "test";
static char topic[KAFKA_TOPIC_SIZE];
static stream_info one_stream = {.name = "mediawiki.page_change.v1",
                                 .topic = "mediawiki.page_change.v1",
                                 .partitions = 1,
                                 .cleanup = "delete",
                                 .retention_ms = "",
                                 .compaction_lag_ms = ""};
static const stream_list streams = {.items = &one_stream, .count = 1};

static int
set_up(void **state)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char error[KAFKA_ERROR_SIZE];

	(void) state;
	log_configure(LOG_LEVEL_ERROR, false);
	rd_kafka_conf_set_log_cb(conf, NULL); /* that it has no brokers of its own is meant so */
	host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof(error));
	if (host == NULL)
		return 1;
	cluster = rd_kafka_mock_cluster_new(host, 1);
	settings = (config){.relay_slot = slot,
	                    .relay_sink = "kafka",
	                    .kafka_transactional_id = "mwmirror-test",
	                    .kafka_compression = "lz4",
	                    .kafka_max_message_bytes = 100000,
	                    .kafka_queue_bytes = 1048576,
	                    .kafka_transaction_timeout_ms = 10000,
	                    .kafka_properties_file = ""};
	return 0;
}

static int
tear_down(void **state)
{
	(void) state;
	rd_kafka_mock_cluster_destroy(cluster);
	rd_kafka_destroy(host);
	return 0;
}

/* Each test has topics and a slot of its own on the one cluster. */
static int
new_topics(void **state)
{
	static int number;
	static char prefix[16];
	static char position_topic[32];

	(void) state;
	number++;
	snprintf(prefix, sizeof(prefix), "dc%d.", number);
	snprintf(position_topic, sizeof(position_topic), "position%d", number);
	settings.kafka_topic_prefix = prefix;
	settings.kafka_position_topic = position_topic;
	settings.kafka_bootstrap = (char *) (uintptr_t) rd_kafka_mock_cluster_bootstraps(cluster);
	if (kafka_topic_name(&settings, one_stream.name, topic) != STATUS_OK)
		return 1;
	return rd_kafka_mock_topic_create(cluster, topic, 1, 1) != RD_KAFKA_RESP_ERR_NO_ERROR ||
	       rd_kafka_mock_topic_create(cluster, position_topic, 1, 1) != RD_KAFKA_RESP_ERR_NO_ERROR;
}

static sink *
open_sink(relay_position *stored)
{
	sink *s = sink_kafka_create(&settings);

	assert_non_null(s);
	s->streams = &streams;
	assert_int_equal(s->open(s, stored), STATUS_OK);
	assert_true(s->keeps_position);
	return s;
}

static status
send_event(sink *s, const char *value, uint32_t len, uint32_t ordinal)
{
	const sink_event e = {.stream = &one_stream,
	                      .key = {KEY, sizeof(KEY) - 1},
	                      .value = {value, len},
	                      .timestamp = 1763871234000,
	                      .source = "main",
	                      .gtid = "0-1-7",
	                      .lsn = "0/16B3748",
	                      .ordinal = ordinal,
	                      .last = ordinal == 2};

	return s->event(s, &e);
}

static const relay_position position = {.lsn = 0x16B3778,
                                        .gtid = "0-1-7",
                                        .events = 2,
                                        .commit_time = 1,
                                        .published_at = 2,
                                        .system = "7"};

static void
assert_header(const rd_kafka_message_t *m, const char *name, const char *expected)
{
	rd_kafka_headers_t *headers;
	const void *value;
	size_t len;

	assert_int_equal(rd_kafka_message_headers(m, &headers), RD_KAFKA_RESP_ERR_NO_ERROR);
	assert_int_equal(rd_kafka_header_get_last(headers, name, &value, &len),
	                 RD_KAFKA_RESP_ERR_NO_ERROR);
	assert_int_equal(len, strlen(expected));
	assert_memory_equal(value, expected, len);
}

static void
assert_no_header(const rd_kafka_message_t *m, const char *name)
{
	rd_kafka_headers_t *headers;
	const void *value;
	size_t len;

	assert_int_equal(rd_kafka_message_headers(m, &headers), RD_KAFKA_RESP_ERR_NO_ERROR);
	assert_int_equal(rd_kafka_header_get_last(headers, name, &value, &len),
	                 RD_KAFKA_RESP_ERR__NOENT);
}

/* Reads the topic's first two records and compares them with what send_event wrote. */
static void
assert_two_events(void)
{
	rd_kafka_t *reader;
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

	assert_int_equal(kafka_reader_create(&settings, "read_committed", &reader), STATUS_OK);
	rd_kafka_topic_partition_list_add(list, topic, 0)->offset = 0;
	rd_kafka_assign(reader, list);
	rd_kafka_topic_partition_list_destroy(list);
	for (int i = 0; i < 2; i++)
	{
		rd_kafka_message_t *m = rd_kafka_consumer_poll(reader, TIMEOUT_MS);

		assert_non_null(m);
		assert_int_equal(m->err, RD_KAFKA_RESP_ERR_NO_ERROR);
		assert_int_equal(m->key_len, sizeof(KEY) - 1);
		assert_memory_equal(m->key, KEY, m->key_len);
		assert_true(rd_kafka_message_timestamp(m, NULL) == 1763871234000);
		assert_header(m, "source", "main");
		assert_header(m, "gtid", "0-1-7");
		assert_header(m, "lsn", "0/16B3748");
		assert_header(m, "ordinal", i == 0 ? "1" : "2");
		if (i == 0)
			assert_no_header(m, "last");
		else
			assert_header(m, "last", "true");
		if (i == 0)
			assert_memory_equal(m->payload, "{}", 2);
		else
			assert_null(m->payload);
		rd_kafka_message_destroy(m);
	}
	rd_kafka_consumer_close(reader);
	rd_kafka_destroy(reader);
}

static void
events_and_position_arrive(void **state)
{
	relay_position stored;
	bool found;
	sink *s = open_sink(&stored);

	(void) state;
	assert_true(stored.lsn == 0);
	assert_int_equal(s->begin(s), STATUS_OK);
	assert_int_equal(send_event(s, "{}", 2, 1), STATUS_OK);
	assert_int_equal(send_event(s, NULL, 0, 2), STATUS_OK);
	assert_int_equal(s->commit(s, &position), STATUS_OK);
	s->destroy(s);
	assert_two_events();
	assert_int_equal(relay_read_position(&settings, TIMEOUT_MS, &stored, &found), STATUS_OK);
	assert_true(found);
	assert_memory_equal(&stored, &position, sizeof(position));
}

static void
the_last_position_of_this_slot_counts(void **state)
{
	relay_position stored;
	relay_position later = position;
	sink *s = open_sink(&stored);

	(void) state;
	later.lsn++;
	assert_int_equal(s->begin(s), STATUS_OK);
	assert_int_equal(s->commit(s, &position), STATUS_OK);
	assert_int_equal(s->begin(s), STATUS_OK);
	assert_int_equal(s->commit(s, &later), STATUS_OK);
	s->destroy(s);
	s = open_sink(&stored);
	assert_true(stored.lsn == later.lsn);
	s->destroy(s);
	slot[0] = 'T';
	s = open_sink(&stored);
	assert_true(stored.lsn == 0);
	s->destroy(s);
	slot[0] = 't';
}

static void
a_message_too_large_ends_it(void **state)
{
	static const char value[200000] = "";
	relay_position stored;
	sink *s = open_sink(&stored);

	(void) state;
	assert_int_equal(s->begin(s), STATUS_OK);
	assert_int_equal(send_event(s, value, sizeof(value), 1), STATUS_SINK);
	s->destroy(s);

	/* The broker's limit may be lower than ours. */
	s = open_sink(&stored);
	assert_int_equal(s->begin(s), STATUS_OK);
	rd_kafka_mock_push_request_errors(cluster, API_PRODUCE, 1,
	                                  RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	assert_int_equal(send_event(s, "{}", 2, 1), STATUS_OK);
	assert_int_equal(s->commit(s, &position), STATUS_SINK);
	s->destroy(s);
}

static void
a_newer_relay_fences_this_one(void **state)
{
	relay_position stored;
	sink *s = open_sink(&stored);

	(void) state;
	assert_int_equal(s->begin(s), STATUS_OK);
	assert_int_equal(send_event(s, "{}", 2, 1), STATUS_OK);
	rd_kafka_mock_push_request_errors(cluster, API_END_TXN, 1, RD_KAFKA_RESP_ERR_PRODUCER_FENCED);
	assert_int_equal(s->commit(s, &position), STATUS_RETRY);
	assert_int_equal(s->trouble, SINK_FENCED);
	s->destroy(s);
}

/* The broker answered each request, but all that can be told here is that there were several. */
static void
a_commit_that_was_sent_twice_ends_the_producer(void **state)
{
	relay_position stored;
	sink *s = open_sink(&stored);

	(void) state;
	assert_int_equal(s->begin(s), STATUS_OK);
	assert_int_equal(send_event(s, "{}", 2, 1), STATUS_OK);
	rd_kafka_mock_push_request_errors(cluster, API_END_TXN, 1,
	                                  RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS);
	assert_int_equal(s->commit(s, &position), STATUS_RETRY);
	assert_int_equal(s->trouble, SINK_PASSING);
	s->destroy(s);
	s = open_sink(&stored);
	assert_true(stored.lsn == position.lsn);
	s->destroy(s);
}

static void
producers_take_turns(void **state)
{
	relay_position stored;
	relay_position next = position;
	sink *s = open_sink(&stored);

	(void) state;
	for (int i = 0; i < 5; i++)
	{
		next.previous = relay_position_point(&next);
		next.lsn++;
		assert_int_equal(s->begin(s), STATUS_OK);
		assert_int_equal(send_event(s, "{}", 2, 1), STATUS_OK);
		assert_int_equal(s->commit(s, &next), STATUS_OK);
	}
	s->destroy(s);
	s = open_sink(&stored);
	assert_memory_equal(&stored, &next, sizeof(next));
	assert_string_equal(s->flaw, "");
	s->destroy(s);
}

static void
a_record_that_is_missing_is_found(void **state)
{
	relay_position stored;
	relay_position next = position;
	sink *s = open_sink(&stored);

	(void) state;
	assert_int_equal(s->begin(s), STATUS_OK);
	assert_int_equal(s->commit(s, &position), STATUS_OK);
	next.previous = relay_position_point(&position);
	next.previous.index++;
	next.lsn++;
	assert_int_equal(s->begin(s), STATUS_OK);
	assert_int_equal(s->commit(s, &next), STATUS_OK);
	s->destroy(s);
	s = open_sink(&stored);
	assert_true(stored.lsn == next.lsn);
	assert_non_null(strstr(s->flaw, "index 1), but topic"));

	/* whatever was published behind it, until somebody has accepted it */
	for (int i = 0; i < 3; i++)
	{
		next.previous = relay_position_point(&next);
		next.lsn++;
		next.accepts_gap = i == 1;
		assert_int_equal(s->begin(s), STATUS_OK);
		assert_int_equal(s->commit(s, &next), STATUS_OK);
		s->destroy(s);
		s = open_sink(&stored);
		assert_true(stored.lsn == next.lsn);
		assert_int_equal(s->flaw[0] != '\0', i == 0);
	}
	s->destroy(s);
}

/* The record says where its transaction's messages lie; here a message that nobody has written. */
static void
messages_that_are_missing_are_found(void **state)
{
	receipt messages = {0};
	char flaw[SINK_FLAW_SIZE] = "";
	relay_position stored;
	sink *s = open_sink(&stored);

	(void) state;
	assert_int_equal(s->begin(s), STATUS_OK);
	assert_int_equal(send_event(s, "{}", 2, 1), STATUS_OK);
	assert_int_equal(send_event(s, "{}", 2, 2), STATUS_OK);
	assert_int_equal(s->commit(s, &position), STATUS_OK);
	s->destroy(s);
	assert_true(receipt_add(&messages, topic, 0, 0) && receipt_add(&messages, topic, 0, 1));
	assert_int_equal(relay_check_messages(&settings, &streams, TIMEOUT_MS, &messages, flaw),
	                 STATUS_OK);
	assert_string_equal(flaw, "");
	assert_true(receipt_add(&messages, topic, 0, 7));
	assert_int_equal(relay_check_messages(&settings, &streams, TIMEOUT_MS, &messages, flaw),
	                 STATUS_OK);
	assert_non_null(strstr(flaw, "offsets 0 to 7, 1 are missing"));
	receipt_free(&messages);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(events_and_position_arrive, new_topics),
	    cmocka_unit_test_setup(the_last_position_of_this_slot_counts, new_topics),
	    cmocka_unit_test_setup(a_message_too_large_ends_it, new_topics),
	    cmocka_unit_test_setup(a_newer_relay_fences_this_one, new_topics),
	    cmocka_unit_test_setup(a_commit_that_was_sent_twice_ends_the_producer, new_topics),
	    cmocka_unit_test_setup(producers_take_turns, new_topics),
	    cmocka_unit_test_setup(a_record_that_is_missing_is_found, new_topics),
	    cmocka_unit_test_setup(messages_that_are_missing_are_found, new_topics),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
