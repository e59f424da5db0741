/*
 * tests/unit/test_log.c
 *	  Both notations of a log line, whatever bytes it carries.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>

#include "capture.h"
#include "support/log.h"

static capture captured;

static int
set_up(void **state)
{
	(void) state;
	log_configure(LOG_LEVEL_INFO, false);
	log_set_component("test");
	log_set_gtid(NULL);
	log_set_lsn(0);
	return 0;
}

/* Skips the time, after looking at its form. */
static const char *
after_time(const char *line)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ ";

	for (size_t i = 0; i < sizeof(form) - 1; i++)
	{
		if (form[i] == 'd')
			assert_in_range(line[i], '0', '9');
		else
			assert_int_equal(line[i], form[i]);
	}
	return line + sizeof(form) - 1;
}

static void
test_text(void **state)
{
	(void) state;
	capture_begin(&captured);
	log_info("%d rows", 3);
	assert_string_equal(after_time(capture_end(&captured)), "INFO  test: 3 rows\n");

	log_set_gtid("0-1-99");
	log_set_lsn(0x1000000ABULL);
	capture_begin(&captured);
	log_error_hint("do that", "cannot do %s", "this");
	assert_string_equal(after_time(capture_end(&captured)),
	                    "ERROR test: cannot do this; hint: do that gtid=0-1-99 lsn=1/AB\n");
}

static void
test_line_stays_one_line(void **state)
{
	(void) state;
	capture_begin(&captured);
	log_warning("first\nsecond\x01\n\n");
	assert_string_equal(after_time(capture_end(&captured)), "WARN  test: first second\n");
}

static void
test_level(void **state)
{
	log_level level;

	(void) state;
	log_configure(LOG_LEVEL_WARNING, false);
	capture_begin(&captured);
	log_debug("a");
	log_info("b");
	assert_string_equal(capture_end(&captured), "");
	assert_true(log_level_parse("debug", &level));
	assert_int_equal(level, LOG_LEVEL_DEBUG);
	assert_false(log_level_parse("loud", &level));
}

static void
test_json(void **state)
{
	json_t *line;

	(void) state;
	log_configure(LOG_LEVEL_DEBUG, true);
	log_set_gtid("0-1-99");
	log_set_lsn(255);
	capture_begin(&captured);
	log_write_hint(LOG_LEVEL_WARNING, "say \"so\"", "Zürich\n\xff");
	line = json_loads(capture_end(&captured), 0, NULL);
	assert_non_null(line);
	assert_string_equal(json_string_value(json_object_get(line, "level")), "warning");
	assert_string_equal(json_string_value(json_object_get(line, "component")), "test");
	assert_string_equal(json_string_value(json_object_get(line, "message")), "Z??rich ?");
	assert_string_equal(json_string_value(json_object_get(line, "hint")), "say \"so\"");
	assert_string_equal(json_string_value(json_object_get(line, "gtid")), "0-1-99");
	assert_string_equal(json_string_value(json_object_get(line, "lsn")), "0/FF");
	json_decref(line);
}

static void
test_errno_stays(void **state)
{
	(void) state;
	capture_begin(&captured);
	errno = ENOENT;
	log_info("x");
	assert_int_equal(errno, ENOENT);
	capture_end(&captured);
}

static void *
other_thread(void *arg)
{
	(void) arg;
	log_info("from the other");
	return NULL;
}

static void
test_place_belongs_to_the_thread(void **state)
{
	pthread_t thread;

	(void) state;
	log_set_gtid("0-1-5");
	capture_begin(&captured);
	pthread_create(&thread, NULL, other_thread, NULL);
	pthread_join(thread, NULL);
	assert_string_equal(after_time(capture_end(&captured)), "INFO  test: from the other\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_text, set_up),
	    cmocka_unit_test_setup(test_line_stays_one_line, set_up),
	    cmocka_unit_test_setup(test_level, set_up),
	    cmocka_unit_test_setup(test_json, set_up),
	    cmocka_unit_test_setup(test_errno_stays, set_up),
	    cmocka_unit_test_setup(test_place_belongs_to_the_thread, set_up),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
