/*
 * tests/unit/test_mark.c
 *	  The mark's text form, both ways.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wire/mark.h"

static const struct
{
	const char *text;
	const char *gtid;
	int64_t commit_time;
} marks[] = {
    {"T 0-1-123 1763871234", "0-1-123", 1763871234000000},
    {"T 0-1-123 1763871234.000001", "0-1-123", 1763871234000001},
    {"T 4294967295-4294967295-18446744073709551615 0", "4294967295-4294967295-18446744073709551615",
     0},
};

static void
marks_go_both_ways(void **state)
{
	(void) state;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
	{
		mark m;
		char text[MARK_TEXT_SIZE];

		assert_true(mark_parse(marks[i].text, strlen(marks[i].text), &m));
		assert_string_equal(m.gtid, marks[i].gtid);
		assert_true(m.commit_time == marks[i].commit_time);
		assert_int_equal(mark_format(&m, text), strlen(marks[i].text));
		assert_string_equal(text, marks[i].text);
	}
}

static void
anything_else_is_refused(void **state)
{
	static const char *const bad[] = {
	    "",
	    "T",
	    "T ",
	    "U 0-1-1 1",
	    "T 0-1-1",
	    "T 0-1-1 ",
	    "T 0-1 1",
	    "T 0-1-1-1 1",
	    "T -1-1 1",
	    "T 4294967296-1-1 1",
	    "T 0-1-18446744073709551616 1",
	    "T 0-1-1 1.5",
	    "T 0-1-1 1.0000000",
	    "T 0-1-1 1.00000x",
	    "T 0-1-1 -1",
	    "T 0-1-1 1 ",
	    " T 0-1-1 1",
	    "T  0-1-1 1",
	    "T 0-1-1 99999999999999999999",
	};
	mark m;

	(void) state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (mark_parse(bad[i], strlen(bad[i]), &m))
			fail_msg("accepted: '%s'", bad[i]);
}

/* Reads no byte behind len: sanitizers see it on the exact copy. */
static void
cut_marks_stay_inside(void **state)
{
	const char *text = marks[1].text;

	(void) state;
	for (size_t len = 0; len < strlen(text); len++)
	{
		char *copy = malloc(len + (len == 0));
		mark m;

		assert_non_null(copy);
		memcpy(copy, text, len);
		mark_parse(copy, len, &m);
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(marks_go_both_ways),
	    cmocka_unit_test(anything_else_is_refused),
	    cmocka_unit_test(cut_marks_stay_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
