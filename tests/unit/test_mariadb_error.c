/*
 * tests/unit/test_mariadb_error.c
 *	  The table of MariaDB's errors: what ends the program, what is tried again, what another host may do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "source/mariadb_error.h"

static void
test_order(void **state)
{
	(void) state;
	for (const mariadb_error *e = mariadb_errors; e->code != 0; e++)
	{
		assert_non_null(e->meaning);
		assert_ptr_equal(mariadb_error_find(e->code), e);
		if (e[1].code != 0 && e[1].code <= e->code)
			fail_msg("%u stands before %u", e->code, e[1].code);
	}
}

static void
assert_all(const unsigned *codes, status answer)
{
	for (; *codes != 0; codes++)
		if (mariadb_error_judge(*codes) != answer)
			fail_msg("error %u is answered with %d, not %d", *codes, mariadb_error_judge(*codes),
			         answer);
}

/* numbers, not names: so that a wrong name in the table shows */
static void
test_what_passes(void **state)
{
	static const unsigned codes[] = {1021, 1040, 1041, 1047, 1053, 1129, 1135, 1158, 1159,
	                                 1160, 1161, 1203, 1205, 1213, 1226, 1317, 1412, 1927,
	                                 1969, 2002, 2005, 2006, 2012, 2013, 2027, 2055, 0};

	(void) state;
	assert_all(codes, STATUS_RETRY);
}

static void
test_what_another_host_may_do(void **state)
{
	static const unsigned codes[] = {1044, 1045, 1064, 1130, 1153, 1227, 1236, 1820,
	                                 1862, 2020, 2026, 2059, 4151, 1944, 0};

	(void) state;
	assert_all(codes, STATUS_SOURCE);
}

static void
test_what_no_host_will_do(void **state)
{
	(void) state;
	assert_int_equal(mariadb_error_judge(2008), STATUS_MEMORY);
	assert_int_equal(mariadb_error_judge(2014), STATUS_BUG);
}

static void
assert_explained(const char *text, status answer, const char *hint)
{
	const mariadb_error *e = mariadb_error_explain(1236, text);

	assert_int_equal(mariadb_error_answer(e), answer);
	assert_non_null(e->meaning);
	if (hint == NULL)
		assert_null(e->hint);
	else
		assert_non_null(strstr(e->hint, hint));
}

/* as MariaDB 10.11 says it */
static void
test_what_a_binlog_may_lack(void **state)
{
	(void) state;
	assert_explained("binlog truncated in the middle of event; consider out of disk space on "
	                 "master; the first event 'b.1' at 1",
	                 STATUS_SOURCE, "cut or damaged");
	assert_explained("bogus data in log event; the first event", STATUS_SOURCE, "cut or damaged");
	assert_explained("event read from binlog did not pass crc check", STATUS_SOURCE, "damaged");
	assert_explained("unknown error reading log event on the master", STATUS_SOURCE, "damaged");
	assert_explained("log event entry exceeded max_allowed_packet; Increase max_allowed_packet on "
	                 "master",
	                 STATUS_SOURCE, "raise max_allowed_packet");
	assert_explained("Could not decrypt binlog: encryption key error", STATUS_SOURCE, "keys");
	assert_explained("Event decryption failure", STATUS_SOURCE, "keys");
	assert_explained("memory allocation failed reading log event", STATUS_RETRY, NULL);
	assert_explained("Could not find first log file name in binary log index file", STATUS_SOURCE,
	                 "purged");
	assert_explained("Could not find GTID state requested by slave in any binlog files. Probably "
	                 "the slave state is too old and required binlog files have been purged.",
	                 STATUS_SOURCE, "purged");
	/* the texts are of that error alone */
	assert_int_equal(mariadb_error_explain(1045, "truncated in the middle of event")->code, 1045);
}

static void
test_unknown(void **state)
{
	(void) state;
	assert_int_equal(mariadb_error_judge(1), STATUS_SOURCE);
	assert_int_equal(mariadb_error_judge(65000), STATUS_SOURCE);
	assert_null(mariadb_error_find(65000)->meaning);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_what_passes),
	    cmocka_unit_test(test_what_another_host_may_do),
	    cmocka_unit_test(test_what_no_host_will_do),
	    cmocka_unit_test(test_what_a_binlog_may_lack),
	    cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
