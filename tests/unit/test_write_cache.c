/*
 * tests/unit/test_write_cache.c
 *	  apply/write_cache.c: which statements are prepared, and which go. The pipeline is the test's.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "apply/write_cache.h"

static char sent[256]; /* what the server was told, one letter and a statement's name each */

status
pipeline_prepare(pipeline *p, const char *name, const char *sql, int type_count, const Oid *types)
{
	(void) p;
	(void) sql;
	(void) type_count;
	(void) types;
	strcat(strcat(sent, "+"), name);
	return STATUS_OK;
}

status
pipeline_command(pipeline *p, const char *sql, const pipeline_op *op)
{
	(void) p;
	(void) op;
	assert_memory_equal(sql, "DEALLOCATE ", 11);
	strcat(strcat(sent, "-"), sql + 11);
	return STATUS_OK;
}

static plan_param param = {.kind = CONVERT_INT, .type = MAPPING_INT8};
static plan_column columns[] = {{.name = "a",
                                 .quoted = "\"a\"",
                                 .type = MAPPING_INT8,
                                 .key = true,
                                 .params = &param,
                                 .param_count = 1},
                                {.name = "b",
                                 .quoted = "\"b\"",
                                 .type = MAPPING_INT8,
                                 .params = &param,
                                 .param_count = 1,
                                 .first_param = 1}};
static plan_target target = {.table = "t",
                             .quoted = "mediawiki.\"t\"",
                             .columns = columns,
                             .column_count = 2,
                             .param_count = 2};

/* Asks for the statement of a form; returns its name. */
static const char *
get(write_cache *c, write_form form)
{
	const write_statement *s;

	form.target = &target;
	assert_int_equal(write_cache_get(c, NULL, &form, &s), STATUS_OK);
	return s->name;
}

static void
each_part_of_a_form_tells_it_from_others(void **state)
{
	const write_form forms[] = {
	    {.op = WRITE_INSERT, .set = 3},
	    {.op = WRITE_INSERT, .set = 3, .plain = true},
	    {.op = WRITE_INSERT, .set = 3, .null = 2},
	    {.op = WRITE_INSERT, .set = 1},
	    {.op = WRITE_UPDATE, .set = 3, .where = 1},
	    {.op = WRITE_UPDATE, .set = 2, .where = 1},
	    {.op = WRITE_UPDATE, .set = 2, .where = 3},
	    {.op = WRITE_UPDATE, .set = 2, .where = 3, .where_null = 2},
	    {.op = WRITE_UPDATE, .set = 2, .asked = 2, .where = 1},
	    {.op = WRITE_UPDATE, .set = 2, .asked = 2, .kept = 2, .where = 1},
	    {.op = WRITE_UPDATE, .set = 2, .asked = 2, .read_back = 1, .where = 1},
	    {.op = WRITE_DELETE, .where = 1},
	    {.op = WRITE_EMPTY},
	};
	const unsigned count = sizeof(forms) / sizeof(forms[0]);
	write_cache *c = write_cache_create(100);
	char name[16];

	(void) state;
	sent[0] = '\0';
	for (unsigned round = 0; round < 2; round++)
	{
		for (unsigned i = 0; i < count; i++)
		{
			snprintf(name, sizeof(name), "w%u", i + 1);
			assert_string_equal(get(c, forms[i]), name);
		}
	}
	assert_string_equal(sent, "+w1+w2+w3+w4+w5+w6+w7+w8+w9+w10+w11+w12+w13");
	write_cache_destroy(c);
}

static void
what_was_not_used_for_longest_goes(void **state)
{
	const write_form insert = {.op = WRITE_INSERT, .set = 3};
	const write_form update = {.op = WRITE_UPDATE, .set = 2, .where = 1};
	const write_form gone = {.op = WRITE_DELETE, .where = 1};
	write_cache *c = write_cache_create(2);

	(void) state;
	sent[0] = '\0';
	get(c, insert);
	get(c, update);
	assert_string_equal(get(c, insert), "w1");
	assert_string_equal(get(c, gone), "w3");
	assert_string_equal(sent, "+w1+w2-w2+w3");
	assert_string_equal(get(c, insert), "w1");
	assert_string_equal(get(c, update), "w4");
	assert_string_equal(sent, "+w1+w2-w2+w3-w3+w4");
	write_cache_destroy(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_part_of_a_form_tells_it_from_others),
	    cmocka_unit_test(what_was_not_used_for_longest_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
