/*
 * tests/unit/test_retry.c
 *	  Backoff grows, jitters, stays within its bounds, and starts anew after a success.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "support/retry.h"

static void
delays_stay_in_bounds_and_grow(void **state)
{
	retry r;
	uint32_t most = 0;

	(void) state;
	retry_init(&r, 100, 5000);
	for (int i = 0; i < 1000; i++)
	{
		uint32_t delay = retry_next(&r);

		assert_true(delay >= 100 && delay <= 5000);
		if (i == 0)
			assert_true(delay <= 300);
		if (delay > most)
			most = delay;
	}
	assert_true(most > 3000);
	assert_int_equal(r.attempts, 1000);
	retry_reset(&r);
	assert_int_equal(r.attempts, 0);
	assert_true(retry_next(&r) <= 300);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(delays_stay_in_bounds_and_grow)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
