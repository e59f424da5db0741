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
static arena *memory;

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
read_as(source_type source, enum enum_field_types type, unsigned flags, const char *text)
{
	MYSQL_FIELD field = {.type = type, .flags = flags, .charsetnr = 8};
	value v;

	assert_true(text_value_read(source, &field, text, text == NULL ? 0 : strlen(text), memory, &v));
	return v;
}

static value
read_text(enum enum_field_types type, unsigned flags, const char *text)
{
	return read_as(SOURCE_PLAIN, type, flags, text);
}

#define ASSERT_VALUE(v, literal)                                                                   \
	do                                                                                             \
	{                                                                                              \
		const value made = (v);                                                                    \
		assert_int_equal(made.kind, VALUE_BYTES);                                                  \
		assert_int_equal(made.bytes.len, sizeof(literal) - 1);                                     \
		assert_memory_equal(made.bytes.data, literal, sizeof(literal) - 1);                        \
	} while (0)

static void
test_text_numbers(void **state)
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
	v = read_as(SOURCE_FLOAT, MYSQL_TYPE_DOUBLE, 0, "0.10000000149011612");
	assert_true(v.kind == VALUE_FLOAT && v.d == (double) 0.1f);
	v = read_text(MYSQL_TYPE_BIT, UNSIGNED_FLAG, "\1\2");
	assert_true(v.kind == VALUE_UINT && v.u == 258);
	ASSERT_VALUE(read_text(MYSQL_TYPE_NEWDECIMAL, 0, "00012.50"), "12.50");
	ASSERT_VALUE(read_text(MYSQL_TYPE_NEWDECIMAL, 0, "000.00"), "0.00");
	ASSERT_VALUE(read_text(MYSQL_TYPE_NEWDECIMAL, 0, "-0.50"), "-0.50");
	ASSERT_VALUE(read_text(MYSQL_TYPE_NEWDECIMAL, 0, "000"), "0");
	assert_false(text_value_read(SOURCE_PLAIN, &number, "5x", 2, memory, &v));
	assert_false(text_value_read(SOURCE_PLAIN, &number, "", 0, memory, &v));
}

static void
test_text_values(void **state)
{
	value v = read_text(MYSQL_TYPE_TIMESTAMP, 0, "1970-01-01 00:00:01");

	(void) state;
	assert_true(v.kind == VALUE_TIMESTAMP && v.i == 1000000 && v.digits == 0);
	v = read_text(MYSQL_TYPE_TIMESTAMP, 0, "1970-01-01 00:00:01.50");
	assert_true(v.kind == VALUE_TIMESTAMP && v.i == 1500000 && v.digits == 2);
	v = read_text(MYSQL_TYPE_TIMESTAMP, 0, "0000-00-00 00:00:00.000");
	assert_true(v.kind == VALUE_TIMESTAMP && v.i == 0 && v.digits == 3);
	v = read_text(MYSQL_TYPE_BLOB, 0, "bytes");
	assert_true(v.kind == VALUE_BYTES && v.bytes.len == 5 && v.charset == 8);
	assert_int_equal(read_text(MYSQL_TYPE_BLOB, 0, NULL).kind, VALUE_NULL);
	ASSERT_VALUE(read_as(SOURCE_INET4, MYSQL_TYPE_STRING, 0, "1.2.3.4"), "\1\2\3\4");
	ASSERT_VALUE(read_as(SOURCE_INET6, MYSQL_TYPE_STRING, 0, "::ffff:1.2.3.4"),
	             "\0\0\0\0\0\0\0\0\0\0\377\377\1\2\3\4");
	ASSERT_VALUE(read_as(SOURCE_UUID, MYSQL_TYPE_STRING, 0, "123e4567-e89b-12d3-a456-426655440000"),
	             "\x12\x3e\x45\x67\xe8\x9b\x12\xd3\xa4\x56\x42\x66\x55\x44\x00\x00");
}

static void
test_source_types(void **state)
{
	(void) state;
	assert_int_equal(source_type_parse("float(7,2) unsigned zerofill", ""), SOURCE_FLOAT);
	assert_int_equal(source_type_parse("double", ""), SOURCE_REAL);
	assert_int_equal(source_type_parse("inet6", ""), SOURCE_INET6);
	assert_int_equal(source_type_parse("varchar(10)", ""), SOURCE_PLAIN);
	assert_int_equal(source_type_parse("year(4)", ""), SOURCE_PRINTED);
	assert_int_equal(source_type_parse("year(2)", ""), SOURCE_YEAR2);
	assert_int_equal(source_type_parse("timestamp /* mariadb-5.3 */", ""), SOURCE_PLAIN);
	assert_int_equal(source_type_parse("datetime(3) /* mariadb-5.3 */", ""), SOURCE_OLD_TIME);
	assert_int_equal(source_type_parse("int(11)", "VIRTUAL GENERATED, INVISIBLE"),
	                 SOURCE_GENERATED);
	assert_int_equal(source_type_parse("inet6", "STORED GENERATED"), SOURCE_GENERATED);
	assert_null(source_type_remedy(SOURCE_UUID, CONVERT_UUID));
	assert_null(source_type_remedy(SOURCE_INET4, CONVERT_BYTES));
	assert_null(source_type_remedy(SOURCE_FLOAT, CONVERT_TEXT));
	assert_non_null(strstr(source_type_remedy(SOURCE_UUID, CONVERT_TEXT), "kind uuid"));
	assert_non_null(strstr(source_type_remedy(SOURCE_INET6, CONVERT_KEY_TEXT), "kind inet"));
	assert_non_null(strstr(source_type_remedy(SOURCE_YEAR2, CONVERT_INT), "YEAR(4)"));
}

static int
tear_down(void **state)
{
	(void) state;
	copy_free(&buffer);
	arena_destroy(memory);
	return 0;
}

static int
set_up(void **state)
{
	(void) state;
	memory = arena_create(4096);
	return memory == NULL ? -1 : 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_frame),       cmocka_unit_test(test_values),
	    cmocka_unit_test(test_refusal),     cmocka_unit_test(test_text_numbers),
	    cmocka_unit_test(test_text_values), cmocka_unit_test(test_source_types),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
