/*
 * tests/unit/test_mapping.c
 *	  What row images say about target columns, keys as text, expressions, and whose table is whose.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "apply/change_image.h"
#include "apply/ddl.h"
#include "apply/raw_value.h"
#include "mapping/mapping.h"
#include "mapping/wiki.h"

static arena *memory;

static const value null = {.kind = VALUE_NULL};
static const value absent = {.kind = VALUE_ABSENT};
static const value zero = {.kind = VALUE_INT, .i = 0};
static const value one = {.kind = VALUE_INT, .i = 1};

/* Source columns: 0 the value, 1 hides it if not zero, 2 hides it if zero. */
static plan_param int_param = {.kind = CONVERT_INT, .type = MAPPING_INT8, .source_count = 1};
static plan_guard when[] = {{1, PLAN_NO_STAND_IN}}, unless[] = {{2, PLAN_NO_STAND_IN}};
static plan_column guarded = {.name = "c",
                              .params = &int_param,
                              .param_count = 1,
                              .null_when = when,
                              .null_when_count = 1,
                              .null_unless = unless,
                              .null_unless_count = 1};

static column_state
look(value v, value hides, value shows)
{
	const value row[] = {v, hides, shows};
	target_value values[1];
	column_state state;
	convert_error err;
	unsigned source;

	assert_true(change_convert_column(&guarded, row, memory, values, &state, &source, &err));
	return state;
}

static void
test_guards(void **state)
{
	(void) state;
	assert_false(look(one, zero, one).null);
	assert_false(look(one, null, one).null);
	assert_true(look(one, one, one).null);
	assert_true(look(one, zero, zero).null);
	assert_true(look(one, zero, null).null);
	/* what an image lacks is not guessed; one guard that hides is enough */
	assert_int_equal(look(one, absent, one).absent_guards, 1);
	assert_int_equal(look(one, zero, absent).absent_guards, 1);
	assert_int_equal(look(one, absent, absent).absent_guards, 2);
	assert_true(look(one, absent, zero).null);
	assert_int_equal(look(absent, zero, one).absent, 1);
	assert_int_equal(look(one, zero, one).absent + look(one, zero, one).absent_guards, 0);
}

/* Two values make a column: how many of them are not there is told; a kind that makes one of both has none then. */
static void
test_partial_image(void **state)
{
	plan_param params[] = {{.kind = CONVERT_INT, .source_count = 1, .sources = {0}},
	                       {.kind = CONVERT_INT, .source_count = 1, .sources = {1}},
	                       {.kind = CONVERT_CONTENT, .source_count = 2, .sources = {0, 1}}};
	plan_column column = {
	    .name = "both", .expression = "f(%1, %2, %3)", .params = params, .param_count = 3};
	const value partial[] = {one, absent};
	target_value values[3];
	column_state found;
	convert_error err;
	unsigned source;

	(void) state;
	assert_true(change_convert_column(&column, partial, memory, values, &found, &source, &err));
	assert_int_equal(found.absent, 2);
	assert_int_equal(values[0].kind, TARGET_INT);
	assert_int_equal(values[1].kind, TARGET_ABSENT);
	assert_int_equal(values[2].kind, TARGET_ABSENT);
}

static void
test_key_text(void **state)
{
	plan_param text = {.kind = CONVERT_TEXT, .type = MAPPING_TEXT};
	plan_column columns[] = {
	    {.name = "id", .key = true, .params = &int_param, .param_count = 1},
	    {.name = "x", .params = &int_param, .param_count = 1, .first_param = 1},
	    {.name = "n", .key = true, .params = &text, .param_count = 1, .first_param = 2}};
	plan_target t = {.columns = columns, .column_count = 3};
	const target_value values[] = {{.kind = TARGET_INT, .i = INT64_MIN},
	                               {.kind = TARGET_INT, .i = 5},
	                               {.kind = TARGET_TEXT, .bytes = {"name", 4}}};
	char key[64], small[8];

	(void) state;
	assert_int_equal(change_write_key(&t, values, RAW_KEY_SEPARATOR, key, sizeof(key)), 25);
	assert_string_equal(key, "-9223372036854775808\x1Fname");
	assert_int_equal(change_write_key(&t, values, ',', small, sizeof(small)), 25);
	assert_string_equal(small, "-922337");
}

static void
write_letter(FILE *out, const plan_column *column, int i, void *context)
{
	(void) column;
	(void) context;
	fprintf(out, i < 0 ? "<w>" : "<%d>", i);
}

static void
test_expression(void **state)
{
	plan_column column = {.expression = "f(%w, %2, %1) || '%%' || '%x' || %3", .param_count = 2};
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void) state;
	plan_write_expression(out, &column, write_letter, NULL);
	fclose(out);
	assert_string_equal(text, "f(<w>, <1>, <0>) || '%' || '%x' || %3");
	free(text);
}

/* By name, and by numbers of two digits. */
static void
test_expression_of_many(void **state)
{
	plan_param params[11];
	plan_column column = {.expression =
	                          "%10 + %1 + %{c b} + %{K} || '%%{k}' || '%{none}' || %12 || %{",
	                      .params = params,
	                      .param_count = 11};
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void) state;
	for (unsigned i = 0; i < 11; i++)
		params[i] = (plan_param){.name = i == 4 ? "c b" : i == 10 ? "k" : "other"};
	plan_write_expression(out, &column, write_letter, NULL);
	fclose(out);
	assert_string_equal(text, "<9> + <0> + <4> + <10> || '%{k}' || '%{none}' || %12 || %{");
	free(text);
}

static wiki wikis[] = {
    {.wiki_id = (char *) "enwiki",
     .database = (char *) "enwiki",
     .table_prefix = (char *) "",
     .followed = true},
    {.wiki_id = (char *) "shared-a_",
     .database = (char *) "shared",
     .table_prefix = (char *) "a_",
     .followed = true},
    {.wiki_id = (char *) "shared-a_b_",
     .database = (char *) "shared",
     .table_prefix = (char *) "a_b_"},
};
static wiki_list list = {wikis, 3};

static const char *
owner(const char *schema, const char *table, const char **bare)
{
	size_t len;
	const wiki *w = wiki_list_find(&list, schema, strlen(schema), table, strlen(table), bare, &len);

	return w == NULL ? "none" : w->wiki_id;
}

static void
test_wiki_of_table(void **state)
{
	const char *bare;

	(void) state;
	assert_string_equal(owner("enwiki", "page", &bare), "enwiki");
	assert_string_equal(bare, "page");
	assert_string_equal(owner("shared", "a_page", &bare), "shared-a_");
	assert_string_equal(bare, "page");
	assert_string_equal(owner("shared", "a_b_page", &bare), "shared-a_b_");
	assert_string_equal(bare, "page");
	assert_string_equal(owner("shared", "page", &bare), "none");
	assert_string_equal(owner("enwik", "page", &bare), "none");
	assert_string_equal(owner("enwiki2", "page", &bare), "none");
	assert_string_equal(owner("", "page", &bare), "none");
	assert_string_equal(owner("zz", "page", &bare), "none");
	for (size_t i = 0; i < list.count; i++)
		assert_ptr_equal(wiki_list_by_id(&list, wikis[i].wiki_id), &wikis[i]);
	assert_null(wiki_list_by_id(&list, "shared"));
}

static bool
concerns(const char *database, const char *sql)
{
	const gtid id = {0, 1, 100};

	return ddl_text_concerns(&list, &id, database, strlen(database), sql, strlen(sql));
}

/* Statements of other databases are passed over, unless they name a wiki's. */
static void
test_statement_concerns(void **state)
{
	(void) state;
	assert_true(concerns("enwiki", "DELETE FROM x"));
	assert_true(concerns("", "DELETE FROM x"));
	assert_true(concerns("test", "DELETE FROM enwiki.page"));
	assert_false(concerns("test", "DELETE FROM x"));
}

static int
set_up(void **state)
{
	(void) state;
	memory = arena_create(4096);
	return memory == NULL || !wiki_list_index(&list) ? -1 : 0;
}

static int
tear_down(void **state)
{
	(void) state;
	arena_destroy(memory);
	free(list.by_database);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_guards),
	    cmocka_unit_test(test_partial_image),
	    cmocka_unit_test(test_key_text),
	    cmocka_unit_test(test_expression),
	    cmocka_unit_test(test_expression_of_many),
	    cmocka_unit_test(test_wiki_of_table),
	    cmocka_unit_test(test_statement_concerns),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
