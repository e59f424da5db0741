/*
 * tests/unit/test_row_filter.c
 *	  Filters of rows: what is one, which rows it lets in, and the SQL of it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mapping/row_filter.h"
#include "rows/types.h"

#define LATIN1 8
#define UTF8MB4 45

static arena *memory;
static row_filter filter;
static convert_error err;

static void
parse(const char *text)
{
	assert_true(row_filter_parse(text, memory, &filter, &err));
}

static const char *
refused(const char *text)
{
	assert_false(row_filter_parse(text, memory, &filter, &err));
	return err.message;
}

static value
bytes(const char *text, uint16_t charset)
{
	return (value){.kind = VALUE_BYTES, .charset = charset, .bytes = {text, strlen(text)}};
}

/* Of a filter of one column, which is the row's only one. */
static row_filter_answer
ask(const char *text, value v)
{
	unsigned column;

	parse(text);
	return row_filter_ask(&filter, &v, memory, &column, &err);
}

static bool
mirrored(const char *text, value v)
{
	const row_filter_answer answer = ask(text, v);

	assert_true(answer == ROW_FILTER_MIRRORED || answer == ROW_FILTER_LEFT_OUT);
	return answer == ROW_FILTER_MIRRORED;
}

static void
test_reading(void **state)
{
	(void) state;
	parse(" a not in ('x', -7,0 ,'it''s', 'a,b')and`b c`is  NOT null\nAND c<>'' AND d = 12");
	assert_int_equal(filter.count, 4);
	assert_string_equal(filter.conditions[0].column, "a");
	assert_true(filter.conditions[0].negated);
	assert_int_equal(filter.conditions[0].text_count, 5);
	assert_string_equal(filter.conditions[0].texts[1].data, "-7");
	assert_memory_equal(filter.conditions[0].texts[3].data, "it's", 4);
	assert_int_equal(filter.conditions[0].texts[3].len, 4);
	assert_memory_equal(filter.conditions[0].texts[4].data, "a,b", 3);
	assert_string_equal(filter.conditions[1].column, "b c");
	assert_int_equal(filter.conditions[1].op, ROW_FILTER_NULL);
	assert_true(filter.conditions[1].negated);
	assert_int_equal(filter.conditions[2].texts[0].len, 0);
	assert_false(filter.conditions[3].negated);
}

static void
test_refusals(void **state)
{
	(void) state;
	assert_string_equal(refused(""), "the name of a column expected at character 1 (\"\")");
	assert_string_equal(refused("a"), "IN, LIKE, NOT, IS, = or <> expected at character 2 (\"\")");
	assert_string_equal(refused("a = b"),
	                    "a text in '' or an integer expected at character 5 (\"b\")");
	refused("a = 'x' OR b = 'y'");
	refused("a = 'x' AND");
	refused("a = 'x");
	refused("`a = 'x'");
	refused("a IN ()");
	refused("a IN ('x'");
	refused("a IN ('x',)");
	refused("a NOT = 'x'");
	refused("a IS 'x'");
	refused("a = 1.5");
	refused("a = 01");
	refused("a = 1x");
	refused("a LIKE 5");
	refused("a = 'x'; DROP TABLE b");
	/* what MariaDB and the row image might read differently */
	refused("a LIKE 'x_y'");
	refused("a LIKE 'x\\'");
	refused("a LIKE '\xc3\xbc%'");
	refused("a LIKE '\\\xc3\xbc%'");
}

static void
test_values(void **state)
{
	const value null = {.kind = VALUE_NULL};
	const value minus = {.kind = VALUE_INT, .i = -7};
	const value most = {.kind = VALUE_UINT, .u = UINT64_MAX};

	(void) state;
	assert_true(mirrored("a IN ('x', 'y')", bytes("y", 0)));
	assert_false(mirrored("a IN ('x', 'y')", bytes("Y", 0)));
	assert_false(mirrored("a IN ('x', 'y')", bytes("y ", 0)));
	assert_false(mirrored("a NOT IN ('x', 'y')", bytes("y", 0)));
	assert_true(mirrored("a <> 'x'", bytes("", 0)));
	assert_true(mirrored("a = -7", minus));
	assert_true(mirrored("a = '-7'", minus));
	assert_false(mirrored("a <> -7", minus));
	assert_true(mirrored("a = 18446744073709551615", most));
	/* NULL is like and unlike nothing */
	assert_false(mirrored("a = 'x'", null));
	assert_false(mirrored("a <> 'x'", null));
	assert_false(mirrored("a NOT LIKE 'x'", null));
	assert_true(mirrored("a IS NULL", null));
	assert_false(mirrored("a IS NOT NULL", null));
	assert_true(mirrored("a IS NOT NULL", minus));
	/* texts are compared in UTF-8, bytes as they are */
	assert_true(mirrored("a = '\xc3\xbc'", bytes("\xfc", LATIN1)));
	assert_true(mirrored("a = '\xc3\xbc'", bytes("\xc3\xbc", UTF8MB4)));
	assert_false(mirrored("a = '\xc3\xbc'", bytes("\xfc", COLLATION_BINARY)));
	assert_int_equal(ask("a = 1", (value){.kind = VALUE_DOUBLE, .d = 1}), ROW_FILTER_FAILED);
	assert_int_equal(ask("a = 1", (value){.kind = VALUE_ABSENT}), ROW_FILTER_UNKNOWN);
	assert_int_equal(ask("a IS NULL", (value){.kind = VALUE_ABSENT}), ROW_FILTER_UNKNOWN);
}

static void
test_like(void **state)
{
	static const struct
	{
		const char *pattern, *text;
		bool like;
	} cases[] = {
	    {"%token%", "watchlistToken", true},
	    {"%token%", "token", true},
	    {"%token%", "toke", false},
	    {"%token%", "totoken", true},
	    {"token%", "xtoken", false},
	    {"%token", "tokentoken", true},
	    {"%token", "tokens", false},
	    {"", "", true},
	    {"", "x", false},
	    {"%", "", true},
	    {"%%", "x", true},
	    {"a%b%c", "aXbbXbc", true},
	    {"a%b%c", "aXcXb", false},
	    {"50\\%", "50%", true},
	    {"50\\%", "500", false},
	    {"a\\_b", "a_B", true},
	    {"a\\_b", "axb", false},
	    {"\\\\%", "\\x", true},
	    {"%a",
	     "\xc3\xbc"
	     "A",
	     true},
	};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		char text[64];

		snprintf(text, sizeof(text), "a LIKE '%s'", cases[i].pattern);
		assert_int_equal(mirrored(text, bytes(cases[i].text, 0)), cases[i].like);
		snprintf(text, sizeof(text), "a NOT LIKE '%s'", cases[i].pattern);
		assert_int_equal(mirrored(text, bytes(cases[i].text, 0)), !cases[i].like);
	}
}

static void
test_conditions_together(void **state)
{
	value row[] = {bytes("x", 0), {.kind = VALUE_ABSENT}};
	unsigned column = 9;

	(void) state;
	parse("a = 'x' AND b = 1");
	filter.conditions[1].source = 1;
	assert_int_equal(row_filter_ask(&filter, row, memory, &column, &err), ROW_FILTER_UNKNOWN);
	/* one that does not hold is enough, whatever is not known */
	parse("b = 1 AND a = 'y'");
	filter.conditions[0].source = 1;
	assert_int_equal(row_filter_ask(&filter, row, memory, &column, &err), ROW_FILTER_LEFT_OUT);
	row[1] = (value){.kind = VALUE_FLOAT};
	parse("a = 'x' AND b = 1");
	filter.conditions[1].source = 1;
	assert_int_equal(row_filter_ask(&filter, row, memory, &column, &err), ROW_FILTER_FAILED);
	assert_int_equal(column, 1);
}

static void
test_sql(void **state)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void) state;
	parse("a NOT IN ('it''s', 5) AND `b` IS NULL AND c LIKE '\\%'");
	row_filter_write(out, &filter);
	fclose(out);
	assert_string_equal(
	    text,
	    "(IF(CHARSET(`a`) = 'binary', CAST(`a` AS BINARY), CAST(CONVERT(`a` USING utf8mb4) AS "
	    "BINARY)) NOT IN (X'69742773', X'35')) AND (`b` IS NULL) AND "
	    "(LOWER(CONVERT(IF(CHARSET(`c`) "
	    "= 'binary', CAST(`c` AS BINARY), CAST(CONVERT(`c` USING utf8mb4) AS BINARY)) USING "
	    "latin1)) COLLATE latin1_bin LIKE LOWER(CONVERT(X'5C25' USING latin1)) COLLATE latin1_bin "
	    "ESCAPE CHAR(92))");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reading),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_like),
	    cmocka_unit_test(test_conditions_together),
	    cmocka_unit_test(test_sql),
	};
	int failed;

	memory = arena_create(4096);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_destroy(memory);
	return failed;
}
