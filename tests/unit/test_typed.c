/*
 * tests/unit/test_typed.c
 *	  Kinds with types of PostgreSQL's own: exact numbers, JSON, lists, dates, times; and that SQL knows the same kinds.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mapping/convert.h"
#include "mapping/json.h"
#include "mapping/mapping_type.h"
#include "mapping/numeric.h"

static arena *memory;

static target_value
convert(convert_kind kind, const char *text)
{
	const value v = {.kind = VALUE_BYTES, .bytes = {text, strlen(text)}};
	const value *sources[] = {&v};
	target_value out;
	convert_error err = {""};

	if (!convert_value(kind, sources, 1, false, memory, &out, &err))
		fail_msg("%s of %s: %s", convert_kind_name(kind), text, err.message);
	return out;
}

static bool
refuses(convert_kind kind, value v)
{
	const value *sources[] = {&v};
	target_value out;
	convert_error err;

	return !convert_value(kind, sources, 1, false, memory, &out, &err);
}

#define ASSERT_MADE(kind_, text, target_kind_, literal)                                            \
	do                                                                                             \
	{                                                                                              \
		const target_value made = convert(kind_, text);                                            \
		assert_int_equal(made.kind, target_kind_);                                                 \
		assert_int_equal(made.bytes.len, sizeof(literal) - 1);                                     \
		assert_memory_equal(made.bytes.data, literal, sizeof(literal) - 1);                        \
	} while (0)

static void
assert_kept(convert_kind kind, const char *text)
{
	const target_value made = convert(kind, text);

	assert_int_equal(made.kind, TARGET_NULL);
	assert_int_equal(made.raw_needed, *text != '\0');
	if (made.raw_needed)
		assert_int_equal(made.raw_len, strlen(text));
}

static void
test_numeric(void **state)
{
	static const char *const bad[] = {"", "-", ".", "1e5", "1.2.3", " 1", "1x", "--1", "NaN"};
	const value large = {.kind = VALUE_UINT, .u = UINT64_MAX};
	const value *sources[] = {&large};
	target_value out;
	convert_error err;
	char binary[NUMERIC_BINARY_SIZE];

	(void) state;
	ASSERT_MADE(CONVERT_NUMERIC, "0", TARGET_NUMERIC, "\0\0\0\0\0\0\0\0");
	ASSERT_MADE(CONVERT_NUMERIC, "-0.00", TARGET_NUMERIC, "\0\0\0\0\0\0\0\2");
	ASSERT_MADE(CONVERT_NUMERIC, "1", TARGET_NUMERIC, "\0\1\0\0\0\0\0\0\0\1");
	ASSERT_MADE(CONVERT_NUMERIC, "-12345.67", TARGET_NUMERIC,
	            "\0\3\0\1\x40\0\0\2\0\1\x09\x29\x1a\x2c");
	ASSERT_MADE(CONVERT_NUMERIC, "000100000000", TARGET_NUMERIC, "\0\1\0\2\0\0\0\0\0\1");
	ASSERT_MADE(CONVERT_NUMERIC, ".00005", TARGET_NUMERIC, "\0\1\377\376\0\0\0\5\x13\x88");
	assert_true(convert_value(CONVERT_NUMERIC, sources, 1, false, memory, &out, &err));
	assert_int_equal(out.bytes.len, numeric_write("18446744073709551615", 20, binary));
	assert_memory_equal(out.bytes.data, binary, out.bytes.len);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(numeric_write(bad[i], strlen(bad[i]), binary), 0);
	assert_true(refuses(CONVERT_NUMERIC, (value){.kind = VALUE_DOUBLE, .d = 1}));
	assert_true(refuses(CONVERT_NUMERIC, (value){.kind = VALUE_BYTES, .bytes = {"1e5", 3}}));
}

static void
test_json(void **state)
{
	static const char *const good[] = {"{}",
	                                   " [ ] ",
	                                   "null",
	                                   "-0.5e+10",
	                                   "0",
	                                   "\"\\u00e9\\ud83d\\ude00\\n\"",
	                                   "[1,{\"a\":[true,false]}]",
	                                   "\"\xc3\xa9\""};
	static const char *const bad[] = {
	    "",        "{",           "[1,]",        "{\"a\"}",     "{a:1}",        "01",
	    "1.",      "1e",          "-",           "nul",         "nullx",        "\"",
	    "\"\\x\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud83dx\"", "\"\n\"",
	    "1 2",     "1e99999",     "[}",          "{\"a\":1,}",  "'a'",          "+1"};
	char deep[400];
	static char digits[150000];

	(void) state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
	{
		if (!json_is_valid(good[i], strlen(good[i])))
			fail_msg("%s is JSON", good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		if (json_is_valid(bad[i], strlen(bad[i])))
			fail_msg("%s is no JSON", bad[i]);
		assert_kept(CONVERT_JSON, bad[i]);
	}
	memset(deep, '[', 200);
	memset(deep + 200, ']', 200);
	assert_false(json_is_valid(deep, 400));
	assert_true(json_is_valid(deep + 150, 100));
	/* more than numeric, and so jsonb, has room for */
	memset(digits, '1', sizeof(digits));
	assert_false(json_is_valid(digits, sizeof(digits)));
	digits[1] = '.';
	assert_false(json_is_valid(digits, sizeof(digits)));
	assert_true(json_is_valid(digits, 1000));
	ASSERT_MADE(CONVERT_JSON, "{\"a\": 1}", TARGET_JSON, "{\"a\": 1}");
	assert_int_equal(convert(CONVERT_JSON, "1").bytes.data[-1], 1);
}

static void
test_lists(void **state)
{
	(void) state;
	ASSERT_MADE(CONVERT_LIST, "", TARGET_TEXT_ARRAY, "\0\0\0\0\0\0\0\0\0\0\0\x19");
	ASSERT_MADE(CONVERT_LIST, "a,,bc", TARGET_TEXT_ARRAY,
	            "\0\0\0\1\0\0\0\0\0\0\0\x19\0\0\0\3\0\0\0\1"
	            "\0\0\0\1"
	            "a\0\0\0\0\0\0\0\2"
	            "bc");
	ASSERT_MADE(CONVERT_INT_LIST, "-1,258", TARGET_INT_ARRAY,
	            "\0\0\0\1\0\0\0\0\0\0\0\x14\0\0\0\2\0\0\0\1"
	            "\0\0\0\x08\377\377\377\377\377\377\377\377\0\0\0\x08\0\0\0\0\0\0\1\2");
	assert_kept(CONVERT_INT_LIST, "1,,2");
	assert_kept(CONVERT_INT_LIST, "1,a");
	assert_true(convert(CONVERT_LIST, "a,\xff").raw_needed);
}

static void
test_dates_and_times(void **state)
{
	(void) state;
	assert_int_equal(convert(CONVERT_DATE, "2000-01-01").i, 0);
	assert_int_equal(convert(CONVERT_DATE, "1999-12-31").i, -1);
	assert_int_equal(convert(CONVERT_DATE, "2024-02-29").i, 8825);
	assert_int_equal(convert(CONVERT_DATE, "0000-00-00").kind, TARGET_NULL);
	assert_false(convert(CONVERT_DATE, "0000-00-00").raw_needed);
	assert_kept(CONVERT_DATE, "2000-00-01");
	assert_kept(CONVERT_DATE, "2023-02-29");
	assert_kept(CONVERT_DATE, "20230228");
	assert_int_equal(convert(CONVERT_TIME, "00:00:01").i, 1000000);
	assert_int_equal(convert(CONVERT_TIME, "-838:59:59.000001").i, INT64_C(-3020399000001));
	assert_int_equal(convert(CONVERT_TIME, "-00:00:00.5").i, -500000);
	assert_kept(CONVERT_TIME, "00:60:00");
	assert_kept(CONVERT_TIME, "12:00");
	assert_kept(CONVERT_TIME, "-");
	assert_kept(CONVERT_TIME, "");
}

/* ---- sql/functions/check_mapping.sql: column_kinds() ---- */

static bool
type_is_known(const char *name, size_t len)
{
	for (int type = 0; type <= MAPPING_TYPE_LAST; type++)
	{
		const char *known = mapping_type_name((mapping_type) type);

		if (strlen(known) == len && memcmp(known, name, len) == 0)
			return true;
	}
	return false;
}

/* A line of it: ('kind', '{type,type}', number). */
static void
check_line(const char *line, bool *seen)
{
	char name[40], types[200] = "";
	convert_kind kind;

	if (sscanf(line, " ('%39[^']', '{%199[^}]}'", name, types) < 1)
		return;
	if (!convert_kind_parse(name, &kind) || seen[kind])
		fail_msg("column_kinds() has the kind %s, which is not in convert.c or twice", name);
	seen[kind] = true;
	for (const char *type = types; *type != '\0'; type += *type == ',')
	{
		const size_t len = strcspn(type, ",");

		if (!type_is_known(type, len))
			fail_msg("column_kinds() gives kind %s the types %s, not all in mapping_type.c", name,
			         types);
		type += len;
	}
}

static void
test_kinds_of_sql(void **state)
{
	FILE *f = fopen(TEST_DATA "/../../sql/functions/check_mapping.sql", "r");
	bool seen[CONVERT_KIND_LAST + 1] = {false};
	char line[500];

	(void) state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL && strstr(line, "AS known (kind") == NULL)
		check_line(line, seen);
	fclose(f);
	for (int kind = 0; kind <= CONVERT_KIND_LAST; kind++)
	{
		if (!seen[kind])
			fail_msg("column_kinds() lacks the kind %s", convert_kind_name((convert_kind) kind));
	}
}

static int
set_up(void **state)
{
	(void) state;
	memory = arena_create(4096);
	return memory == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	(void) state;
	arena_destroy(memory);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_numeric),      cmocka_unit_test(test_json),
	    cmocka_unit_test(test_lists),        cmocka_unit_test(test_dates_and_times),
	    cmocka_unit_test(test_kinds_of_sql),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
