/*
 * tests/unit/test_event_json.c
 *	  The plugin's JSON writer on bytes: what it writes, jansson must read back as what was meant.
 */
/* jansson has a function of that name */
#define json_string event_json_string
#include "plugin/core/json.c"
#undef json_string

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>
#include <cmocka.h>
#include <jansson.h>

#define SECOND INT64CONST(1000000)

static void
assert_time(int64 second_since_2000, const char *expected)
{
	StringInfoData out;

	initStringInfo(&out);
	json_time(&out, second_since_2000 * SECOND);
	assert_string_equal(out.data, expected);
	assert_int_equal(out.len, JSON_TIME_LENGTH);
	free(out.data);
}

static void
test_times(void **state)
{
	(void) state;
	assert_time(0, "2000-01-01T00:00:00Z");
	assert_time(-1, "1999-12-31T23:59:59Z");
	assert_time(-946684800, "1970-01-01T00:00:00Z");
	assert_time(848719995, "2026-11-23T03:33:15Z");
	assert_time(5097599, "2000-02-28T23:59:59Z");
	assert_time(5097600, "2000-02-29T00:00:00Z");    /* a leap year though it ends in 00 */
	assert_time(3160857600, "2100-03-01T00:00:00Z"); /* no leap year */
	assert_time(FIRST_SECOND, "0000-01-01T00:00:00Z");
	assert_time(LAST_SECOND, "9999-12-31T23:59:59Z");
	assert_time(FIRST_SECOND - 1, "0000-01-01T00:00:00Z");
	assert_time(LAST_SECOND + 1, "9999-12-31T23:59:59Z");
}

/* The C library knows the same calendar. */
static void
test_times_as_in_libc(void **state)
{
	(void) state;
	for (int64 second = FIRST_SECOND; second < LAST_SECOND; second += 86400 * 11 + 3671)
	{
		time_t unix_time = (time_t) (second + 946684800);
		struct tm tm;
		char expected[32];

		gmtime_r(&unix_time, &tm);
		snprintf(expected, sizeof(expected), "%04u-%02u-%02uT%02u:%02u:%02uZ",
		         (unsigned) (tm.tm_year + 1900) % 10000, (unsigned) (tm.tm_mon + 1) % 100,
		         (unsigned) tm.tm_mday % 100, (unsigned) tm.tm_hour % 100,
		         (unsigned) tm.tm_min % 100, (unsigned) tm.tm_sec % 100);
		assert_time(second, expected);
	}
}

static void
test_writable_times(void **state)
{
	(void) state;
	assert_true(json_time_is_writable(FIRST_SECOND * SECOND));
	assert_false(json_time_is_writable(FIRST_SECOND * SECOND - 1));
	assert_true(json_time_is_writable(LAST_SECOND * SECOND + SECOND - 1));
	assert_false(json_time_is_writable((LAST_SECOND + 1) * SECOND));
	assert_false(json_time_is_writable(DT_NOEND));
	assert_false(json_time_is_writable(DT_NOBEGIN));
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
	    cmocka_unit_test(test_times),          cmocka_unit_test(test_times_as_in_libc),
	    cmocka_unit_test(test_writable_times), cmocka_unit_test(test_strings),
	    cmocka_unit_test(test_bytes),          cmocka_unit_test(test_integers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
