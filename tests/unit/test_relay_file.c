/*
 * tests/unit/test_relay_file.c
 *	  The sink 'file': what is not committed is gone, what is committed stays, foreign files are left alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "relay/sink.h"

static char directory[] = "/tmp/test_relay_file.XXXXXX";
static char path[sizeof(directory) + 8];
static char position_path[sizeof(path) + 16];

static int
set_up(void **state)
{
	(void) state;
	if (mkdtemp(directory) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/out", directory);
	snprintf(position_path, sizeof(position_path), "%s.position", path);
	return 0;
}

static int
clear(void **state)
{
	(void) state;
	unlink(path);
	unlink(position_path);
	return 0;
}

static int
tear_down(void **state)
{
	(void) state;
	return rmdir(directory);
}

static sink *
open_sink(relay_position *stored, status expected, sink_format format)
{
	sink *s = sink_file_create(path, format);

	assert_non_null(s);
	assert_int_equal(s->open(s, stored), expected);
	return s;
}

static void
write_event(sink *s, const char *value)
{
	static const stream_info stream = {.name = "s", .topic = "s"};
	const sink_event e = {.stream = &stream,
	                      .key = {"{\"k\":1}", 7},
	                      .value = {value, (uint32_t) (value != NULL ? strlen(value) : 0)},
	                      .timestamp = 5,
	                      .source = "main",
	                      .gtid = "0-1-2",
	                      .lsn = "0/1",
	                      .ordinal = 1,
	                      .last = value != NULL && *value == '{',
	                      .content = value == NULL ? "too large" : NULL};

	assert_int_equal(s->event(s, &e), STATUS_OK);
}

static void
commit(sink *s, uint64_t lsn)
{
	const relay_position p = {.lsn = lsn, .gtid = "0-1-2", .events = lsn};

	assert_int_equal(s->commit(s, &p), STATUS_OK);
}

static void
assert_content(const char *expected)
{
	char text[512];
	FILE *in = fopen(path, "r");
	size_t len;

	assert_non_null(in);
	len = fread(text, 1, sizeof(text) - 1, in);
	text[len] = '\0';
	fclose(in);
	assert_string_equal(text, expected);
}

static void
append(const char *tail)
{
	FILE *out = fopen(path, "a");

	assert_non_null(out);
	fputs(tail, out);
	fclose(out);
}

static void
uncommitted_events_are_gone(void **state)
{
	relay_position stored;
	sink *s = open_sink(&stored, STATUS_OK, SINK_VALUE);

	(void) state;
	assert_true(stored.lsn == 0);
	assert_int_equal(s->begin(s), STATUS_OK);
	write_event(s, "1");
	write_event(s, NULL);
	commit(s, 10);
	assert_int_equal(s->begin(s), STATUS_OK);
	write_event(s, "2");
	s->destroy(s);
	assert_content("1\nnull\n");
}

static void
a_crash_leaves_no_trace(void **state)
{
	relay_position stored;
	sink *s = open_sink(&stored, STATUS_OK, SINK_VALUE);

	(void) state;
	s->begin(s);
	write_event(s, "1");
	commit(s, 10);
	s->destroy(s);
	append("half a li");
	s = open_sink(&stored, STATUS_OK, SINK_VALUE);
	assert_true(stored.lsn == 10 && stored.events == 10);
	assert_string_equal(stored.gtid, "0-1-2");
	s->begin(s);
	write_event(s, "2");
	commit(s, 20);
	s->destroy(s);
	assert_content("1\n2\n");
}

static void
envelopes_hold_all(void **state)
{
	relay_position stored;
	sink *s = open_sink(&stored, STATUS_OK, SINK_ENVELOPE);

	(void) state;
	s->begin(s);
	write_event(s, "{\"a\":1}");
	write_event(s, NULL);
	commit(s, 10);
	s->destroy(s);
	assert_content("{\"topic\":\"s\",\"key\":{\"k\":1},\"timestamp\":5,\"headers\":{\"source\":"
	               "\"main\",\"gtid\":\"0-1-2\","
	               "\"lsn\":\"0/1\",\"ordinal\":1,\"last\":true},\"value\":{\"a\":1}}\n"
	               "{\"topic\":\"s\",\"key\":{\"k\":1},\"timestamp\":5,\"headers\":{\"source\":"
	               "\"main\",\"gtid\":\"0-1-2\","
	               "\"lsn\":\"0/1\",\"ordinal\":1,\"last\":false,\"content\":\"too "
	               "large\"},\"value\":null}\n");
	s = open_sink(&stored, STATUS_OK, SINK_ENVELOPE);
	assert_true(stored.lsn == 10);
	s->destroy(s);
}

static void
foreign_and_damaged_files_are_refused(void **state)
{
	relay_position stored;
	sink *s;

	(void) state;
	append("somebody's notes\n");
	s = open_sink(&stored, STATUS_SINK, SINK_VALUE);
	s->destroy(s);
	assert_content("somebody's notes\n");
	clear(NULL);

	s = open_sink(&stored, STATUS_OK, SINK_VALUE);
	s->begin(s);
	write_event(s, "1");
	commit(s, 10);
	s->destroy(s);
	assert_int_equal(truncate(path, 1), 0);
	s = open_sink(&stored, STATUS_SINK, SINK_VALUE);
	s->destroy(s);
}

static void
a_second_writer_is_fenced(void **state)
{
	relay_position stored;
	sink *first = open_sink(&stored, STATUS_OK, SINK_VALUE);
	sink *second = open_sink(&stored, STATUS_FENCED, SINK_VALUE);

	(void) state;
	second->destroy(second);
	first->destroy(first);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(uncommitted_events_are_gone, clear),
	    cmocka_unit_test_teardown(a_crash_leaves_no_trace, clear),
	    cmocka_unit_test_teardown(envelopes_hold_all, clear),
	    cmocka_unit_test_teardown(foreign_and_damaged_files_are_refused, clear),
	    cmocka_unit_test_teardown(a_second_writer_is_fenced, clear),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
