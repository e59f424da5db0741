/*
 * tests/unit/test_config.c
 *	  The configuration file and the environment: what is read, what is refused and how that is said.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "capture.h"
#include "support/config.h"

static capture captured;
static char path[64];
static config c;

static int
set_up(void **state)
{
	int fd;

	(void) state;
	snprintf(path, sizeof(path), "/tmp/mwmirror-test-XXXXXX");
	fd = mkstemp(path);
	if (fd < 0)
		return 1;
	close(fd);
	return 0;
}

static int
tear_down(void **state)
{
	(void) state;
	unlink(path);
	return 0;
}

static void
write_file(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* Loads text as the file; what was logged is in captured.text. */
static status
load(const char *text)
{
	status result;

	write_file(path, text);
	capture_begin(&captured);
	result = config_load(path, &c);
	capture_end(&captured);
	return result;
}

static void
assert_said(const char *text)
{
	if (strstr(captured.text, text) == NULL)
		fail_msg("\"%s\" is not in: %s", text, captured.text);
}

static void
test_defaults(void **state)
{
	(void) state;
	assert_int_equal(load(""), STATUS_OK);
	assert_string_equal(captured.text, "");
	assert_string_equal(c.source_name, "main");
	assert_int_equal(c.source_port, 3306);
	assert_int_equal(c.source_queue_bytes, 8 * 1024 * 1024);
	assert_int_equal(c.apply_group_rows, 20000);
	assert_string_equal(c.relay_slot, "mwmirror");
	assert_string_equal(c.relay_sink, "kafka");
	assert_string_equal(c.kafka_topic_prefix, "");
	assert_string_equal(c.kafka_position_topic, "mwmirror.position");
	assert_string_equal(c.kafka_transactional_id, "mwmirror-mwmirror");
	assert_string_equal(c.postgres_admin_conninfo, c.postgres_conninfo);
	assert_string_equal(c.relay_conninfo, c.postgres_conninfo);
	config_free(&c);
}

static void
test_values_are_the_rest_of_the_line(void **state)
{
	(void) state;
	assert_int_equal(load("# comment\n; comment\n[source]\n"
	                      "password = a;b #c\n"
	                      "host= db1:3307,db2\n"
	                      "[apply]\n  group_bytes = 3 MiB\n"
	                      "[relay]\nslot = other\n"
	                      "[postgres]\nconninfo = dbname=a user='b c' password=secret\n"),
	                 STATUS_OK);
	assert_string_equal(c.source_password, "a;b #c");
	assert_string_equal(c.source_host, "db1:3307,db2");
	assert_int_equal(c.apply_group_bytes, 3 * 1024 * 1024);
	assert_string_equal(c.kafka_transactional_id, "mwmirror-other");
	config_free(&c);
}

static void
test_long_value(void **state)
{
	char text[6000] = "[source]\nhost = ";

	(void) state;
	memset(text + strlen(text), 'x', 5000);
	assert_int_equal(load(text), STATUS_OK);
	assert_int_equal(strlen(c.source_host), 5000);
	config_free(&c);
}

static void
test_line_too_long(void **state)
{
	static char text[20000] = "[source]\nhost = ";

	(void) state;
	memset(text + strlen(text), 'x', 10000);
	strcat(text, "\nuser = u\nporty = 3\n");
	assert_int_equal(load(text), STATUS_CONFIG);
	assert_said(":2: line has more than");
	assert_said(":4: unknown setting \"porty\"");
}

static void
test_all_faults_are_reported(void **state)
{
	(void) state;
	assert_int_equal(load("name = x\n"
	                      "[source]\n"
	                      "hots = db1\n"
	                      "port = 70000\n"
	                      "server_id = 12x\n"
	                      "slot = s\n"
	                      "zzzzzzzzzz = 1\n"
	                      "nonsense\n"
	                      "user = a\n"
	                      "user = b\n"
	                      "[kafak]\n"
	                      "x = 1\n"
	                      "[relay]\n"
	                      "sink = paper\n"
	                      "conninfo = nothing to see\n"
	                      "[apply]\n"
	                      "group_bytes = 8 MB\n"
	                      "[source]\n"
	                      "name = s/1\n"),
	                 STATUS_CONFIG);
	assert_said(":1: setting \"name\" stands before any [section]");
	assert_said(":3: unknown setting \"hots\" in section [source]; hint: did you mean host in "
	            "section [source]?");
	assert_said(":4: source.port = \"70000\" must be a whole number from 1 to 65535");
	assert_said(":5: source.server_id = \"12x\" must be a whole number");
	assert_said(":6: unknown setting \"slot\" in section [source]; hint: did you mean slot in "
	            "section [relay]?");
	assert_said(":7: unknown setting \"zzzzzzzzzz\" in section [source]; hint: mwmirror "
	            "check-config --sample");
	assert_said(":8: \"nonsense\" is neither");
	assert_said(":10: source.user was already set on line 9");
	assert_said(":12: unknown section [kafak]; there are: source postgres apply snapshot export "
	            "relay kafka log");
	assert_said(":14: relay.sink = \"paper\" must be one of: kafka file stdout");
	assert_said(":15: relay.conninfo is not a libpq connection string");
	assert_said(":17: apply.group_bytes = \"8 MB\" must be a whole number from 1024");
	assert_said(":19: source.name = \"s/1\" must be 1 to 63 letters, digits, ");
	assert_null(c.source_host);
}

static void
test_names(void **state)
{
	(void) state;
	assert_int_equal(load("[source]\nname = s1.Main-a_b\n"), STATUS_OK);
	assert_string_equal(c.source_name, "s1.Main-a_b");
	config_free(&c);
	assert_int_equal(load("[source]\nname =\n"), STATUS_CONFIG);
	assert_said("source.name = \"\" must be 1 to 63");
	assert_int_equal(
	    load("[source]\nname = a234567890123456789012345678901234567890123456789012345678901234\n"),
	    STATUS_CONFIG);
}

static void
test_continued_line(void **state)
{
	(void) state;
	assert_int_equal(load("[postgres]\nconninfo = host=a\n password=geheim\n"), STATUS_CONFIG);
	assert_said(":3: an indented line continues the one before, but postgres.conninfo takes");
	assert_null(strstr(captured.text, "geheim"));
}

static void
test_section_not_closed(void **state)
{
	(void) state;
	assert_int_equal(load("[source\nport = 1\n"), STATUS_CONFIG);
	assert_said(":1: the name of a [section] is not closed");
}

static void
test_missing_file(void **state)
{
	(void) state;
	capture_begin(&captured);
	assert_int_equal(config_load("/nonexistent/x.conf", &c), STATUS_CONFIG);
	capture_end(&captured);
	assert_said("cannot read configuration file /nonexistent/x.conf");
}

static void
test_environment_wins(void **state)
{
	(void) state;
	setenv("MWMIRROR_SOURCE_PORT", "3310", 1);
	setenv("MWMIRROR_BIN", "not a setting", 1);
	assert_int_equal(load("[source]\nport = 3309\n"), STATUS_OK);
	assert_int_equal(c.source_port, 3310);
	config_free(&c);

	setenv("MWMIRROR_SOURCE_PORT", "many", 1);
	setenv("MWMIRROR_KAFKA_BOOTSTRAPS", "x", 1);
	assert_int_equal(load(""), STATUS_CONFIG);
	assert_said("environment variable MWMIRROR_SOURCE_PORT: source.port = \"many\"");
	assert_said("environment variable MWMIRROR_KAFKA_BOOTSTRAPS: unknown setting \"bootstraps\"");
	assert_said("did you mean bootstrap in section [kafka]?");
	unsetenv("MWMIRROR_SOURCE_PORT");
	unsetenv("MWMIRROR_KAFKA_BOOTSTRAPS");
	unsetenv("MWMIRROR_BIN");
}

static void
test_password_file(void **state)
{
	char password_path[] = "/tmp/mwmirror-test-password-XXXXXX";
	char text[256];
	int fd = mkstemp(password_path);

	(void) state;
	assert_true(fd >= 0);
	close(fd);
	write_file(password_path, "pass word \n");
	snprintf(text, sizeof(text), "[source]\npassword_file = %s\n", password_path);
	assert_int_equal(load(text), STATUS_OK);
	assert_string_equal(c.source_password, "");
	assert_string_equal(c.source_password_file, password_path);
	assert_string_equal(captured.text, "");
	config_free(&c);

	chmod(password_path, 0644);
	assert_int_equal(load(text), STATUS_OK);
	assert_said("can be read by everyone");
	config_free(&c);

	/* who does not connect does not need it */
	unlink(password_path);
	assert_int_equal(load(text), STATUS_OK);
	config_free(&c);
}

static void
test_settings_that_need_another(void **state)
{
	(void) state;
	assert_int_equal(load("[relay]\nsink = file\n"), STATUS_CONFIG);
	assert_said("relay.file");
}

static void
test_secrets_are_not_shown(void **state)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out;

	(void) state;
	assert_int_equal(load("[source]\npassword = geheim1\n"
	                      "[postgres]\nconninfo = dbname=a user='b c' password=geheim2\n"
	                      "admin_conninfo = postgresql://u:geheim3@h:5433/d?sslpassword=geheim4\n"),
	                 STATUS_OK);
	out = open_memstream(&text, &len);
	config_write(&c, out);
	fclose(out);
	assert_null(strstr(text, "geheim"));
	assert_non_null(strstr(text, "\npassword = ***\n"));
	assert_non_null(strstr(text, "conninfo = user='b c' password=*** dbname=a\n"));
	assert_non_null(strstr(text, "port = 3306\n"));
	free(text);
	config_free(&c);
}

/* Takes the comment marks off the sample's settings: it must be a file that says the defaults. */
static void
test_sample_is_a_configuration(void **state)
{
	char *sample = NULL;
	char *shown[2] = {NULL, NULL};
	size_t len = 0;
	FILE *out = open_memstream(&sample, &len);

	(void) state;
	config_write_sample(out);
	fclose(out);
	for (char *p = sample; (p = strstr(p, "\n#")) != NULL; p++)
	{
		if (p[2] != ' ' && p[2] != '\n')
			memmove(p + 1, p + 2, strlen(p + 2) + 1);
	}
	assert_int_equal(load(sample), STATUS_OK);
	out = open_memstream(&shown[0], &len);
	config_write(&c, out);
	fclose(out);
	config_free(&c);
	assert_int_equal(load(""), STATUS_OK);
	out = open_memstream(&shown[1], &len);
	config_write(&c, out);
	fclose(out);
	config_free(&c);
	assert_string_equal(shown[0], shown[1]);
	free(sample);
	free(shown[0]);
	free(shown[1]);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_defaults),
	    TEST(test_values_are_the_rest_of_the_line),
	    TEST(test_long_value),
	    TEST(test_line_too_long),
	    TEST(test_all_faults_are_reported),
	    TEST(test_names),
	    TEST(test_continued_line),
	    TEST(test_section_not_closed),
	    TEST(test_missing_file),
	    TEST(test_environment_wins),
	    TEST(test_password_file),
	    TEST(test_settings_that_need_another),
	    TEST(test_secrets_are_not_shown),
	    TEST(test_sample_is_a_configuration),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
