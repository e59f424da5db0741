/*
 * tests/unit/test_position.c
 *	  The position's JSON form, LSNs and times.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "relay/position.h"

static void
positions_go_both_ways(void **state)
{
	/* static: its padding is zero too */
	static const relay_position p = {.lsn = 0xABCDEF0123456789,
	                                 .ordinal = UINT32_MAX,
	                                 .index = 7,
	                                 .source = "s1.main-a",
	                                 .commit_lsn = 0xABCDEF0123456788,
	                                 .timeline = UINT32_MAX,
	                                 .accepts_gap = true,
	                                 .previous = {.lsn = 1, .ordinal = 2, .index = 3},
	                                 .gtid = "4294967295-4294967295-18446744073709551615",
	                                 .request = "Q9223372036854775807.9223372036854775807",
	                                 .commit_time = 1763871234000001,
	                                 .events = 12345678901,
	                                 .published_at = 1763871235999999,
	                                 .system = "18446744073709551615"};
	relay_position back;
	char *text = relay_position_encode(&p);

	(void) state;
	assert_non_null(text);
	assert_true(relay_position_decode(text, strlen(text), &back));
	assert_true(back.lsn == p.lsn && back.ordinal == p.ordinal && back.events == p.events);
	assert_true(back.commit_time == p.commit_time && back.published_at == p.published_at);
	assert_memory_equal(&back, &p, sizeof(p));
	free(text);
}

static void
points_have_an_order(void **state)
{
	static const relay_point in_order[] = {{1, 0, 0}, {1, 0, 1}, {1, 1, 0}, {2, 0, 0}};

	(void) state;
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < 4; j++)
		{
			int answer = relay_point_compare(&in_order[i], &in_order[j]);

			assert_true(i < j ? answer < 0 : i > j ? answer > 0 : answer == 0);
		}
}

static void
an_empty_position_goes_both_ways(void **state)
{
	relay_position p = {0};
	relay_position back;
	char *text = relay_position_encode(&p);

	(void) state;
	assert_string_equal(
	    text, "{\"lsn\":\"0/0\",\"ordinal\":0,\"index\":0,\"source\":\"\",\"gtid\":\"\","
	          "\"commit_lsn\":\"0/0\",\"commit_time\":null,\"events\":0,\"published_at\":null,"
	          "\"system\":\"\",\"timeline\":0,\"accepts_gap\":false,\"previous\":{\"lsn\":\"0/"
	          "0\",\"ordinal\":0,"
	          "\"index\":0}}");
	assert_true(relay_position_decode(text, strlen(text), &back));
	assert_memory_equal(&p, &back, sizeof(p));
	free(text);
}

static void
what_is_no_position_is_refused(void **state)
{
	static const char *const bad[] = {
	    "",
	    "null",
	    "[]",
	    "{}",
	    "{\"lsn\":\"0/1\"}",
	    "{\"lsn\":\"1\",\"ordinal\":0}",
	    "{\"lsn\":1,\"ordinal\":0}",
	    "{\"lsn\":\"0/1\",\"ordinal\":-1}",
	    "{\"lsn\":\"0/1\",\"ordinal\":4294967296}",
	    "{\"lsn\":\"0/1\",\"ordinal\":0,\"events\":-1}",
	    "{\"lsn\":\"0/1\",\"ordinal\":0,\"gtid\":7}",
	    "{\"lsn\":\"0/1\",\"ordinal\":0,\"request\":7}",
	    "{\"lsn\":\"0/1\",\"ordinal\":0,\"commit_time\":\"yesterday\"}",
	    "{\"lsn\":\"0/"
	    "1\",\"ordinal\":0,\"gtid\":\"12345678901234567890123456789012345678901234567890\"}",
	    "{\"lsn\":\"0/1\",\"ordinal\":0,\"index\":\"1\"}",
	    "{\"lsn\":\"0/1\",\"ordinal\":0,\"timeline\":-1}",
	    "{\"lsn\":\"0/1\",\"ordinal\":0,\"accepts_gap\":1}",
	    "{\"lsn\":\"0/1\",\"ordinal\":0,\"commit_lsn\":7}",
	    "{\"lsn\":\"0/1\",\"ordinal\":0,\"previous\":7}",
	    "{\"lsn\":\"0/1\",\"ordinal\":0,\"previous\":{\"lsn\":\"x\"}}",
	    "{\"lsn\":\"0/1\",\"ordinal\":0} x",
	};
	relay_position p;

	(void) state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (relay_position_decode(bad[i], strlen(bad[i]), &p))
			fail_msg("accepted: %s", bad[i]);
	assert_true(relay_position_decode("{\"lsn\":\"0/1\",\"ordinal\":2}", 25, &p));
	assert_true(p.lsn == 1 && p.ordinal == 2);
}

static void
lsns_are_read_strictly(void **state)
{
	static const char *const bad[] = {"",     "/",           "0/",  "/0",   "0",
	                                  "0/0 ", "0/100000000", "G/0", "-1/0", "0x1/0"};
	uint64_t lsn;
	char text[RELAY_LSN_SIZE];

	(void) state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(relay_lsn_parse(bad[i], &lsn));
	assert_true(relay_lsn_parse("FFFFFFFF/ffffffff", &lsn));
	assert_true(lsn == UINT64_MAX);
	relay_lsn_format(0x16B3748, text);
	assert_string_equal(text, "0/16B3748");
}

static void
times_go_both_ways(void **state)
{
	static const struct
	{
		const char *text;
		int64_t time;
	} times[] = {
	    {"1970-01-01T00:00:00.000000Z", 0},
	    {"2025-11-23T04:13:54.000001Z", 1763871234000001},
	    {"1969-12-31T23:59:59.999999Z", -1},
	};
	char text[RELAY_TIME_SIZE];
	int64_t back;

	(void) state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
	{
		relay_time_format(times[i].time, text);
		assert_string_equal(text, times[i].text);
		assert_true(relay_time_parse(text, &back));
		assert_true(back == times[i].time);
	}
	assert_true(relay_time_parse("2025-11-23T04:13:54Z", &back));
	assert_false(relay_time_parse("2025-11-23T04:13:54", &back));
	assert_false(relay_time_parse("2025-11-23T04:13:54.1Z", &back));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(positions_go_both_ways),
	    cmocka_unit_test(points_have_an_order),
	    cmocka_unit_test(an_empty_position_goes_both_ways),
	    cmocka_unit_test(what_is_no_position_is_refused),
	    cmocka_unit_test(lsns_are_read_strictly),
	    cmocka_unit_test(times_go_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
