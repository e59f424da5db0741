/*
 * tests/unit/test_relay_streams.c
 *	  Which announcements of streams are taken, and which events name a stream.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "relay/streams.h"

static const stream_info two[] = {
    {"a", 1, "delete", "604800000", STREAM_UNANNOUNCED},
    {"b", 3, "compact", "", STREAM_UNANNOUNCED},
};
static stream_info items[2];
static stream_list streams = {.items = items, .count = 2};

static int
reset(void **state)
{
	(void) state;
	memcpy(items, two, sizeof(two));
	return 0;
}

static wire_bytes
text(const char *s)
{
	return (wire_bytes){s, (uint32_t) strlen(s)};
}

static wire_frame
announcement(const stream_info *s, uint16_t number)
{
	return (wire_frame){.type = WIRE_STREAM,
	                    .stream = number,
	                    .name = text(s->name),
	                    .partitions = (uint16_t) s->partitions,
	                    .cleanup = text(s->cleanup),
	                    .retention_ms = text(s->retention_ms)};
}

static void
announce(const stream_info *s, uint16_t number, status expected)
{
	const wire_frame f = announcement(s, number);

	assert_int_equal(streams_announce(&streams, &f), expected);
}

static void
events_name_what_was_announced(void **state)
{
	(void) state;
	assert_null(streams_find(&streams, 0));
	announce(&two[1], 0, STATUS_OK);
	assert_ptr_equal(streams_find(&streams, 0), &items[1]);
	assert_null(streams_find(&streams, 1));
	assert_null(streams_find(&streams, UINT16_MAX));
	announce(&two[0], UINT16_MAX, STATUS_OK);
	assert_ptr_equal(streams_find(&streams, UINT16_MAX), &items[0]);
	assert_ptr_equal(streams_find(&streams, 0), &items[1]);
}

static void
what_the_list_does_not_say_is_refused(void **state)
{
	const stream_info others[] = {
	    {"c", 1, "delete", "604800000", 0},  {"", 1, "delete", "604800000", 0},
	    {"aa", 1, "delete", "604800000", 0}, {"a", 2, "delete", "604800000", 0},
	    {"a", 1, "compact", "604800000", 0}, {"a", 1, "delete", "", 0},
	    {"b", 3, "compact", "1", 0},
	};

	(void) state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		announce(&others[i], 0, STATUS_BUG);
	assert_null(streams_find(&streams, 0));
}

static void
a_stream_and_a_number_are_announced_once(void **state)
{
	(void) state;
	announce(&two[0], 4, STATUS_OK);
	announce(&two[1], 4, STATUS_BUG);
	announce(&two[0], 4, STATUS_BUG);
	announce(&two[0], 5, STATUS_BUG);
	announce(&two[1], 5, STATUS_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(events_name_what_was_announced, reset),
	    cmocka_unit_test_setup(what_the_list_does_not_say_is_refused, reset),
	    cmocka_unit_test_setup(a_stream_and_a_number_are_announced_once, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
