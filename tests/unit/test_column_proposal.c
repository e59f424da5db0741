/*
 * tests/unit/test_column_proposal.c
 *	  Types that columns of MariaDB get in a table that is added.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/column_proposal.h"

static column_facts
column(const char *data_type, const char *column_type, long length)
{
	return (column_facts){
	    .name = "c", .data_type = data_type, .column_type = column_type, .length = length};
}

static void
assert_proposed(const column_facts *c, bool in_key, const char *type, const char *kind)
{
	const column_proposal p = column_propose(c, in_key);

	assert_non_null(p.type);
	assert_string_equal(p.type, type);
	assert_string_equal(p.kind == NULL ? "" : p.kind, kind);
	assert_null(p.why);
}

static void
unsigned_numbers_get_the_next_wider_type(void **state)
{
	const column_facts narrow = column("int", "int(11)", 0);
	const column_facts wide = column("int", "int(10) unsigned", 0);

	(void) state;
	assert_proposed(&narrow, false, "integer", "");
	assert_proposed(&wide, false, "bigint", "");
}

/* What may become NULL, or is told apart in another way, is text in a key. */
static void
a_key_has_no_loose_types(void **state)
{
	const column_facts day = column("date", "date", 0);
	const column_facts real = column("double", "double", 0);
	const column_facts number = column("bigint", "bigint(20)", 0);

	(void) state;
	assert_proposed(&day, false, "date", "");
	assert_proposed(&day, true, "text", "key_text");
	assert_proposed(&real, true, "text", "key_text");
	assert_proposed(&number, true, "bigint", "");
}

static void
timestamps_of_mediawiki(void **state)
{
	column_facts c = column("binary", "binary(14)", 14);

	(void) state;
	assert_proposed(&c, false, "timestamptz", "");
	assert_proposed(&c, true, "text", "key_text");
	c = column("varbinary", "varbinary(14)", 14);
	assert_proposed(&c, false, "text", "");
	c.name = "ug_expiry";
	assert_proposed(&c, false, "timestamptz", "");
	c.length = 15;
	assert_proposed(&c, false, "text", "");
}

static void
bytes_and_text(void **state)
{
	column_facts c = column("binary", "binary(16)", 16);

	(void) state;
	assert_proposed(&c, false, "bytea", "");
	c = column("mediumblob", "mediumblob", 16777215);
	assert_proposed(&c, false, "text", "");
	c = column("longtext", "longtext", 4294967295);
	assert_proposed(&c, false, "text", "");
	c.is_json = true;
	assert_proposed(&c, false, "jsonb", "");
	assert_proposed(&c, true, "text", "key_text");
	c = column("inet6", "inet6", 0);
	assert_proposed(&c, true, "inet", "inet");
}

static void
bits_by_their_number(void **state)
{
	column_facts c = column("bit", "bit(1)", 0);

	(void) state;
	assert_proposed(&c, false, "boolean", "");
	c.column_type = "bit(63)";
	assert_proposed(&c, false, "bigint", "");
	c.column_type = "bit(64)";
	assert_proposed(&c, false, "numeric", "");
}

static void
what_cannot_be_mirrored(void **state)
{
	column_facts c = column("int", "int(11)", 0);

	(void) state;
	c.is_generated = true;
	assert_null(column_propose(&c, false).type);
	assert_non_null(column_propose(&c, false).why);
	c = column("vector", "vector(3)", 0);
	assert_null(column_propose(&c, false).type);
}

static void
what_an_index_may_have(void **state)
{
	column_facts c = column("varbinary", "varbinary(20)", 20);

	(void) state;
	assert_true(column_index_bytes(&c) >= 4 * 20);
	c.is_nullable = true;
	assert_int_equal(column_index_bytes(&c), 0);
	c.is_nullable = false;
	c.length = 256;
	assert_int_equal(column_index_bytes(&c), 0);
	c = column("bigint", "bigint(20)", 0);
	assert_true(column_index_bytes(&c) > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(unsigned_numbers_get_the_next_wider_type),
	    cmocka_unit_test(a_key_has_no_loose_types),
	    cmocka_unit_test(timestamps_of_mediawiki),
	    cmocka_unit_test(bytes_and_text),
	    cmocka_unit_test(bits_by_their_number),
	    cmocka_unit_test(what_cannot_be_mirrored),
	    cmocka_unit_test(what_an_index_may_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
