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
	mark mark;
} marks[] = {
    {"U 0-1-123 1763871234 main\n", {"0-1-123", "main", 1763871234000000, {"", 0}}},
    {"U 0-1-123 1763871234.000001 s1.main-A_b 6:enwiki\n",
     {"0-1-123", "s1.main-A_b", 1763871234000001, {" 6:enwiki", 9}}},
    {"U 0-1-1 1 a 6:enwiki 1:\n 11:my wiki 1:x\n",
     {"0-1-1", "a", 1000000, {" 6:enwiki 1:\n 11:my wiki 1:x", 28}}},
    {"U 4294967295-4294967295-18446744073709551615 0 "
     "a23456789012345678901234567890123456789012345678901234567890123\n",
     {"4294967295-4294967295-18446744073709551615",
      "a23456789012345678901234567890123456789012345678901234567890123",
      0,
      {"", 0}}},
    {"U Q7.12 1763871234 main 6:enwiki\n", {"Q7.12", "main", 1763871234000000, {" 6:enwiki", 9}}},
    {"U Q9223372036854775807.9223372036854775807 0 main\n",
     {"Q9223372036854775807.9223372036854775807", "main", 0, {"", 0}}},
};

static void
marks_go_both_ways(void **state)
{
	(void) state;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
	{
		const mark *expected = &marks[i].mark;
		char *text = malloc(MARK_HEAD_SIZE + expected->wikis.len);
		mark m;

		assert_non_null(text);
		assert_true(mark_parse(marks[i].text, strlen(marks[i].text), &m));
		assert_string_equal(m.gtid, expected->gtid);
		assert_string_equal(m.source, expected->source);
		assert_true(m.commit_time == expected->commit_time);
		assert_int_equal(m.wikis.len, expected->wikis.len);
		assert_memory_equal(m.wikis.data, expected->wikis.data, m.wikis.len);
		assert_int_equal(mark_format(&m, text), strlen(marks[i].text));
		assert_string_equal(text, marks[i].text);
		free(text);
	}
}

/* Behind a mark there may be anything; its end is known by what it says. */
static void
marks_end_where_they_end(void **state)
{
	static const char *const behind[] = {"", "F", "\n", " 1:x\n", "U 0-1-2 0 test\n"};

	(void) state;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		for (size_t j = 0; j < sizeof(behind) / sizeof(behind[0]); j++)
		{
			size_t len = strlen(marks[i].text);
			size_t size = len + strlen(behind[j]);
			char *text = malloc(size);
			size_t used = 0;
			mark m;

			assert_non_null(text);
			memcpy(text, marks[i].text, len);
			memcpy(text + len, behind[j], size - len);
			assert_true(mark_read(text, size, &m, &used));
			assert_int_equal(used, len);
			assert_int_equal(m.wikis.len, marks[i].mark.wikis.len);
			assert_int_equal(mark_parse(text, size, &m), size == len);
			assert_false(mark_read(text, len - 1, &m, &used));
			free(text);
		}
}

static void
wikis_come_one_by_one(void **state)
{
	static const char *const ids[] = {"enwiki", "\n 1", "my wiki 1:x"};
	char text[64];
	size_t len = 0;
	mark_text rest;
	mark_text id;

	(void) state;
	for (int i = 0; i < 3; i++)
		len += mark_put_wiki(ids[i], text + len, sizeof(text) - len);
	assert_int_equal(len, 9 + 6 + 15);
	rest = (mark_text){text, len};
	for (int i = 0; i < 3; i++)
	{
		assert_true(mark_next_wiki(&rest, &id));
		assert_int_equal(id.len, strlen(ids[i]));
		assert_memory_equal(id.data, ids[i], id.len);
	}
	assert_false(mark_next_wiki(&rest, &id));
	/* without room nothing is written */
	text[0] = 'x';
	assert_int_equal(mark_put_wiki("enwiki", text, 8), 9);
	assert_true(text[0] == 'x');
}

static void
anything_else_is_refused(void **state)
{
	static const char *const bad[] = {
	    "",
	    "\n",
	    "U\n",
	    "U \n",
	    "T 0-1-1 1",
	    "T 0-1-1 1 main\n",
	    "U 0-1-1 1 main",
	    "U 0-1-1\n",
	    "U 0-1-1 \n",
	    "U 0-1-1 1\n",
	    "U 0-1-1 1 \n",
	    "U 0-1 1 main\n",
	    "U 0-1-1-1 1 main\n",
	    "U -1-1 1 main\n",
	    "U 4294967296-1-1 1 main\n",
	    "U 0-1-18446744073709551616 1 main\n",
	    "U Q 1 main\n",
	    "U Q1 1 main\n",
	    "U Q1. 1 main\n",
	    "U Q.1 1 main\n",
	    "U Q0.1 1 main\n",
	    "U Q1.0 1 main\n",
	    "U Q1.2.3 1 main\n",
	    "U Q1.2-3 1 main\n",
	    "U Q1.9223372036854775808 1 main\n",
	    "U q1.2 1 main\n",
	    "U 0-1-1 1.5 main\n",
	    "U 0-1-1 1.0000000 main\n",
	    "U 0-1-1 1.00000x main\n",
	    "U 0-1-1 -1 main\n",
	    "U 0-1-1 1 main \n",
	    " U 0-1-1 1 main\n",
	    "U  0-1-1 1 main\n",
	    "U 0-1-1  1 main\n",
	    "U 0-1-1 1  main\n",
	    "U 0-1-1 99999999999999999999 main\n",
	    "U 0-1-1 1 ma/in\n",
	    "U 0-1-1 1 m\303\244in\n",
	    "U 0-1-1 1 a234567890123456789012345678901234567890123456789012345678901234\n",
	    "U 0-1-1 1 main enwiki\n",
	    "U 0-1-1 1 main 7:enwiki\n",
	    "U 0-1-1 1 main 5:enwiki\n",
	    "U 0-1-1 1 main 0:\n",
	    "U 0-1-1 1 main :enwiki\n",
	    "U 0-1-1 1 main 6enwiki\n",
	    "U 0-1-1 1 main 256:enwiki\n",
	    "U 0-1-1 1 main 6:enwiki \n",
	    "U 0-1-1 1 main 6:enwiki\n\n",
	    "U 0-1-1 1 main\nx\n",
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
	const char *text = marks[2].text;

	(void) state;
	for (size_t len = 0; len <= strlen(text); len++)
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
	    cmocka_unit_test(marks_go_both_ways),    cmocka_unit_test(marks_end_where_they_end),
	    cmocka_unit_test(wikis_come_one_by_one), cmocka_unit_test(anything_else_is_refused),
	    cmocka_unit_test(cut_marks_stay_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
