/*
 * tests/unit/test_table_map.c
 *	  Recorded table maps: names, types, signs, charsets, labels, keys.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "recorded.h"
#include "rows/table_map.h"
#include "rows/types.h"

typedef struct fixture
{
	recorded_event events[RECORDED_MOST];
	size_t count;
	arena *arena;
	table_map map;
	decode_error err;
} fixture;

static bool
parse(fixture *f, const char *name)
{
	*f = (fixture){.count = 0};
	f->count = recorded_load(name, f->events);
	f->arena = arena_create(4096);
	assert_true(f->count > 0);
	return table_map_parse(f->events[0].body, f->events[0].len, f->arena, &f->map, &f->err);
}

static void
drop(fixture *f)
{
	recorded_free(f->events, f->count);
	arena_destroy(f->arena);
}

static const column_def *
column(const fixture *f, const char *name)
{
	for (unsigned i = 0; i < f->map.column_count; i++)
		if (strcmp(f->map.columns[i].name, name) == 0)
			return &f->map.columns[i];
	fail_msg("no column %s", name);
	return NULL;
}

static void
signs_are_per_column(void **state)
{
	fixture f;

	(void) state;
	assert_true(parse(&f, "integers"));
	assert_int_equal(f.map.column_count, 11);
	assert_false(column(&f, "t")->is_unsigned);
	assert_true(column(&f, "tu")->is_unsigned);
	assert_false(column(&f, "l")->is_unsigned);
	assert_true(column(&f, "lu")->is_unsigned);
	assert_false(column(&f, "b")->is_unsigned);
	drop(&f);
	/* a YEAR has a sign, DATE and TIME have none */
	assert_true(parse(&f, "times"));
	assert_false(column(&f, "i")->is_unsigned);
	drop(&f);
	/* a BIT has none */
	assert_true(parse(&f, "bits"));
	assert_true(column(&f, "e")->is_unsigned);
	drop(&f);
}

static void
strings_have_lengths_and_charsets(void **state)
{
	fixture f;

	(void) state;
	assert_true(parse(&f, "strings"));
	assert_int_equal(column(&f, "a")->length, 40);
	assert_int_equal(column(&f, "b")->length, 1020);
	assert_int_equal(column(&f, "d")->length, 12000);
	assert_int_equal(column(&f, "e")->length, 5);
	assert_int_equal(column(&f, "e")->charset, 8);
	assert_int_equal(column(&f, "a")->charset, 45);
	drop(&f);
	assert_true(parse(&f, "binaries"));
	assert_int_equal(column(&f, "a")->charset, COLLATION_BINARY);
	assert_int_equal(column(&f, "b")->length, 255);
	drop(&f);
	/* geometry, INET6 and UUID count among the columns with a charset */
	assert_true(parse(&f, "odd"));
	assert_int_equal(column(&f, "f")->charset, COLLATION_BINARY);
	assert_int_equal(column(&f, "g")->charset, 45);
	assert_int_equal(column(&f, "h")->charset, COLLATION_BINARY);
	drop(&f);
}

static void
labels_are_known(void **state)
{
	fixture f;

	(void) state;
	assert_true(parse(&f, "labels"));
	assert_int_equal(column(&f, "a")->type, TYPE_ENUM);
	assert_int_equal(column(&f, "a")->label_count, 3);
	assert_string_equal(column(&f, "a")->labels[2], "thrée");
	assert_int_equal(column(&f, "a")->label_lengths[2], 6);
	assert_int_equal(column(&f, "b")->type, TYPE_SET);
	assert_int_equal(column(&f, "e")->label_count, 64);
	assert_int_equal(column(&f, "f")->label_count, 300);
	assert_int_equal(column(&f, "f")->charset, 8);
	assert_int_equal(column(&f, "d")->type, TYPE_STRING);
	drop(&f);
}

static void
key_and_nullable_columns(void **state)
{
	fixture f;

	(void) state;
	assert_true(parse(&f, "full"));
	assert_true(column(&f, "id")->in_key);
	assert_false(column(&f, "title")->in_key);
	assert_false(column(&f, "id")->nullable);
	assert_false(column(&f, "title")->nullable);
	assert_true(column(&f, "touched")->nullable);
	assert_true(column(&f, "body")->nullable);
	drop(&f);
}

static void
peek_reads_the_names(void **state)
{
	fixture f;
	uint64_t id;
	const char *schema, *table;
	size_t schema_len, table_len;

	(void) state;
	assert_true(parse(&f, "full"));
	assert_true(table_map_peek(f.events[0].body, f.events[0].len, &id, &schema, &schema_len, &table,
	                           &table_len, &f.err));
	assert_int_equal(id, f.map.table_id);
	assert_int_equal(schema_len, 3);
	assert_memory_equal(schema, "rec", 3);
	assert_int_equal(table_len, 4);
	assert_memory_equal(table, "full", 4);
	assert_false(table_map_peek(f.events[0].body, 12, &id, &schema, &schema_len, &table, &table_len,
	                            &f.err));
	drop(&f);
}

/* They would take forty times their bytes. */
static void
too_many_columns_are_refused(void **state)
{
	/* table id, flags, "d", "t", 5,000 columns of type INT, no metadata, their NULL bits */
	static uint8_t body[6 + 2 + 3 + 3 + 3 + 5000 + 1 + 625] = {
	    0, 0, 0, 0, 0, 0, 0, 0, 1, 'd', 0, 1, 't', 0, 0xfc, 5000 & 255, 5000 >> 8};
	arena *a = arena_create(4096);
	table_map map;
	decode_error err;

	(void) state;
	memset(body + 17, 3, 5000);
	assert_false(table_map_parse(body, sizeof(body), a, &map, &err));
	assert_non_null(strstr(err.message, "more than a table has"));
	arena_destroy(a);
}

static void
metadata_that_is_not_full_is_refused(void **state)
{
	fixture f;

	(void) state;
	assert_false(parse(&f, "metadata"));
	assert_non_null(strstr(f.err.message, "binlog_row_metadata=FULL"));
	assert_non_null(strstr(f.err.message, "rec.minimal_metadata"));
	drop(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(signs_are_per_column),
	    cmocka_unit_test(strings_have_lengths_and_charsets),
	    cmocka_unit_test(labels_are_known),
	    cmocka_unit_test(key_and_nullable_columns),
	    cmocka_unit_test(peek_reads_the_names),
	    cmocka_unit_test(too_many_columns_are_refused),
	    cmocka_unit_test(metadata_that_is_not_full_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
