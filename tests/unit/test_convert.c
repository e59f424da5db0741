/*
 * tests/unit/test_convert.c
 *	  mapping/convert.c: every kind, on bytes.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "mapping/convert.h"
#include "mapping/utf8.h"

static arena *memory;

static value
bytes(const char *data, size_t len)
{
	return (value){.kind = VALUE_BYTES, .bytes = {data, len}};
}

#define BYTES(literal) bytes(literal, sizeof(literal) - 1)

static target_value
convert(convert_kind kind, value v)
{
	const value *sources[] = {&v};
	target_value out;
	convert_error err = {""};

	if (!convert_value(kind, sources, 1, false, memory, &out, &err))
		fail_msg("%s: %s", convert_kind_name(kind), err.message);
	return out;
}

static bool
refuses(convert_kind kind, value v)
{
	const value *sources[] = {&v};
	target_value out;
	convert_error err;

	return !convert_value(kind, sources, 1, false, memory, &out, &err) && err.message[0] != '\0';
}

static void
assert_text(target_value v, const char *expected, size_t len)
{
	assert_int_equal(v.kind, TARGET_TEXT);
	assert_int_equal(v.bytes.len, len);
	assert_memory_equal(v.bytes.data, expected, len);
}

#define ASSERT_TEXT(v, literal) assert_text(v, literal, sizeof(literal) - 1)

/* ---- UTF-8 ---- */

static void
test_utf8_like_postgresql(void **state)
{
	static const struct
	{
		const char *data;
		size_t len, valid;
	} cases[] = {
	    {"plain", 5, 5},
	    {"\xC3\xA9", 2, 2},
	    {"\xE2\x82\xAC", 3, 3},
	    {"\xF0\x9F\x98\x80", 4, 4},
	    {"\xF4\x8F\xBF\xBF", 4, 4},      /* U+10FFFF */
	    {"\xED\x9F\xBF", 3, 3},          /* U+D7FF */
	    {"\xEE\x80\x80", 3, 3},          /* U+E000 */
	    {"a\0b", 3, 1},                  /* NUL */
	    {"\x80", 1, 0},                  /* continuation alone */
	    {"\xC0\xAF", 2, 0},              /* overlong */
	    {"\xC1\xBF", 2, 0},              /* overlong */
	    {"\xE0\x9F\xBF", 3, 0},          /* overlong */
	    {"\xF0\x8F\xBF\xBF", 4, 0},      /* overlong */
	    {"\xED\xA0\x80", 3, 0},          /* surrogate */
	    {"\xED\xBF\xBF", 3, 0},          /* surrogate */
	    {"\xF4\x90\x80\x80", 4, 0},      /* beyond U+10FFFF */
	    {"\xF5\x80\x80\x80", 4, 0},      /* beyond */
	    {"ok\xE2\x82", 4, 2},            /* cut off */
	    {"ok\xF0\x9F\x98", 5, 2},        /* cut off */
	    {"\xC3(", 2, 0},                 /* no continuation */
	    {"0123456789abcdef\xFF", 17, 16} /* behind whole words */
	};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(utf8_valid_prefix(cases[i].data, cases[i].len), cases[i].valid);
}

/* A bad byte is found at every offset of a word and on both sides of its end. */
static void
test_utf8_offsets(void **state)
{
	static const char bad[] = {'\0', '\x80', '\xFF', '\xC3'};
	char data[40];

	(void) state;
	for (size_t b = 0; b < sizeof(bad); b++)
	{
		for (size_t at = 0; at < sizeof(data); at++)
		{
			memset(data, 'x', sizeof(data));
			data[at] = bad[b];
			assert_int_equal(utf8_valid_prefix(data, sizeof(data)), at);
		}
	}
}

static void
test_text(void **state)
{
	target_value v = convert(CONVERT_TEXT, BYTES("na\xC3\xAFve"));

	(void) state;
	ASSERT_TEXT(v, "na\xC3\xAFve");
	assert_false(v.raw_needed);
	v = convert(CONVERT_TEXT, BYTES("a\xFF\xE2\x82z\0"));
	ASSERT_TEXT(v, "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz\xEF\xBF\xBD");
	assert_true(v.raw_needed);
	assert_int_equal(v.raw_len, 6);
	assert_memory_equal(v.raw, "a\xFF\xE2\x82z\0", 6);
	v = convert(CONVERT_TEXT, (value){.kind = VALUE_INT, .i = -7});
	ASSERT_TEXT(v, "-7");
	v = convert(CONVERT_TEXT, (value){.kind = VALUE_UINT, .u = UINT64_MAX});
	ASSERT_TEXT(v, "18446744073709551615");
	assert_int_equal(convert(CONVERT_TEXT, (value){.kind = VALUE_NULL}).kind, TARGET_NULL);
	assert_int_equal(convert(CONVERT_TEXT, (value){.kind = VALUE_ABSENT}).kind, TARGET_ABSENT);
}

/* Different bad keys stay different, and bad ones never equal good ones that look alike. */
static void
test_key_text(void **state)
{
	target_value a = convert(CONVERT_KEY_TEXT, BYTES("A\xFF"));
	target_value b = convert(CONVERT_KEY_TEXT, BYTES("A\xFE"));

	(void) state;
	ASSERT_TEXT(convert(CONVERT_KEY_TEXT, BYTES("good")), "good");
	assert_int_equal(a.bytes.len, 1 + 3 + 3 + 16);
	assert_memory_equal(a.bytes.data, "A\xEF\xBF\xBD\xEF\xBF\xBD", 7);
	assert_memory_equal(a.bytes.data, b.bytes.data, 7);
	assert_memory_not_equal(a.bytes.data, b.bytes.data, a.bytes.len);
	/* FNV-1a 64 of "A\xFF" */
	ASSERT_TEXT(a, "A\xEF\xBF\xBD\xEF\xBF\xBD"
	               "0907c907b59fe649");
}

/* ---- numbers ---- */

static void
test_numbers(void **state)
{
	(void) state;
	assert_int_equal(convert(CONVERT_INT, (value){.kind = VALUE_INT, .i = -5}).i, -5);
	assert_int_equal(convert(CONVERT_INT, (value){.kind = VALUE_UINT, .u = 5}).i, 5);
	assert_int_equal(convert(CONVERT_INT, BYTES("-9223372036854775808")).i, INT64_MIN);
	assert_int_equal(convert(CONVERT_INT, BYTES("9223372036854775807")).i, INT64_MAX);
	assert_true(refuses(CONVERT_INT, BYTES("9223372036854775808")));
	assert_true(refuses(CONVERT_INT, BYTES("12x")));
	assert_true(refuses(CONVERT_INT, BYTES("")));
	assert_true(refuses(CONVERT_INT, BYTES("-")));
	assert_true(refuses(CONVERT_INT, (value){.kind = VALUE_UINT, .u = UINT64_MAX}));
	assert_true(refuses(CONVERT_INT, (value){.kind = VALUE_DOUBLE, .d = 1.5}));
	assert_int_equal(convert(CONVERT_NEGATED, (value){.kind = VALUE_UINT, .u = 12}).i, -12);
	assert_true(refuses(CONVERT_NEGATED, (value){.kind = VALUE_INT, .i = INT64_MIN}));
	assert_true(convert(CONVERT_FLOAT, (value){.kind = VALUE_DOUBLE, .d = 0.25}).d == 0.25);
	assert_true(convert(CONVERT_FLOAT, BYTES("12.5")).d == 12.5);
	assert_true(convert(CONVERT_FLOAT, (value){.kind = VALUE_INT, .i = 3}).d == 3);
	assert_true(refuses(CONVERT_FLOAT, BYTES("1.5x")));
	assert_true(convert(CONVERT_BOOL, (value){.kind = VALUE_INT, .i = -1}).b);
	assert_false(convert(CONVERT_BOOL, (value){.kind = VALUE_UINT, .u = 0}).b);
	assert_false(convert(CONVERT_BOOL, BYTES("0")).b);
	assert_true(convert(CONVERT_BOOL, BYTES("1")).b);
}

static target_value
text_of(value_kind kind, double d)
{
	return convert(CONVERT_TEXT, (value){.kind = kind, .d = d});
}

/* Compared with MariaDB by tests/e2e/test_values.py; here the borders. */
static void
test_real_text(void **state)
{
	(void) state;
	ASSERT_TEXT(text_of(VALUE_DOUBLE, 0.1), "0.1");
	ASSERT_TEXT(text_of(VALUE_DOUBLE, 0.0), "0");
	ASSERT_TEXT(text_of(VALUE_DOUBLE, -0.0), "-0");
	ASSERT_TEXT(text_of(VALUE_DOUBLE, -1234.5), "-1234.5");
	ASSERT_TEXT(text_of(VALUE_DOUBLE, 1e14), "100000000000000");
	ASSERT_TEXT(text_of(VALUE_DOUBLE, 1e15), "1e15");
	ASSERT_TEXT(text_of(VALUE_DOUBLE, 1768536337107189.8), "1768536337107189.8");
	ASSERT_TEXT(text_of(VALUE_DOUBLE, 9007199254740993.0), "9.007199254740992e15");
	ASSERT_TEXT(text_of(VALUE_DOUBLE, 1e-15), "0.000000000000001");
	ASSERT_TEXT(text_of(VALUE_DOUBLE, 1e-16), "1e-16");
	ASSERT_TEXT(text_of(VALUE_DOUBLE, 0.1 + 0.2), "0.30000000000000004");
	ASSERT_TEXT(text_of(VALUE_DOUBLE, 1.7976931348623157e308), "1.7976931348623157e308");
	ASSERT_TEXT(text_of(VALUE_DOUBLE, 5e-324), "5e-324");
	/* 2^-44: the nearest of 16 digits is another number */
	ASSERT_TEXT(text_of(VALUE_DOUBLE, 0x1p-44), "0.00000000000005684341886080802");
	ASSERT_TEXT(text_of(VALUE_FLOAT, 0.1f), "0.1");
	ASSERT_TEXT(text_of(VALUE_DOUBLE, 0.1f), "0.10000000149011612");
	ASSERT_TEXT(text_of(VALUE_FLOAT, 16777216), "16777216");
	ASSERT_TEXT(text_of(VALUE_FLOAT, 3.4028234663852886e38), "3.4028235e38");
}

static void
test_lenient_numbers(void **state)
{
	static const char *const refused[] = {"inf", "nan", "0x10", " 1", "", "1e400", "1 "};
	static const char *const zeros[] = {"0.00", "-0.00", "0000-00-00", "00:00:00",
	                                    "0000-00-00 00:00:00.000"};
	static const char *const others[] = {".", "-", " ", "0.01", "0a"};

	(void) state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_true(refuses(CONVERT_FLOAT, bytes(refused[i], strlen(refused[i]))));
	for (size_t i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++)
		assert_false(convert(CONVERT_BOOL, bytes(zeros[i], strlen(zeros[i]))).b);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_true(convert(CONVERT_BOOL, bytes(others[i], strlen(others[i]))).b);
	assert_true(
	    convert(CONVERT_FLOAT,
	            BYTES("-12345678901234567890123456789012345.123456789012345678901234567890"))
	        .d == -12345678901234567890123456789012345.123456789012345678901234567890);
	assert_int_equal(convert(CONVERT_INT, BYTES("-12.00")).i, -12);
	assert_true(refuses(CONVERT_INT, BYTES("12.10")));
	assert_true(refuses(CONVERT_INT, BYTES(".0")));
	assert_true(refuses(CONVERT_INT, (value){.kind = VALUE_TIMESTAMP, .i = 1}));
	assert_true(refuses(CONVERT_TIMESTAMP, (value){.kind = VALUE_DOUBLE, .d = 1}));
	assert_true(refuses(CONVERT_TIMESTAMP, (value){.kind = VALUE_INT, .i = INT64_MAX}));
}

/* ---- addresses and UUIDs ---- */

static void
test_inet_uuid(void **state)
{
	static const char uuid[] = "\x12\x3e\x45\x67\xe8\x9b\x12\xd3\xa4\x56\x42\x66\x55\x44\x00\x00";
	target_value v = convert(CONVERT_UUID_TEXT, BYTES("123e4567-E89B-12d3-a456-426655440000"));

	(void) state;
	assert_int_equal(v.kind, TARGET_UUID);
	assert_memory_equal(v.bytes.data, uuid, 16);
	assert_int_equal(convert(CONVERT_UUID, bytes(uuid, 16)).kind, TARGET_UUID);
	assert_int_equal(convert(CONVERT_UUID_TEXT, BYTES("123e4567e89b12d3a456426655440000")).kind,
	                 TARGET_UUID);
	assert_int_equal(convert(CONVERT_INET_TEXT, BYTES("::12")).bytes.len, 16);
	assert_int_equal(convert(CONVERT_INET_TEXT, BYTES("255.0.0.1")).bytes.len, 4);
	assert_int_equal(convert(CONVERT_INET, BYTES("\1\2\3\4")).bytes.len, 4);
	assert_true(refuses(CONVERT_INET, BYTES("1.2.3.4")));
	assert_true(refuses(CONVERT_UUID, BYTES("\1\2\3\4")));
	v = convert(CONVERT_INET_TEXT, BYTES("1.2.3.400"));
	assert_true(v.kind == TARGET_NULL && v.raw_needed && v.raw_len == 9);
	v = convert(CONVERT_UUID_TEXT, BYTES("123e4567-e89b-12d3-a456_426655440000"));
	assert_true(v.kind == TARGET_NULL && v.raw_needed);
	v = convert(CONVERT_UUID_TEXT, BYTES(""));
	assert_true(v.kind == TARGET_NULL && !v.raw_needed);
}

/* ---- timestamps ---- */

static void
test_timestamp_text(void **state)
{
	const int64_t leap = INT64_C(951782400) * 1000000; /* 2000-02-29 */

	(void) state;
	ASSERT_TEXT(convert(CONVERT_TEXT, (value){.kind = VALUE_TIMESTAMP, .i = leap}),
	            "2000-02-29 00:00:00");
	ASSERT_TEXT(convert(CONVERT_TEXT, (value){.kind = VALUE_TIMESTAMP, .i = leap - 1, .digits = 6}),
	            "2000-02-28 23:59:59.999999");
	ASSERT_TEXT(convert(CONVERT_TEXT, (value){.kind = VALUE_TIMESTAMP, .i = 1900000, .digits = 1}),
	            "1970-01-01 00:00:01.9");
	ASSERT_TEXT(convert(CONVERT_TEXT, (value){.kind = VALUE_TIMESTAMP, .i = 0}),
	            "0000-00-00 00:00:00");
	ASSERT_TEXT(convert(CONVERT_TEXT, (value){.kind = VALUE_TIMESTAMP, .i = 0, .digits = 3}),
	            "0000-00-00 00:00:00.000");
	ASSERT_TEXT(
	    convert(CONVERT_TEXT, (value){.kind = VALUE_TIMESTAMP, .i = INT64_C(4294967295) * 1000000}),
	    "2106-02-07 06:28:15");
}

static void
test_timestamp(void **state)
{
	(void) state;
	assert_int_equal(convert(CONVERT_TIMESTAMP, BYTES("20000101000000")).i, 0);
	assert_int_equal(convert(CONVERT_TIMESTAMP, BYTES("20260228235959")).i,
	                 INT64_C(825638399000000));
	assert_int_equal(convert(CONVERT_TIMESTAMP, BYTES("20240229000000")).i,
	                 INT64_C(762480000000000));
	assert_int_equal(convert(CONVERT_TIMESTAMP, BYTES("19700101000000")).i,
	                 INT64_C(-946684800000000));
	assert_int_equal(convert(CONVERT_TIMESTAMP, BYTES("2000-01-01 00:00:01.25")).i, 1250000);
	assert_int_equal(
	    convert(CONVERT_TIMESTAMP, (value){.kind = VALUE_TIMESTAMP, .i = 946684800000007}).i, 7);
	assert_int_equal(convert(CONVERT_TIMESTAMP, (value){.kind = VALUE_TIMESTAMP, .i = 0}).kind,
	                 TARGET_NULL);
	assert_int_equal(convert(CONVERT_TIMESTAMP, BYTES("infinity")).i, CONVERT_INFINITY);
	assert_int_equal(convert(CONVERT_TIMESTAMP, BYTES("infinity\0\0\0\0\0\0")).i, CONVERT_INFINITY);
}

static void
test_timestamp_none(void **state)
{
	const value none[] = {BYTES(""), BYTES("00000000000000"), BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
	                      BYTES("0000-00-00 00:00:00")};
	const value malformed[] = {BYTES("20260230000000"), BYTES("20261301000000"),
	                           BYTES("20260101240000"), BYTES("2026010100000"),
	                           BYTES("never"),          BYTES("2026010100000x"),
	                           BYTES("00000101000000"), BYTES("20230229000000")};

	(void) state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
	{
		target_value v = convert(CONVERT_TIMESTAMP, none[i]);

		assert_int_equal(v.kind, TARGET_NULL);
		assert_false(v.raw_needed);
	}
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
	{
		target_value v = convert(CONVERT_TIMESTAMP, malformed[i]);

		assert_int_equal(v.kind, TARGET_NULL);
		assert_true(v.raw_needed);
		assert_int_equal(v.raw_len, malformed[i].bytes.len);
	}
}

/* ---- content ---- */

static value
deflated(const char *text, size_t len)
{
	size_t room = len + 1024;
	char *out = arena_alloc(memory, room);
	z_stream z = {0};
	size_t size;

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *) text;
	z.avail_in = (uInt) len;
	z.next_out = (Bytef *) out;
	z.avail_out = (uInt) room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	size = z.total_out;
	deflateEnd(&z);
	return bytes(out, size);
}

static target_value
content(convert_kind kind, value text, value flags, bool as_bytes)
{
	const value *sources[] = {&text, &flags};
	target_value out;
	convert_error err = {""};

	if (!convert_value(kind, sources, 2, as_bytes, memory, &out, &err))
		fail_msg("%s: %s", convert_kind_name(kind), err.message);
	return out;
}

static void
test_content(void **state)
{
	value text = deflated("wikitext \xC3\xA9", 11);
	target_value v;

	(void) state;
	ASSERT_TEXT(content(CONVERT_CONTENT, text, BYTES("utf-8,gzip"), false), "wikitext \xC3\xA9");
	ASSERT_TEXT(content(CONVERT_CONTENT_FLAGS, text, BYTES("utf-8,gzip"), false), "utf-8");
	ASSERT_TEXT(content(CONVERT_CONTENT_FLAGS, text, BYTES("gzip"), false), "");
	ASSERT_TEXT(content(CONVERT_CONTENT, BYTES("plain"), BYTES("utf-8"), false), "plain");
	v = content(CONVERT_CONTENT, BYTES("\xFF\0"), BYTES("utf-8"), true);
	assert_int_equal(v.kind, TARGET_BYTES);
	assert_int_equal(v.bytes.len, 2);
	assert_false(v.raw_needed);
}

static void
test_content_unresolved(void **state)
{
	target_value v =
	    content(CONVERT_CONTENT, BYTES("DB://cluster1/5"), BYTES("external,gzip"), false);

	(void) state;
	ASSERT_TEXT(v, "DB://cluster1/5");
	ASSERT_TEXT(
	    content(CONVERT_CONTENT_FLAGS, BYTES("DB://cluster1/5"), BYTES("external,gzip"), false),
	    "external,gzip");
	/* bad deflate data stays, with its flag */
	v = content(CONVERT_CONTENT, BYTES("\xFF\xFFnot deflate"), BYTES("gzip"), false);
	assert_true(v.raw_needed);
	assert_int_equal(v.raw_len, 13);
	ASSERT_TEXT(content(CONVERT_CONTENT_FLAGS, BYTES("\xFF\xFFnot deflate"), BYTES("gzip"), false),
	            "gzip");
	assert_int_equal(
	    content(CONVERT_CONTENT, (value){.kind = VALUE_ABSENT}, BYTES("gzip"), false).kind,
	    TARGET_ABSENT);
	assert_int_equal(
	    content(CONVERT_CONTENT, (value){.kind = VALUE_NULL}, BYTES("gzip"), false).kind,
	    TARGET_NULL);
}

/* Text that inflates a thousandfold grows the buffer, and comes out whole. */
static void
test_content_large(void **state)
{
	const size_t len = 3 << 20;
	char *text = malloc(len);
	target_value v;

	(void) state;
	memset(text, 'a', len);
	v = content(CONVERT_CONTENT, deflated(text, len), BYTES("gzip,utf-8"), false);
	assert_text(v, text, len);
	free(text);
}

/* ---- users ---- */

static bool
login(convert_kind kind, value v)
{
	const value *sources[] = {&v};
	convert_error err;
	target_value out;

	assert_true(convert_value(kind, sources, 1, false, memory, &out, &err));
	assert_int_equal(out.kind, TARGET_BOOL);
	return out.b;
}

static void
test_login(void **state)
{
	const value invalid = BYTES("*** INVALID ***\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
	const value null = {.kind = VALUE_NULL};
	const value absent = {.kind = VALUE_ABSENT};
	const value *sources[] = {&absent};
	convert_error err;
	target_value out;

	(void) state;
	assert_true(login(CONVERT_TOKEN_INVALID, invalid));
	assert_false(login(CONVERT_TOKEN_INVALID, BYTES("token")));
	assert_false(login(CONVERT_TOKEN_INVALID, BYTES("")));
	assert_true(login(CONVERT_EMAIL_EMPTY, BYTES("")));
	assert_true(login(CONVERT_EMAIL_EMPTY, null));
	assert_false(login(CONVERT_EMAIL_EMPTY, BYTES("a@example.org")));
	assert_true(login(CONVERT_PASSWORD_UNUSABLE, BYTES("")));
	assert_true(login(CONVERT_PASSWORD_UNUSABLE, BYTES(":null:")));
	assert_false(login(CONVERT_PASSWORD_UNUSABLE, BYTES(":pbkdf2:x")));
	assert_true(convert_value(CONVERT_EMAIL_EMPTY, sources, 1, false, memory, &out, &err));
	assert_int_equal(out.kind, TARGET_ABSENT);
}

/* ---- helpers ---- */

static void
test_same_and_zero(void **state)
{
	const value one = BYTES("abc");
	const value other = BYTES("abd");
	const value null = {.kind = VALUE_NULL};
	const value zeros = BYTES("000\0");

	(void) state;
	assert_true(convert_same(&one, &one));
	assert_false(convert_same(&one, &other));
	assert_false(convert_same(&one, &null));
	assert_true(convert_is_zero(&null));
	assert_true(convert_is_zero(&zeros));
	assert_false(convert_is_zero(&one));
}

static void
test_kind_names(void **state)
{
	convert_kind kind;

	(void) state;
	for (int i = CONVERT_INT; i <= CONVERT_KIND_LAST; i++)
	{
		assert_true(convert_kind_parse(convert_kind_name((convert_kind) i), &kind));
		assert_int_equal(kind, i);
	}
	assert_false(convert_kind_parse("texte", &kind));
	assert_false(convert_kind_parse("", &kind));
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
	    cmocka_unit_test(test_utf8_like_postgresql),
	    cmocka_unit_test(test_utf8_offsets),
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_key_text),
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_real_text),
	    cmocka_unit_test(test_lenient_numbers),
	    cmocka_unit_test(test_inet_uuid),
	    cmocka_unit_test(test_timestamp),
	    cmocka_unit_test(test_timestamp_text),
	    cmocka_unit_test(test_timestamp_none),
	    cmocka_unit_test(test_content),
	    cmocka_unit_test(test_content_unresolved),
	    cmocka_unit_test(test_content_large),
	    cmocka_unit_test(test_login),
	    cmocka_unit_test(test_same_and_zero),
	    cmocka_unit_test(test_kind_names),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
