/*
 * tests/unit/test_gtid.c
 *	  GTIDs and GTID lists as MariaDB writes them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include "source/gtid.h"

static void
one_gtid(void **state)
{
	static const char *const bad[] = {"",        "1",
	                                  "1-2",     "1-2-",
	                                  "1-2-3 ",  "1-2-x",
	                                  " 1-2-3",  "-1-2-3",
	                                  "1-2-3-4", "4294967296-1-1",
	                                  "1--3",    "1-2-3,4",
	                                  "1-2-+3",  "1-2-18446744073709551616"};
	gtid g;
	char text[GTID_TEXT_SIZE];

	(void) state;
	assert_true(gtid_parse("0-1-123", &g));
	assert_int_equal(g.sequence, 123);
	assert_true(gtid_parse("4294967295-4294967295-18446744073709551615", &g));
	gtid_format(&g, text);
	assert_string_equal(text, "4294967295-4294967295-18446744073709551615");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(gtid_parse(bad[i], &g));
}

static void
lists_are_ordered_by_domain(void **state)
{
	gtid_list l = {0};
	char *text;

	(void) state;
	assert_true(gtid_list_parse(" 7-1-5, 0-2-10,\n3-1-1 ", &l));
	text = gtid_list_format(&l);
	assert_string_equal(text, "0-2-10,3-1-1,7-1-5");
	free(text);
	assert_true(gtid_list_set(&l, &(gtid){3, 9, 2}));
	assert_true(gtid_list_set(&l, &(gtid){1, 1, 1}));
	text = gtid_list_format(&l);
	assert_string_equal(text, "0-2-10,1-1-1,3-9-2,7-1-5");
	free(text);
	gtid_list_free(&l);
	assert_true(gtid_list_parse("", &l));
	assert_int_equal(l.count, 0);
	text = gtid_list_format(&l);
	assert_string_equal(text, "");
	free(text);
	gtid_list_free(&l);
}

static void
malformed_lists_are_refused(void **state)
{
	static const char *const bad[] = {"0-1-1,",      ",0-1-1", "0-1-1,0-1-2",
	                                  "0-1-1 0-1-2", "0-1-1;", "x"};
	gtid_list l = {0};

	(void) state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(gtid_list_parse(bad[i], &l));
}

static void
covers_compares_within_a_domain(void **state)
{
	gtid_list l = {0};

	(void) state;
	assert_true(gtid_list_parse("0-1-10,5-1-3", &l));
	assert_true(gtid_list_covers(&l, &(gtid){0, 1, 10}));
	assert_true(gtid_list_covers(&l, &(gtid){0, 2, 9}));
	assert_false(gtid_list_covers(&l, &(gtid){0, 1, 11}));
	assert_false(gtid_list_covers(&l, &(gtid){1, 1, 1}));
	assert_true(gtid_list_covers(&l, &(gtid){5, 1, 3}));
	gtid_list_free(&l);
}

static void
assert_covers_all(const char *covering, const char *covered, bool expected)
{
	gtid_list a;
	gtid_list b;

	assert_true(gtid_list_parse(covering, &a));
	assert_true(gtid_list_parse(covered, &b));
	assert_int_equal(gtid_list_covers_all(&a, &b), expected);
	gtid_list_free(&a);
	gtid_list_free(&b);
}

static void
covers_all_wants_each_domain(void **state)
{
	(void) state;
	assert_covers_all("0-1-10,5-1-3", "0-1-10,5-2-3", true);
	assert_covers_all("0-1-10,5-1-3", "5-1-2", true);
	assert_covers_all("0-1-10,5-1-3", "", true);
	assert_covers_all("", "", true);
	assert_covers_all("0-1-10,5-1-3", "0-1-11,5-1-3", false);
	assert_covers_all("0-1-10,5-1-3", "0-1-10,5-1-4", false);
	assert_covers_all("0-1-10", "0-1-10,5-1-3", false);
	assert_covers_all("", "5-1-3", false);
}

static void
copies_are_independent(void **state)
{
	gtid_list l = {0}, copy;

	(void) state;
	assert_true(gtid_list_parse("0-1-10", &l));
	assert_true(gtid_list_copy(&l, &copy));
	assert_true(gtid_list_set(&l, &(gtid){0, 1, 11}));
	assert_int_equal(copy.items[0].sequence, 10);
	gtid_list_free(&l);
	gtid_list_free(&copy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_gtid),
	    cmocka_unit_test(lists_are_ordered_by_domain),
	    cmocka_unit_test(malformed_lists_are_refused),
	    cmocka_unit_test(covers_compares_within_a_domain),
	    cmocka_unit_test(covers_all_wants_each_domain),
	    cmocka_unit_test(copies_are_independent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
