/*
 * tests/unit/test_progress.c
 *	  How far requests are: sums, rates and the time that is left, and the line that says it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "cli/progress.h"

#define LINE 256

static progress_facts
sum(const char *text, int64_t ms, int64_t begun)
{
	json_t *requests = json_loads(text, 0, NULL);
	progress_facts f;

	assert_non_null(requests);
	f = progress_sum(requests, ms, begun);
	json_decref(requests);
	return f;
}

static void
requests_are_summed_up(void **state)
{
	const progress_facts f =
	    sum("[{\"state\":\"done\",\"rows_read\":90,\"rows_done\":80,\"rows_total\":100},"
	        "{\"state\":\"running\",\"rows_read\":30,\"rows_done\":30,\"rows_total\":210}]",
	        4000, 20);

	(void) state;
	assert_int_equal(f.rows, 120);
	assert_int_equal(f.told, 110);
	assert_int_equal(f.total, 300); /* what is done has no more rows than it had */
	assert_true(f.per_second == 25.0);
	assert_int_equal(f.seconds_left, 7);
	assert_false(f.over);
}

static void
estimates_may_be_wrong_or_unknown(void **state)
{
	progress_facts f = sum(
	    "[{\"state\":\"running\",\"rows_read\":30,\"rows_done\":30,\"rows_total\":2}]", 1000, 0);

	(void) state;
	assert_int_equal(f.total, 30);
	assert_int_equal(f.seconds_left, 0);
	f = sum("[{\"state\":\"waiting\",\"rows_read\":0,\"rows_done\":0,\"rows_total\":null},"
	        "{\"state\":\"waiting\",\"rows_read\":0,\"rows_done\":0,\"rows_total\":9}]",
	        0, -1);
	assert_int_equal(f.total, -1);
	assert_int_equal(f.seconds_left, -1);
	assert_true(f.per_second == 0);
	f = sum("[]", 1000, 0);
	assert_true(f.over);
	assert_int_equal(f.total, 0);
}

static void
the_line_says_all(void **state)
{
	char line[LINE];
	progress_facts f = {
	    .rows = 4500, .total = 10000, .per_second = 1000, .seconds_left = 3725, .told = 4500};

	(void) state;
	progress_format(&f, true, line, sizeof(line));
	assert_string_equal(line,
	                    "[#########...........]  45 %, 4500 of about 10000 rows, 1000 rows/s, "
	                    "1:02:05 left");
	progress_format(&f, false, line, sizeof(line));
	assert_string_equal(line, " 45 %, 4500 of about 10000 rows, 1000 rows/s, 1:02:05 left");
	f = (progress_facts){.rows = 3, .total = -1, .seconds_left = -1};
	progress_format(&f, true, line, sizeof(line));
	assert_string_equal(line, "[....................]   0 %, 3 rows, 0 rows/s, unknown left");
	f = (progress_facts){.rows = 3, .total = 3, .seconds_left = 9, .over = true};
	progress_format(&f, true, line, sizeof(line));
	assert_string_equal(line, "[####################] 100 %, 3 of about 3 rows, 0 rows/s, 0:00:00 "
	                          "left; the relay has not published all");
	f = (progress_facts){.rows = INT64_MAX / 100,
	                     .total = INT64_MAX / 100,
	                     .per_second = 1e15,
	                     .seconds_left = INT64_MAX};
	progress_format(&f, true, line, sizeof(line));
	assert_true(strlen(line) < LINE - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(requests_are_summed_up),
	    cmocka_unit_test(estimates_may_be_wrong_or_unknown),
	    cmocka_unit_test(the_line_says_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
