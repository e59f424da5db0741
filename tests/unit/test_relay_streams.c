/*
 * tests/unit/test_relay_streams.c
 *	  Which streams are published to, which announcements of them are taken, and which events name a stream.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "relay/streams.h"

#define COLUMNS 7

typedef const char *row[COLUMNS]; /* as streams_take wants them */

static row three[] = {
    {"off", "off", "1", "delete", "", "f", ""},
    {"a", "a", "1", "delete", "604800000", "t", ""},
    {"b", "other", "3", "compact", "", "t", "86400000"},
};
static stream_list streams;

/* Makes the answer to a query. */
static PGresult *
make_rows(row *rows, int count)
{
	PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc columns[COLUMNS] = {{0}};
	char name[] = "c";

	for (int i = 0; i < COLUMNS; i++)
		columns[i] = (PGresAttDesc){.name = name, .typid = 25, .typlen = -1};
	assert_true(PQsetResultAttrs(result, COLUMNS, columns));
	for (int i = 0; i < count; i++)
		for (int j = 0; j < COLUMNS; j++)
		{
			char value[32];

			strcpy(value, rows[i][j]);
			assert_true(PQsetvalue(result, i, j, value, (int) strlen(value)));
		}
	return result;
}

static int
set_up(void **state)
{
	(void) state;
	return streams_take(&streams, make_rows(three, 3)) != STATUS_OK;
}

static int
tear_down(void **state)
{
	(void) state;
	streams_free(&streams);
	return 0;
}

static void
announce(const char *name, uint16_t number, status expected)
{
	const wire_frame f = {
	    .type = WIRE_STREAM, .stream = number, .name = {name, (uint32_t) strlen(name)}};

	assert_int_equal(streams_announce(&streams, &f), expected);
}

static void
those_that_are_on_come_first(void **state)
{
	(void) state;
	assert_int_equal(streams.count, 2);
	assert_int_equal(streams.known, 3);
	assert_string_equal(streams.items[0].name, "a");
	assert_string_equal(streams.items[0].retention_ms, "604800000");
	assert_string_equal(streams.items[1].name, "b");
	assert_string_equal(streams.items[1].topic, "other");
	assert_string_equal(streams.items[1].compaction_lag_ms, "86400000");
	assert_int_equal(streams.items[1].partitions, 3);
	assert_string_equal(streams.items[1].cleanup, "compact");
	assert_false(streams.items[1].is_off);
	assert_string_equal(streams.items[2].name, "off");
	assert_true(streams.items[2].is_off);
}

static void
events_name_what_was_announced(void **state)
{
	(void) state;
	assert_null(streams_find(&streams, 0));
	announce("b", 0, STATUS_OK);
	assert_ptr_equal(streams_find(&streams, 0), &streams.items[1]);
	assert_null(streams_find(&streams, 1));
	assert_null(streams_find(&streams, UINT16_MAX));
	announce("a", UINT16_MAX, STATUS_OK);
	assert_ptr_equal(streams_find(&streams, UINT16_MAX), &streams.items[0]);
	assert_ptr_equal(streams_find(&streams, 0), &streams.items[1]);
}

static void
what_the_list_does_not_say_is_refused(void **state)
{
	(void) state;
	announce("c", 0, STATUS_BUG);
	announce("", 0, STATUS_BUG);
	announce("aa", 0, STATUS_BUG);
	announce("other", 0, STATUS_BUG);
	assert_null(streams_find(&streams, 0));
}

static void
a_stream_and_a_number_are_announced_once(void **state)
{
	(void) state;
	announce("a", 4, STATUS_OK);
	announce("b", 4, STATUS_BUG);
	announce("a", 4, STATUS_BUG);
	announce("a", 5, STATUS_BUG);
	announce("b", 5, STATUS_OK);
}

/* Whether it is on by then or not, it is published to when the list is read anew; others stay what they are. */
static void
a_stream_that_was_off_is_taken_the_next_time(void **state)
{
	(void) state;
	announce("off", 0, STATUS_RETRY);
	assert_null(streams_find(&streams, 0));
	streams_close(&streams);
	assert_int_equal(streams.known, 0);
	assert_int_equal(streams_take(&streams, make_rows(three, 3)), STATUS_OK);
	assert_int_equal(streams.count, 3);
	assert_string_equal(streams.items[0].name, "off");
	assert_true(streams.items[0].is_off);
	announce("off", 0, STATUS_OK);
	assert_ptr_equal(streams_find(&streams, 0), &streams.items[0]);
}

static void
announce_topic(const char *name, const char *topic, uint16_t number, status expected)
{
	const wire_frame f = {.type = WIRE_STREAM,
	                      .stream = number,
	                      .name = {name, (uint32_t) strlen(name)},
	                      .topic = {topic, (uint32_t) strlen(topic)}};

	assert_int_equal(streams_announce(&streams, &f), expected);
}

/* Beside the stream's own topic, like it in all but the name; also of a stream that is off by now. */
static void
a_topic_of_a_request_is_taken_the_next_time(void **state)
{
	(void) state;
	announce("b", 1, STATUS_OK);
	announce_topic("b", "mine", 0x8000, STATUS_RETRY);
	streams_close(&streams);
	assert_int_equal(streams_take(&streams, make_rows(three, 3)), STATUS_OK);
	assert_int_equal(streams.count, 3);
	assert_string_equal(streams.items[2].topic, "mine");
	assert_true(streams.items[2].is_own);
	assert_int_equal(streams.items[2].partitions, 3);
	assert_string_equal(streams.items[2].cleanup, "compact");
	announce_topic("b", "mine", 0x8000, STATUS_OK);
	announce("b", 1, STATUS_OK);
	assert_ptr_equal(streams_find(&streams, 0x8000), &streams.items[2]);
	assert_ptr_equal(streams_find(&streams, 1), &streams.items[1]);
	announce_topic("b", "mine", 0x8001, STATUS_BUG);
	announce_topic("nobody", "theirs", 0x8002, STATUS_BUG);
	announce_topic("off", "its", 0x8003, STATUS_RETRY);
	streams_close(&streams);
	assert_int_equal(streams_take(&streams, make_rows(three, 3)), STATUS_OK);
	assert_int_equal(streams.count, 4);
	announce_topic("off", "its", 0x8003, STATUS_OK);
	announce("off", 0, STATUS_RETRY);
}

static void
two_streams_of_one_topic_are_refused(void **state)
{
	row same[] = {{"a", "x", "1", "delete", "", "t", ""}, {"b", "x", "1", "delete", "", "f", ""}};

	(void) state;
	streams_close(&streams);
	assert_int_equal(streams_take(&streams, make_rows(same, 2)), STATUS_TARGET);
	assert_int_equal(streams.known, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(those_that_are_on_come_first, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(events_name_what_was_announced, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(what_the_list_does_not_say_is_refused, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_stream_and_a_number_are_announced_once, set_up,
	                                    tear_down),
	    cmocka_unit_test_setup_teardown(a_stream_that_was_off_is_taken_the_next_time, set_up,
	                                    tear_down),
	    cmocka_unit_test_setup_teardown(a_topic_of_a_request_is_taken_the_next_time, set_up,
	                                    tear_down),
	    cmocka_unit_test_setup_teardown(two_streams_of_one_topic_are_refused, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
