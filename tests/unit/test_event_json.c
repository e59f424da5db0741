/*
 * tests/unit/test_event_json.c
 *	  The plugin's JSON writer on bytes: what it writes, jansson must read back as what was meant.
 *
 * The server's conversions of numbers and times are the C library's here; decoder/sql/times.sql has the server's own.
 */
/* jansson has functions of these names, and so has PostgreSQL of the second */
#define json_string event_json_string
#define json_object server_json_object
#include "plugin/core/json.c"
#undef json_string
#undef json_object

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>
#include <cmocka.h>
#include <jansson.h>

int
pg_lltoa(int64 value, char *out)
{
	return sprintf(out, "%lld", (long long) value);
}

int
timestamp2tm(Timestamp value, int *zone, struct pg_tm *out, fsec_t *fraction, const char **name,
             pg_tz *attimezone)
{
	time_t second =
	    (time_t) (value / USECS_PER_SEC - (value % USECS_PER_SEC < 0 ? 1 : 0) + 946684800);
	struct tm tm;

	(void) name;
	(void) attimezone;
	assert_null(zone);
	gmtime_r(&second, &tm);
	*out = (struct pg_tm){.tm_year = tm.tm_year + 1900,
	                      .tm_mon = tm.tm_mon + 1,
	                      .tm_mday = tm.tm_mday,
	                      .tm_hour = tm.tm_hour,
	                      .tm_min = tm.tm_min,
	                      .tm_sec = tm.tm_sec};
	*fraction = 0;
	return 0;
}

static void
assert_time(TimestampTz value, const char *expected)
{
	StringInfoData out;

	initStringInfo(&out);
	json_time(&out, value);
	assert_string_equal(out.data, expected);
	assert_int_equal(out.len, TIME_LENGTH);
	free(out.data);
}

static void
test_times(void **state)
{
	(void) state;
	assert_time(0, "\"2000-01-01T00:00:00Z\"");
	assert_time(-1, "\"1999-12-31T23:59:59Z\"");
	assert_time(848719995 * USECS_PER_SEC, "\"2026-11-23T03:33:15Z\"");
	assert_time(FIRST_TIME, "\"0000-01-01T00:00:00Z\"");
	assert_time(LAST_TIME, "\"9999-12-31T23:59:59Z\"");
	assert_time(FIRST_TIME - 1, "\"0000-01-01T00:00:00Z\"");
	assert_time(LAST_TIME + 1, "\"9999-12-31T23:59:59Z\"");
	assert_time(DT_NOBEGIN, "\"0000-01-01T00:00:00Z\"");
	assert_time(DT_NOEND, "\"9999-12-31T23:59:59Z\"");
}

static void
test_writable_times(void **state)
{
	(void) state;
	assert_true(json_time_is_writable(FIRST_TIME));
	assert_false(json_time_is_writable(FIRST_TIME - 1));
	assert_true(json_time_is_writable(LAST_TIME));
	assert_false(json_time_is_writable(LAST_TIME + 1));
	assert_false(json_time_is_writable(DT_NOEND));
	assert_false(json_time_is_writable(DT_NOBEGIN));
}

/* each byte at each place of texts that are looked at eight bytes at a time */
static void
test_each_place(void **state)
{
	(void) state;
	for (int length = 1; length < 20; length++)
		for (int at = 0; at < length; at++)
			for (int c = 1; c < 0x80; c++)
			{
				char text[20] = "";
				StringInfoData out;
				json_t *root;

				memset(text, 'x', (size_t) length);
				text[at] = (char) c;
				initStringInfo(&out);
				event_json_string(&out, text);
				root = json_loads(out.data, JSON_DECODE_ANY, NULL);
				assert_non_null(root);
				assert_string_equal(json_string_value(root), text);
				assert_int_equal(out.len, strlen(out.data));
				json_decref(root);
				free(out.data);
			}
}

static void
test_strings(void **state)
{
	static const char *const texts[] = {
	    "",
	    "plain",
	    "create ünïcode — 東京 'q' \"dq\" \\ <script> 🦊",
	    "\x01\x02\b\t\n\v\f\r\x1f\x7f",
	    "/slash\\\\\"",
	    "ends with {",
	    "ends with [",
	};

	(void) state;
	for (size_t i = 0; i < lengthof(texts); i++)
	{
		StringInfoData out;
		json_t *root;

		initStringInfo(&out);
		json_begin_object(&out);
		json_put_string(&out, "a", texts[i]);
		json_key_escaped(&out, texts[i]);
		json_begin_array(&out);
		json_element_string(&out, texts[i]);
		json_element_string(&out, texts[i]);
		json_end_array(&out);
		json_put_bool(&out, "z", true);
		json_end_object(&out);
		root = json_loads(out.data, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(root);
		assert_string_equal(json_string_value(json_object_get(root, "a")), texts[i]);
		assert_int_equal(json_array_size(json_object_get(root, texts[i])), 2);
		assert_true(json_is_true(json_object_get(root, "z")));
		json_decref(root);
		free(out.data);
	}
}

static void
test_bytes(void **state)
{
	StringInfoData out;

	(void) state;
	initStringInfo(&out);
	json_begin_object(&out);
	json_put_string(&out, "wiki_id", "enwiki");
	json_put_int(&out, "page_id", 123);
	json_end_object(&out);
	/* consumers rely on the bytes of this key */
	assert_string_equal(out.data, "{\"wiki_id\":\"enwiki\",\"page_id\":123}");
	resetStringInfo(&out);
	event_json_string(&out, "\x01\x1f\"\\\n");
	assert_string_equal(out.data, "\"\\u0001\\u001f\\\"\\\\\\n\"");
	free(out.data);
}

static void
test_integers(void **state)
{
	static const int64 numbers[] = {0, 1, -1, 9, 10, 4294967295, PG_INT64_MAX, PG_INT64_MIN};

	(void) state;
	for (size_t i = 0; i < lengthof(numbers); i++)
	{
		StringInfoData out;
		char expected[64];

		initStringInfo(&out);
		json_put_int(&out, "n", numbers[i]);
		snprintf(expected, sizeof(expected), "\"n\":%lld", (long long) numbers[i]);
		assert_string_equal(out.data, expected);
		free(out.data);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_times),      cmocka_unit_test(test_writable_times),
	    cmocka_unit_test(test_each_place), cmocka_unit_test(test_strings),
	    cmocka_unit_test(test_bytes),      cmocka_unit_test(test_integers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
