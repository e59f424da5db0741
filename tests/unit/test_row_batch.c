/*
 * tests/unit/test_row_batch.c
 *	  apply/change_item.c and row_batch.c: row changes as a batch, read back; batch_error.c: which change an error is about.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "apply/batch_error.h"
#include "apply/change_item.h"
#include "apply/row_batch.h"

#define BIT(n) (UINT64_C(1) << n)

/* A table: its key is the second of four columns, the third is computed by SQL. */
static plan_param text_param = {.kind = CONVERT_TEXT, .type = MAPPING_TEXT};
static plan_param id_param = {.kind = CONVERT_INT, .type = MAPPING_INT4};
static plan_param flag_param = {.kind = CONVERT_BOOL, .type = MAPPING_BOOL};
static plan_column columns[] = {
    {.name = "a_name", .params = &text_param, .param_count = 1},
    {.name = "a_id", .key = true, .params = &id_param, .param_count = 1, .first_param = 1},
    {.name = "a_hex",
     .expression = "f(%1)",
     .params = &text_param,
     .param_count = 1,
     .first_param = 2},
    {.name = "a_flag", .params = &flag_param, .param_count = 1, .first_param = 3},
};
static const plan_target keyed = {
    .table = "a", .id = 200, .columns = columns, .column_count = 4, .param_count = 4};

static const gtid one = {0, 1, 5};
static const gtid two = {0, 1, 6};

static const target_value row[] = {
    {.kind = TARGET_TEXT, .bytes = {"Ann", 3}},
    {.kind = TARGET_INT, .i = 7},
    {.kind = TARGET_TEXT, .bytes = {"hex", 3}},
    {.kind = TARGET_BOOL, .b = true},
};

static row_batch *batch;
static change_items *items;

static int
set_up(void **state)
{
	(void) state;
	batch = row_batch_create(NULL);
	items = change_items_create();
	return batch == NULL || items == NULL;
}

static int
tear_down(void **state)
{
	(void) state;
	row_batch_destroy(batch);
	change_items_destroy(items);
	return 0;
}

static change_item_answer
add(const gtid *id, const write_form *form, uint8_t flags, const target_value *values)
{
	batch_item *item;
	row_shape *shape;
	unsigned column;
	convert_error err;
	change_item_answer answer =
	    change_items_make(items, "w1", form, flags, values, values, &item, &shape, &column, &err);

	if (answer == CHANGE_ITEM_MADE)
		assert_int_equal(row_batch_add(batch, id, shape, item, false), STATUS_OK);
	return answer;
}

/* Appends values as text: bytes, N for NULL, - for absent. */
static void
print_values(char *out, const batch_value *values, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
	{
		const batch_value *v = &values[i];

		out += strlen(out);
		if (v->form == BATCH_NULL || v->form == BATCH_ABSENT)
			sprintf(out, " %s", v->form == BATCH_NULL ? "N" : "-");
		else
		{
			out += sprintf(out, " ");
			for (uint32_t j = 0; j < v->len; j++)
				out += v->data[j] < ' ' ? sprintf(out, "%02x", (unsigned char) v->data[j])
				                        : sprintf(out, "%c", v->data[j]);
		}
	}
}

/* The batch as text: shapes, then items, one a line. */
static void
assert_batch(const char *expected)
{
	static char found[4096];
	batch_shape shapes[8];
	batch_value find[8];
	batch_value set[8];
	batch_item item = {.find = find, .set = set};
	batch_reader reader;
	uint32_t count;
	size_t len;
	const char *bytes = row_batch_finish(batch, &len);
	char *out = found;

	assert_non_null(bytes);
	assert_true(batch_begin(&reader, bytes, len, &count));
	for (uint32_t i = 0; i < count; i++)
	{
		batch_bytes names;

		assert_true(batch_read_shape(&reader, &shapes[i]));
		out += sprintf(out, "%.*s.%.*s %u:", (int) shapes[i].schema.len, shapes[i].schema.data,
		               (int) shapes[i].table.len, shapes[i].table.data, shapes[i].finds);
		names = shapes[i].names;
		for (uint32_t j = 0; j < shapes[i].columns; j++)
		{
			batch_bytes name = batch_next_name(&names);

			out += sprintf(out, " %.*s", (int) name.len, name.data);
		}
		out += sprintf(out, "\n");
	}
	do
	{
		assert_true(batch_read_item(&reader, shapes, count, &item));
		if (item.kind == BATCH_SOURCE || item.kind == BATCH_END)
			out += sprintf(out, "%c %.*s", item.kind, (int) item.text.len, item.text.data);
		else if (item.kind != BATCH_DONE)
		{
			out += sprintf(out, "%c%u/%u", item.kind, item.shape, item.flags);
			if (item.kind != BATCH_INSERT)
				print_values(out, find, shapes[item.shape].finds);
			strcat(out, " :");
			if (item.kind != BATCH_DELETE)
				print_values(out, set, shapes[item.shape].columns);
			strcat(out, "\n");
			out += strlen(out);
		}
		if (item.kind == BATCH_SOURCE)
			out += sprintf(out, "\n"); /* a mark ends with one */
	} while (item.kind != BATCH_DONE);
	assert_string_equal(found, expected);
}

#define SHAPE "mediawiki.a 2: wiki_id a_id a_name a_hex a_flag\n"

/* What a form leaves alone is absent, and the key comes first. */
static void
test_changes(void **state)
{
	const write_form insert = {.target = &keyed, .op = WRITE_INSERT, .set = BIT(0) | BIT(1)};
	const write_form update = {.target = &keyed,
	                           .op = WRITE_UPDATE,
	                           .set = BIT(0) | BIT(3),
	                           .null = BIT(0),
	                           .where = BIT(1)};
	const write_form delete = {.target = &keyed, .op = WRITE_DELETE, .where = BIT(1)};

	(void) state;
	assert_int_equal(add(&one, &insert, BATCH_UPSERT, row), CHANGE_ITEM_MADE);
	assert_int_equal(add(&one, &update, 0, row), CHANGE_ITEM_MADE);
	assert_int_equal(add(&one, &delete, BATCH_MAY_MISS, row), CHANGE_ITEM_MADE);
	assert_batch(SHAPE "G 0-1-5\n"
	                   "I0/1 : w1 00000007 Ann - -\n"
	                   "U0/0 w1 00000007 : - - N - 01\n"
	                   "D0/2 w1 00000007 :\n");
}

/* A NULL value is NULL whatever its form says. */
static void
test_null_value(void **state)
{
	const write_form update = {
	    .target = &keyed, .op = WRITE_UPDATE, .set = BIT(0) | BIT(3), .where = BIT(1)};
	target_value values[4];

	(void) state;
	memcpy(values, row, sizeof(values));
	values[0].kind = TARGET_NULL;
	values[3].kind = TARGET_NULL;
	assert_int_equal(add(&one, &update, 0, values), CHANGE_ITEM_MADE);
	assert_batch(SHAPE "G 0-1-5\nU0/0 w1 00000007 : - - N - N\n");
}

/* Source transactions of their own, also one without changes, and one that goes on in the next batch. */
static void
test_source_transactions(void **state)
{
	const write_form delete = {.target = &keyed, .op = WRITE_DELETE, .where = BIT(1)};
	const mark first = {.gtid = "0-1-5", .source = "s", .commit_time = 1000000};
	const mark second = {.gtid = "0-1-6", .source = "s", .commit_time = 2000000};
	const gtid three = {0, 1, 7};

	(void) state;
	assert_int_equal(add(&one, &delete, 0, row), CHANGE_ITEM_MADE);
	assert_int_equal(row_batch_end_source(batch, &one, &first), STATUS_OK);
	assert_int_equal(row_batch_end_source(batch, &two, &second), STATUS_OK);
	assert_int_equal(add(&three, &delete, 0, row), CHANGE_ITEM_MADE);
	assert_batch(SHAPE "G 0-1-5\n"
	                   "D0/0 w1 00000007 :\n"
	                   "E U 0-1-5 1 s\n"
	                   "G 0-1-6\n"
	                   "E U 0-1-6 2 s\n"
	                   "G 0-1-7\n"
	                   "D0/0 w1 00000007 :\n");
}

/* A table without key: all that is not computed finds a row; what the image lacks is not compared. */
static void
test_keyless(void **state)
{
	plan_column plain[4];
	plan_target keyless = keyed;
	write_form delete = {.target = &keyless, .op = WRITE_DELETE, .where = BIT(0) | BIT(1)};
	target_value values[4];

	(void) state;
	memcpy(plain, columns, sizeof(plain));
	plain[1].key = false;
	plain[1].match = true;
	keyless.id = 3;
	keyless.columns = plain;
	keyless.keyless = true;
	memcpy(values, row, sizeof(values));
	values[0].kind = TARGET_NULL;
	delete.where_null = BIT(0);
	assert_int_equal(add(&one, &delete, 0, values), CHANGE_ITEM_MADE);
	/* without what the index has the whole table would be looked through by key */
	delete.where = BIT(0);
	assert_int_equal(add(&one, &delete, 0, values), CHANGE_ITEM_NEEDS_SQL);
	assert_batch("mediawiki.a 4: wiki_id a_name a_id a_flag a_hex\n"
	             "G 0-1-5\n"
	             "D0/0 w1 N 00000007 - :\n");
}

static void
test_needs_sql(void **state)
{
	write_form insert = {.target = &keyed, .op = WRITE_INSERT, .set = 7};
	const write_form update = {
	    .target = &keyed, .op = WRITE_UPDATE, .set = BIT(2), .where = BIT(1)};
	const write_form empty = {.target = &keyed, .op = WRITE_EMPTY};
	target_value values[4];

	(void) state;
	assert_int_equal(add(&one, &insert, 0, row), CHANGE_ITEM_NEEDS_SQL);
	assert_int_equal(add(&one, &update, 0, row), CHANGE_ITEM_NEEDS_SQL);
	assert_int_equal(add(&one, &empty, 0, row), CHANGE_ITEM_NEEDS_SQL);
	/* computed, but NULL whatever it is computed from */
	insert.null = BIT(2);
	assert_int_equal(add(&one, &insert, 0, row), CHANGE_ITEM_MADE);
	/* a row that is there cannot be looked for without its whole key */
	insert.set = BIT(0);
	insert.null = 0;
	assert_int_equal(add(&one, &insert, BATCH_UPSERT, row), CHANGE_ITEM_NEEDS_SQL);
	memcpy(values, row, sizeof(values));
	values[1].kind = TARGET_NULL;
	insert.set = BIT(1);
	assert_int_equal(add(&one, &insert, BATCH_UPSERT, values), CHANGE_ITEM_NEEDS_SQL);
}

static void
test_misfit(void **state)
{
	const write_form insert = {.target = &keyed, .op = WRITE_INSERT, .set = BIT(0) | BIT(1)};
	target_value values[4];
	batch_item *item;
	row_shape *shape;
	unsigned column = 99;
	convert_error err = {""};

	(void) state;
	memcpy(values, row, sizeof(values));
	values[1].i = INT64_C(1) << 31;
	assert_int_equal(
	    change_items_make(items, "w1", &insert, 0, values, values, &item, &shape, &column, &err),
	    CHANGE_ITEM_MISFIT);
	assert_int_equal(column, 1);
	assert_string_equal(err.message, "2147483648 does not fit into integer");
}

/* ---- errors ---- */

static void
assert_guilty(const char *context, const char *expected)
{
	batch_guilty g;
	char found[1024];

	assert_true(batch_error_parse(context, &g));
	snprintf(found, sizeof(found), "%u|%s|%s|%s|%s|%s|%s", g.number, g.gtid, g.verb, g.table,
	         g.wiki, g.key, g.column);
	assert_string_equal(found, expected);
}

static void
test_guilty(void **state)
{
	batch_guilty g;

	(void) state;
	assert_guilty("change 12 of the batch (GTID 0-1-5): UPDATE of mediawiki.page, key (w1, 7)",
	              "12|0-1-5|UPDATE|mediawiki.page|w1|7|");
	assert_guilty("change 1 of the batch (GTID 0-1-5): INSERT of mediawiki.a, key (w1, 7, (b), c), "
	              "column a_id",
	              "1|0-1-5|INSERT|mediawiki.a|w1|7, (b), c|, column a_id");
	/* a trigger's lines come first; a value may hold anything */
	assert_guilty(
	    "PL/pgSQL function f() line 1 at RAISE\nchange 4294967295 of the batch (GTID "
	    "4294967295-4294967295-18446744073709551615): DELETE of mediawiki.a, key (w1, x\n), y)",
	    "4294967295|4294967295-4294967295-18446744073709551615|DELETE|mediawiki.a|w1|x\n), y|");
	assert_guilty("change 1 of the batch (GTID 0-1-5): DELETE of mediawiki.a, key (w1)",
	              "1|0-1-5|DELETE|mediawiki.a|w1||");
	assert_false(batch_error_parse(NULL, &g));
	assert_false(batch_error_parse("", &g));
	assert_false(batch_error_parse("change 1 of the batch", &g));
	assert_false(batch_error_parse("change 1 of the batch (GTID 0-1-5): DELETE of t", &g));
	assert_false(batch_error_parse("SQL statement \"SELECT 1\"\nSQL function \"f\"", &g));
}

/* Longer than there is room: cut, not spilled. */
static void
test_guilty_long(void **state)
{
	char context[2048] = "change 1 of the batch (GTID 0-1-5): INSERT of ";
	batch_guilty g;

	(void) state;
	memset(context + strlen(context), 't', 500);
	strcat(context, ", key (");
	memset(context + strlen(context), 'w', 300);
	strcat(context, ", ");
	memset(context + strlen(context), 'k', 400);
	strcat(context, "), column c");
	assert_true(batch_error_parse(context, &g));
	assert_int_equal(strlen(g.table), sizeof(g.table) - 1);
	assert_int_equal(strlen(g.wiki), sizeof(g.wiki) - 1);
	assert_int_equal(strlen(g.key), sizeof(g.key) - 1);
	assert_string_equal(g.column, ", column c");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_changes, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_null_value, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_source_transactions, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_keyless, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_needs_sql, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_misfit, set_up, tear_down),
	    cmocka_unit_test(test_guilty),
	    cmocka_unit_test(test_guilty_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
