/*
 * tests/unit/test_receipt.c
 *	  What a Kafka transaction put where, and the record that says it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "relay/kafka_error.h"
#include "relay/position_record.h"
#include "relay/receipt.h"

static uint64_t
total(const receipt *r)
{
	uint64_t n = 0;

	for (size_t i = 0; i < r->count; i++)
		n += r->lines[i].count;
	return n;
}

static void
messages_are_counted_by_partition(void **state)
{
	receipt r = {0};

	(void) state;
	assert_true(receipt_add(&r, "a", 0, 10) && receipt_add(&r, "b", 0, 5));
	assert_true(receipt_add(&r, "a", 0, 12) && receipt_add(&r, "a", 1, 3));
	assert_true(receipt_add(&r, "a", 0, 11));
	assert_int_equal(r.count, 3);
	assert_string_equal(r.lines[0].topic, "a");
	assert_true(r.lines[0].first == 10 && r.lines[0].last == 12 && r.lines[0].count == 3);
	assert_true(r.lines[1].first == 5 && r.lines[1].last == 5 && r.lines[1].count == 1);
	assert_int_equal(r.lines[2].partition, 1);
	assert_true(total(&r) == 5);
	receipt_clear(&r);
	assert_true(total(&r) == 0);
	receipt_free(&r);
}

static void
records_go_both_ways(void **state)
{
	receipt r = {0};
	receipt back = {0};
	relay_position p = {.lsn = 7, .index = 3, .gtid = "0-1-2"};
	relay_position read;
	char *text;

	(void) state;
	for (int i = 0; i < 20; i++)
	{
		char topic[16];

		snprintf(topic, sizeof(topic), "t%d", i);
		assert_true(receipt_add(&r, topic, i, i) && receipt_add(&r, topic, i, 100));
	}
	text = relay_position_record_encode(&p, &r);
	assert_non_null(text);
	assert_true(relay_position_record_decode(text, strlen(text), &read, &back));
	assert_memory_equal(&p, &read, sizeof(p));
	assert_int_equal(back.count, 20);
	for (int i = 0; i < 20; i++)
	{
		assert_string_equal(back.lines[i].topic, r.lines[i].topic);
		assert_true(back.lines[i].first == i && back.lines[i].last == 100);
		assert_true(back.lines[i].partition == i && back.lines[i].count == 2);
	}
	free(text);
	receipt_free(&r);
	receipt_free(&back);
}

static void
what_is_no_receipt_is_refused(void **state)
{
#define RECORD(messages) "{\"lsn\":\"0/1\",\"ordinal\":0,\"messages\":" messages "}"
#define LINE(partition, first, last, count)                                                        \
	"{\"topic\":\"t\",\"partition\":" partition ",\"first\":" first ",\"last\":" last              \
	",\"count\":" count "}"
	static const char *const bad[] = {
	    RECORD("7"),
	    RECORD("[7]"),
	    RECORD("[{}]"),
	    RECORD("[" LINE("-1", "0", "0", "1") "]"),
	    RECORD("[" LINE("4294967296", "0", "0", "1") "]"),
	    RECORD("[" LINE("0", "-1", "0", "1") "]"),
	    RECORD("[" LINE("0", "2", "1", "1") "]"),
	    RECORD("[" LINE("0", "0", "0", "0") "]"),
	    RECORD("[" LINE("0", "0", "1", "3") "]"),
	    RECORD("[" LINE("0", "0", "1", "2") "," LINE("0", "0", "1", "2") "]"),
	};
	static const char good[] = RECORD("[" LINE("0", "0", "1", "2") "]");
	static const char none[] = "{\"lsn\":\"0/1\",\"ordinal\":0}";
	relay_position p;
	receipt r = {0};

	(void) state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		if (relay_position_record_decode(bad[i], strlen(bad[i]), &p, &r))
			fail_msg("accepted: %s", bad[i]);
		receipt_clear(&r);
	}
	assert_true(relay_position_record_decode(good, sizeof(good) - 1, &p, &r));
	receipt_clear(&r);
	assert_true(relay_position_record_decode(none, sizeof(none) - 1, &p, &r));
	assert_int_equal(r.count, 0);
	receipt_free(&r);
}

static void
each_error_of_kafka_has_one_answer(void **state)
{
	(void) state;
	for (size_t i = 0; i < kafka_error_class_count; i++)
	{
		const kafka_error_class *c = &kafka_error_classes[i];

		/* the first of two rows would hide the second */
		assert_ptr_equal(kafka_error_find(c->code), c);
		/* what needs a person says what the person does */
		if (c->answer == KAFKA_REFUSE || c->answer == KAFKA_DOUBT || c->answer == KAFKA_FENCED)
			assert_non_null(c->hint);
	}
	assert_int_equal(kafka_error_find(RD_KAFKA_RESP_ERR_UNKNOWN)->answer, KAFKA_DOUBT);
	assert_int_equal(kafka_error_find(RD_KAFKA_RESP_ERR__TRANSPORT)->answer, KAFKA_RETRY);
	assert_int_equal(kafka_error_find(RD_KAFKA_RESP_ERR_PRODUCER_FENCED)->answer, KAFKA_FENCED);
	assert_int_equal(kafka_error_find(RD_KAFKA_RESP_ERR_POLICY_VIOLATION)->answer, KAFKA_REFUSE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(messages_are_counted_by_partition),
	    cmocka_unit_test(records_go_both_ways),
	    cmocka_unit_test(what_is_no_receipt_is_refused),
	    cmocka_unit_test(each_error_of_kafka_has_one_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
