/*
 * tests/unit/test_log_params.c
 *	  Parameters of log entries: what MediaWiki writes becomes JSON; whatever the bytes are, the answer is JSON or none.
 */
/* jansson has functions of these names, and so has PostgreSQL of the second */
#define json_string event_json_string
#define json_object server_json_object
#include "plugin/core/json.c"
#include "plugin/stream/log_params.c"
#undef json_string
#undef json_object

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <jansson.h>

/* of the server; nothing here writes such values */
int
pg_lltoa(int64 value, char *out)
{
	(void) value;
	(void) out;
	abort();
}

int
timestamp2tm(Timestamp value, int *zone, struct pg_tm *out, fsec_t *fraction, const char **name,
             pg_tz *attimezone)
{
	(void) value;
	(void) zone;
	(void) out;
	(void) fraction;
	(void) name;
	(void) attimezone;
	abort();
}

/* put returns an object with log_params, or without; free it. */
static char *
put(const char *params)
{
	StringInfoData out;
	bool there;
	int before;

	initStringInfo(&out);
	json_begin_object(&out);
	before = out.len;
	there = log_params_put(&out, params);
	assert_true(there || out.len == before);
	assert_int_equal(strlen(out.data), out.len);
	json_end_object(&out);
	return out.data;
}

static void
assert_put(const char *params, const char *expected)
{
	char *json = put(params);

	assert_string_equal(json, expected);
	free(json);
}

static void
test_as_mediawiki_writes(void **state)
{
	(void) state;
	assert_put("", "{}");
	assert_put("0", "{}");
	assert_put("a:0:{}", "{\"log_params\":[]}");
	assert_put("a:2:{s:9:\"4::target\";s:11:\"Move target\";s:10:\"5::noredir\";s:1:\"0\";}",
	           "{\"log_params\":{\"target\":\"Move target\",\"noredir\":\"0\"}}");
	/* with a type, a key without any, numbers, an array of an array, a text with bytes of more than one each and a quote */
	assert_put(
	    "a:6:{s:17:\"6:list:tags:Added\";a:2:{i:0;s:3:\"a\"b\";i:1;s:3:\"\u6771\";}s:11:"
	    "\"initialTags\";a:0:{}s:4:\"from\";i:-12;s:2:\"up\";b:1;s:4:\"none\";N;s:1:\"x\";d:0.5;}",
	    "{\"log_params\":{\"tags:Added\":[\"a\\\"b\",\"\u6771\"],\"initialTags\":[],\"from\":-12,"
	    "\"up\":true,\"none\":null,\"x\":0.5}}");
	assert_put("a:1:{s:9:\"5::expiry\";a:2:{i:1;s:0:\"\";s:1:\"k\";d:1.0E+25;}}",
	           "{\"log_params\":{\"expiry\":{\"1\":\"\",\"k\":1.0E+25}}}");
	assert_put("a:2:{i:0;s:1:\"a\";i:1;s:1:\"b\";}", "{\"log_params\":[\"a\",\"b\"]}");
	assert_put("a:2:{i:1;s:1:\"a\";i:0;s:1:\"b\";}", "{\"log_params\":{\"1\":\"a\",\"0\":\"b\"}}");
	assert_put("a:1:{i:0;i:-9223372036854775808;}", "{\"log_params\":[-9223372036854775808]}");
	/* lines of old entries */
	assert_put("one\ntwo\n", "{\"log_params\":[\"one\",\"two\",\"\"]}");
	assert_put("a:b", "{\"log_params\":[\"a:b\"]}");
}

static void
test_refusals(void **state)
{
	static const char *const refused[] = {
	    "a:1:{i:0;O:8:\"stdClass\":0:{}}", /* an object */
	    "a:1:{i:0;R:1;}",
	    "a:1:{i:0;i:1;}x", /* more than the array */
	    "a:1:{i:0;i:1;",   /* less */
	    "a:2:{i:0;i:1;}",  /* another count */
	    "a:0:{i:0;i:1;}",
	    "a:1:{i:0;s:2:\"abc\";}", /* another length */
	    "a:1:{i:0;s:4:\"abc\";}",
	    "a:1:{i:0;s:99999999999:\"abc\";}",
	    "a:1:{i:0;s:4294967299:\"abc\";}",
	    "a:99999999:{",
	    "a:1:{i:0;s:-1:\"\";}",
	    "a:1:{i:0;s:1:\"\u00e9\";}", /* half a character */
	    "a:1:{i:0;s:2:\"\u6771\";}",
	    "a:1:{i:0;i:9223372036854775808;}", /* more than 64 bits */
	    "a:1:{i:0;i:99999999999999999999999;}",
	    "a:1:{i:0;i:;}",
	    "a:1:{i:0;i:1.5;}",
	    "a:1:{i:0;d:INF;}",
	    "a:1:{i:0;d:NAN;}",
	    "a:1:{i:0;d:01;}",
	    "a:1:{i:0;d:1.;}",
	    "a:1:{i:0;d:1e;}",
	    "a:1:{i:0;d:-;}",
	    "a:1:{i:0;b:2;}",
	    "a:1:{N;i:1;}", /* no key */
	    "a:1:{d:1;i:1;}",
	    "a:2:{s:1:\"k\";i:1;s:1:\"k\";i:2;}", /* a key twice, as it is and as it is called */
	    "a:2:{s:4:\"4::k\";i:1;s:4:\"5::k\";i:2;}",
	    "a:2:{i:5;i:1;s:1:\"5\";i:2;}",
	};

	(void) state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_put(refused[i], "{}");
}

/* nested returns so many arrays in each other; free it. */
static char *
nested(int depth)
{
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < depth; i++)
		appendStringInfoString(&out, "a:1:{i:0;");
	appendStringInfoString(&out, "N;");
	for (int i = 0; i < depth; i++)
		appendStringInfoString(&out, "}");
	return out.data;
}

/* list returns an array of so many, by an object's keys or a list's; free it. */
static char *
list(int count, int first)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "a:%d:{", count);
	for (int i = 0; i < count; i++)
		appendStringInfo(&out, "i:%d;b:1;", first + i);
	appendStringInfoString(&out, "}");
	return out.data;
}

static void
assert_is_put(char *params, bool expected)
{
	char *json = put(params);

	assert_int_equal(strcmp(json, "{}") != 0, expected);
	free(json);
	free(params);
}

static void
test_limits(void **state)
{
	(void) state;
	assert_is_put(nested(DEPTH_MOST), true);
	assert_is_put(nested(DEPTH_MOST + 1), false);
	assert_is_put(nested(100000), false);
	assert_is_put(list(VALUES_MOST - 1, 0), true);
	assert_is_put(list(VALUES_MOST, 0), false);
	assert_is_put(list(KEYS_MOST, 1), true);
	assert_is_put(list(KEYS_MOST + 1, 1), false);
}

static uint32 seed = 1;

static uint32
dice(uint32 below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

/* Of any bytes the answer is JSON, without a member that comes twice, or none. */
static void
test_changed_bytes(void **state)
{
	static const char *const good[] = {
	    "a:3:{s:9:\"4::target\";s:3:\"abc\";s:1:\"k\";a:2:{i:0;i:1;i:1;d:1.5;}i:7;N;}",
	    "a:2:{i:0;a:1:{s:1:\"x\";b:0;}i:1;s:2:\"\\n\";}",
	};
	static const char bytes[] = "0123456789:;{}\"asidbNORE-+.e\n\\x";
	int parsed = 0;

	(void) state;
	for (int i = 0; i < 200000; i++)
	{
		const char *from = good[dice(2)];
		size_t len = strlen(from);
		char *text = strdup(from);
		char *json;
		json_t *value;

		assert_non_null(text);
		for (uint32 n = dice(4); n > 0; n--)
			text[dice((uint32) len)] = bytes[dice(sizeof(bytes) - 1)];
		if (dice(4) == 0)
			text[dice((uint32) len)] = '\0';
		json = put(text);
		value = json_loads(json, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
		if (value == NULL)
			fail_msg("%s of %s", json, text);
		parsed += json_object_size(value) == 1;
		json_decref(value);
		free(json);
		free(text);
	}
	assert_true(parsed > 50000 && parsed < 200000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_as_mediawiki_writes), cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_limits), cmocka_unit_test(test_changed_bytes)};

	return cmocka_run_group_tests_name("log_params", tests, NULL, NULL);
}
