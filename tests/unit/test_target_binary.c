/*
 * tests/unit/test_target_binary.c
 *	  mapping/target_binary.c: values in PostgreSQL's binary form, byte by byte.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>
#include "mapping/target_binary.h"

static void
assert_bytes(mapping_type type, target_value v, const char *expected, size_t len)
{
	char number[TARGET_BINARY_NUMBER];
	target_binary found;
	convert_error err;

	assert_true(target_binary_make(type, &v, number, &found, &err));
	assert_non_null(found.data);
	assert_int_equal(found.len, len);
	assert_memory_equal(found.data, expected, len);
}

#define ASSERT_BYTES(type, literal, ...)                                                           \
	assert_bytes(type, (target_value){__VA_ARGS__}, literal, sizeof(literal) - 1)

static void
assert_refused(mapping_type type, target_value v, const char *message)
{
	char number[TARGET_BINARY_NUMBER];
	target_binary found;
	convert_error err = {""};

	assert_false(target_binary_make(type, &v, number, &found, &err));
	assert_string_equal(err.message, message);
}

static void
test_numbers(void **state)
{
	(void) state;
	ASSERT_BYTES(MAPPING_INT2, "\377\376", .kind = TARGET_INT, .i = -2);
	ASSERT_BYTES(MAPPING_INT2, "\200\0", .kind = TARGET_INT, .i = INT16_MIN);
	ASSERT_BYTES(MAPPING_INT4, "\0\0\1\2", .kind = TARGET_INT, .i = 258);
	ASSERT_BYTES(MAPPING_INT4, "\177\377\377\377", .kind = TARGET_INT, .i = INT32_MAX);
	ASSERT_BYTES(MAPPING_INT8, "\200\0\0\0\0\0\0\0", .kind = TARGET_INT, .i = INT64_MIN);
	ASSERT_BYTES(MAPPING_INT8, "\0\0\0\0\0\0\0\1", .kind = TARGET_BOOL, .b = true);
	ASSERT_BYTES(MAPPING_BOOL, "\1", .kind = TARGET_BOOL, .b = true);
	ASSERT_BYTES(MAPPING_BOOL, "\0", .kind = TARGET_BOOL, .b = false);
	ASSERT_BYTES(MAPPING_BOOL, "\1", .kind = TARGET_INT, .i = -7);
	ASSERT_BYTES(MAPPING_FLOAT8, "\77\360\0\0\0\0\0\0", .kind = TARGET_DOUBLE, .d = 1.0);
	ASSERT_BYTES(MAPPING_FLOAT8, "\100\0\0\0\0\0\0\0", .kind = TARGET_INT, .i = 2);
	ASSERT_BYTES(MAPPING_FLOAT4, "\77\200\0\0", .kind = TARGET_DOUBLE, .d = 1.0);
	ASSERT_BYTES(MAPPING_TIMESTAMPTZ, "\177\377\377\377\377\377\377\377",
	             .kind = TARGET_TIMESTAMPTZ, .i = CONVERT_INFINITY);
}

static void
test_bytes(void **state)
{
	(void) state;
	ASSERT_BYTES(MAPPING_TEXT, "ab", .kind = TARGET_TEXT, .bytes = {"ab", 2});
	ASSERT_BYTES(MAPPING_BYTEA, "\0\377", .kind = TARGET_BYTES, .bytes = {"\0\377", 2});
	ASSERT_BYTES(MAPPING_BYTEA, "ab", .kind = TARGET_TEXT, .bytes = {"ab", 2});
	/* empty is not NULL, wherever it is */
	ASSERT_BYTES(MAPPING_TEXT, "", .kind = TARGET_TEXT, .bytes = {NULL, 0});
}

static void
test_inet_uuid(void **state)
{
	static const char address[] = "\x20\x01\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\x1";

	(void) state;
	ASSERT_BYTES(MAPPING_INET, "\2\40\0\4\1\2\3\4", .kind = TARGET_INET, .bytes = {"\1\2\3\4", 4});
	ASSERT_BYTES(MAPPING_TEXT, "1.2.3.4", .kind = TARGET_INET, .bytes = {"\1\2\3\4", 4});
	ASSERT_BYTES(MAPPING_INET, "\3\200\0\20\x20\x01\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\x1",
	             .kind = TARGET_INET, .bytes = {address, 16});
	ASSERT_BYTES(MAPPING_TEXT, "2001:db8::1", .kind = TARGET_INET, .bytes = {address, 16});
	ASSERT_BYTES(MAPPING_UUID, "\x20\x01\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\x1", .kind = TARGET_UUID,
	             .bytes = {address, 16});
	ASSERT_BYTES(MAPPING_TEXT, "20010db8-0000-0000-0000-000000000001", .kind = TARGET_UUID,
	             .bytes = {address, 16});
	assert_refused(MAPPING_UUID, (target_value){.kind = TARGET_INET, .bytes = {address, 16}},
	               "its kind does not give a value of type uuid");
	assert_refused(MAPPING_INET, (target_value){.kind = TARGET_TEXT, .bytes = {"::1", 3}},
	               "its kind does not give a value of type inet");
}

static void
test_times(void **state)
{
	(void) state;
	ASSERT_BYTES(MAPPING_DATE, "\377\377\377\377", .kind = TARGET_DATE, .i = -1);
	ASSERT_BYTES(MAPPING_TIME, "\0\0\0\0\0\17\102\100", .kind = TARGET_TIME, .i = 1000000);
	ASSERT_BYTES(MAPPING_INTERVAL, "\377\377\377\377\377\377\377\377\0\0\0\0\0\0\0\0",
	             .kind = TARGET_TIME, .i = -1);
	ASSERT_BYTES(MAPPING_TIMESTAMP, "\0\0\0\0\0\0\0\7", .kind = TARGET_TIMESTAMPTZ, .i = 7);
	assert_refused(MAPPING_TIME, (target_value){.kind = TARGET_TIME, .i = -1},
	               "a TIME that is negative, or a day or longer, does not fit into time");
	assert_refused(MAPPING_TIME, (target_value){.kind = TARGET_TIME, .i = INT64_C(86400000000)},
	               "a TIME that is negative, or a day or longer, does not fit into time");
}

static void
test_ready(void **state)
{
	(void) state;
	ASSERT_BYTES(MAPPING_JSON, "[]", .kind = TARGET_JSON, .bytes = {&"\1[]"[1], 2});
	ASSERT_BYTES(MAPPING_JSONB, "\1[]", .kind = TARGET_JSON, .bytes = {&"\1[]"[1], 2});
	ASSERT_BYTES(MAPPING_NUMERIC, "n", .kind = TARGET_NUMERIC, .bytes = {"n", 1});
	assert_refused(MAPPING_JSONB, (target_value){.kind = TARGET_TEXT, .bytes = {"[]", 2}},
	               "its kind does not give a value of type jsonb");
	assert_refused(MAPPING_INT8_ARRAY, (target_value){.kind = TARGET_TEXT_ARRAY, .bytes = {"", 0}},
	               "its kind does not give a value of type bigint[]");
}

static void
test_null(void **state)
{
	static const target_kind kinds[] = {TARGET_NULL, TARGET_ABSENT};

	(void) state;
	for (size_t i = 0; i < 2; i++)
	{
		for (unsigned type = MAPPING_BOOL; type <= MAPPING_TYPE_LAST; type++)
		{
			const target_value v = {.kind = kinds[i]};
			char number[TARGET_BINARY_NUMBER];
			target_binary found = {"x", 1};
			convert_error err;

			assert_true(target_binary_make((mapping_type) type, &v, number, &found, &err));
			assert_null(found.data);
			assert_int_equal(found.len, 0);
		}
	}
}

static void
test_refusals(void **state)
{
	(void) state;
	assert_refused(MAPPING_INT2, (target_value){.kind = TARGET_INT, .i = 32768},
	               "32768 does not fit into smallint");
	assert_refused(MAPPING_INT2, (target_value){.kind = TARGET_INT, .i = -32769},
	               "-32769 does not fit into smallint");
	assert_refused(MAPPING_INT4, (target_value){.kind = TARGET_INT, .i = INT64_C(2147483648)},
	               "2147483648 does not fit into integer");
	assert_refused(MAPPING_FLOAT4, (target_value){.kind = TARGET_DOUBLE, .d = 1e39},
	               "9.9999999999999994e+38 does not fit into real");
	assert_refused(MAPPING_FLOAT4, (target_value){.kind = TARGET_DOUBLE, .d = -1e-60},
	               "-9.9999999999999997e-61 does not fit into real");
	assert_refused(MAPPING_TEXT, (target_value){.kind = TARGET_INT, .i = 1},
	               "its kind does not give a value of type text");
	assert_refused(MAPPING_TEXT, (target_value){.kind = TARGET_BYTES, .bytes = {"x", 1}},
	               "its kind does not give a value of type text");
	assert_refused(MAPPING_BOOL, (target_value){.kind = TARGET_DOUBLE, .d = 1},
	               "its kind does not give a value of type boolean");
	assert_refused(MAPPING_FLOAT8, (target_value){.kind = TARGET_TEXT, .bytes = {"1", 1}},
	               "its kind does not give a value of type double precision");
	assert_refused(MAPPING_INT8, (target_value){.kind = TARGET_TEXT, .bytes = {"1", 1}},
	               "its kind does not give a value of type bigint");
	assert_refused(MAPPING_TIMESTAMPTZ, (target_value){.kind = TARGET_INT, .i = 1},
	               "its kind does not give a value of type timestamptz");
	assert_refused(MAPPING_BYTEA, (target_value){.kind = TARGET_BYTES, .bytes = {"x", 1U << 30}},
	               "1073741824 bytes are more than a value can hold");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_numbers),   cmocka_unit_test(test_bytes),
	    cmocka_unit_test(test_inet_uuid), cmocka_unit_test(test_times),
	    cmocka_unit_test(test_ready),     cmocka_unit_test(test_null),
	    cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
