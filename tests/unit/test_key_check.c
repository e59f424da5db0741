/*
 * tests/unit/test_key_check.c
 *	  Rows that the source tells apart must not become one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "mapping/key_check.h"

/* Source: 0 l_from, 1 l_ns, 2 l_name, 3 l_new; the mirror's key: l_from, and a target made of l_ns and l_name. */
static const char *const names[] = {"l_from", "l_ns", "l_name", "l_new"};
static plan_param from = {.source_count = 1, .sources = {0}};
static plan_param title[] = {{.source_count = 1, .sources = {1}},
                             {.source_count = 1, .sources = {2}}};
static plan_param plain = {.source_count = 1, .sources = {3}};
static plan_column columns[] = {
    {.name = "l_from", .key = true, .params = &from, .param_count = 1},
    {.name = "l_target", .key = true, .params = title, .param_count = 2},
    {.name = "l_new", .params = &plain, .param_count = 1},
};
static plan_target targets[2];
static plan links = {
    .source_table = "links", .source_count = 4, .source_names = names, .targets = targets};

static status
check(bool a, bool b, bool c, bool d)
{
	const bool in_key[] = {a, b, c, d};

	return key_check(&links, in_key, "db", "links");
}

static void
rows_are_told_apart(void **state)
{
	(void) state;
	targets[0] = (plan_target){.quoted = "m.links", .columns = columns, .column_count = 3};
	links.target_count = 1;
	assert_int_equal(check(true, true, true, false), STATUS_OK);
	assert_int_equal(check(true, false, false, false), STATUS_OK);
	/* no primary key at the source */
	assert_int_equal(check(false, false, false, false), STATUS_OK);
	assert_int_equal(check(true, true, true, true), STATUS_TARGET);
	assert_int_equal(check(true, false, false, true), STATUS_TARGET);
}

static void
one_table_of_several_is_enough(void **state)
{
	(void) state;
	targets[0] = (plan_target){.quoted = "m.links", .columns = columns, .column_count = 3};
	targets[1] = (plan_target){.quoted = "m.other", .columns = columns, .column_count = 3};
	links.target_count = 2;
	assert_int_equal(check(true, true, true, true), STATUS_TARGET);
	/* sets columns of rows that others make */
	targets[0].merge = true;
	assert_int_equal(check(true, true, true, true), STATUS_TARGET);
	targets[1].merge = true;
	assert_int_equal(check(true, true, true, true), STATUS_OK);
	targets[0].merge = targets[1].merge = false;
	/* rows are found by all that they hold */
	targets[1].keyless = true;
	assert_int_equal(check(true, true, true, true), STATUS_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_are_told_apart),
	    cmocka_unit_test(one_table_of_several_is_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
