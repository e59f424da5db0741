/*
 * tests/unit/test_history.c
 *	  Where a stream begins so that the last known transaction comes again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "source/history.h"

static void
assert_start(const history *h, const char *position, const char *expected)
{
	gtid_list list;
	gtid_list from;
	char *text;

	assert_true(gtid_list_parse(position, &list));
	assert_int_equal(history_start(h, &list, &from), expected != NULL);
	text = gtid_list_format(&from);
	assert_string_equal(text, expected != NULL ? expected : "");
	free(text);
	gtid_list_free(&from);
	gtid_list_free(&list);
}

static void
test_start(void **state)
{
	const history h = {.last = {1, 7, 20}, .prior = {1, 9, 19}, .time = 5};
	const history first = {.last = {1, 7, 20}};
	const history crossed = {.last = {1, 7, 20}, .prior = {2, 7, 19}};
	const history none = {0};

	(void) state;
	assert_start(&h, "0-1-5,1-7-20", "0-1-5,1-9-19");
	/* the position was set by somebody else since */
	assert_start(&h, "0-1-5,1-7-21", NULL);
	assert_start(&h, "0-1-5,1-8-20", NULL);
	assert_start(&h, "0-1-5", NULL);
	assert_start(&h, "", NULL);
	assert_start(&first, "1-7-20", NULL);
	assert_start(&crossed, "1-7-20", NULL);
	assert_start(&none, "0-0-0", NULL);
}

static void
test_add(void **state)
{
	history h = {0};
	gtid_list position;
	const gtid next = {0, 2, 6};
	const gtid new_domain = {3, 1, 1};

	(void) state;
	assert_true(gtid_list_parse("0-1-5", &position));
	history_add(&h, &position, &next, 100);
	assert_true(gtid_equals(&h.last, &next));
	assert_int_equal(h.prior.sequence, 5);
	assert_int_equal(h.prior.server, 1);
	assert_int_equal(h.time, 100);
	history_add(&h, &position, &new_domain, 101);
	assert_int_equal(h.prior.sequence, 0);
	gtid_list_free(&position);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_start),
	    cmocka_unit_test(test_add),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
