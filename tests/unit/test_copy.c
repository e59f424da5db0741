/*
 * tests/unit/test_copy.c
 *	  snapshot/copy.c: the frame of COPY ... BINARY; snapshot/text_value.c: SELECT's text as values.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>
#include "snapshot/copy.h"
#include "snapshot/text_value.h"

static copy_buffer buffer;

#define ASSERT_BYTES(literal)                                                                      \
	do                                                                                             \
	{                                                                                              \
		assert_int_equal(buffer.len, sizeof(literal) - 1);                                         \
		assert_memory_equal(buffer.data, literal, sizeof(literal) - 1);                            \
		copy_clear(&buffer);                                                                       \
	} while (0)

static void
put(mapping_type type, target_value v)
{
	convert_error err;

	assert_true(copy_value(&buffer, type, &v, &err));
}

static void
test_frame(void **state)
{
	(void) state;
	copy_header(&buffer);
	ASSERT_BYTES("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0");
	copy_row(&buffer, 3);
	ASSERT_BYTES("\0\3");
	copy_null(&buffer);
	ASSERT_BYTES("\377\377\377\377");
	copy_trailer(&buffer);
	ASSERT_BYTES("\377\377");
}

static void
test_values(void **state)
{
	(void) state;
	put(MAPPING_INT2, (target_value){.kind = TARGET_INT, .i = -2});
	ASSERT_BYTES("\0\0\0\2\377\376");
	put(MAPPING_TEXT, (target_value){.kind = TARGET_TEXT, .bytes = {"ab", 2}});
	ASSERT_BYTES("\0\0\0\2ab");
	put(MAPPING_TEXT, (target_value){.kind = TARGET_TEXT, .bytes = {"", 0}});
	ASSERT_BYTES("\0\0\0\0");
	put(MAPPING_TEXT, (target_value){.kind = TARGET_NULL});
	ASSERT_BYTES("\377\377\377\377");
}

static void
test_refusal(void **state)
{
	const target_value large = {.kind = TARGET_INT, .i = 32768};
	convert_error err = {""};

	(void) state;
	assert_false(copy_value(&buffer, MAPPING_INT2, &large, &err));
	assert_string_equal(err.message, "32768 does not fit into smallint");
	assert_int_equal(buffer.len, 0);
}

static value
read_text(enum enum_field_types type, unsigned flags, const char *text)
{
	MYSQL_FIELD field = {.type = type, .flags = flags};
	value v;

	assert_true(text_value_read(&field, text, text == NULL ? 0 : strlen(text), &v));
	return v;
}

static void
test_text_values(void **state)
{
	const MYSQL_FIELD number = {.type = MYSQL_TYPE_LONG};
	value v = read_text(MYSQL_TYPE_LONG, 0, "-5");

	(void) state;
	assert_int_equal(v.kind, VALUE_INT);
	assert_int_equal(v.i, -5);
	v = read_text(MYSQL_TYPE_LONGLONG, UNSIGNED_FLAG, "18446744073709551615");
	assert_int_equal(v.kind, VALUE_UINT);
	assert_true(v.u == UINT64_MAX);
	v = read_text(MYSQL_TYPE_DOUBLE, 0, "0.25");
	assert_true(v.kind == VALUE_DOUBLE && v.d == 0.25);
	v = read_text(MYSQL_TYPE_BIT, UNSIGNED_FLAG, "\1\2");
	assert_true(v.kind == VALUE_UINT && v.u == 258);
	v = read_text(MYSQL_TYPE_TIMESTAMP, 0, "1970-01-01 00:00:01");
	assert_true(v.kind == VALUE_TIMESTAMP && v.i == 1000000);
	v = read_text(MYSQL_TYPE_TIMESTAMP, 0, "0000-00-00 00:00:00");
	assert_true(v.kind == VALUE_TIMESTAMP && v.i == 0);
	v = read_text(MYSQL_TYPE_BLOB, 0, "bytes");
	assert_true(v.kind == VALUE_BYTES && v.bytes.len == 5);
	assert_int_equal(read_text(MYSQL_TYPE_BLOB, 0, NULL).kind, VALUE_NULL);
	assert_false(text_value_read(&number, "5x", 2, &v));
	assert_false(text_value_read(&number, "", 0, &v));
}

static int
tear_down(void **state)
{
	(void) state;
	copy_free(&buffer);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_frame),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_refusal),
	    cmocka_unit_test(test_text_values),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
