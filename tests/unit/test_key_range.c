/*
 * tests/unit/test_key_range.c
 *	  snapshot/key_range.c: which keys are cut, and what a chunk's range says to MariaDB.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "snapshot/key_range.h"

static void
assert_written(const key_range *r, const char *expected)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	key_range_write(out, r);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

static void
test_kinds(void **state)
{
	(void) state;
	assert_int_equal(key_kind_of("bigint"), KEY_INTEGER);
	assert_int_equal(key_kind_of("tinyint"), KEY_INTEGER);
	assert_int_equal(key_kind_of("varbinary"), KEY_BYTES);
	assert_int_equal(key_kind_of("binary"), KEY_BYTES);
	/* of a collation, or of an order that is not that of the bytes in the binlog */
	assert_int_equal(key_kind_of("varchar"), KEY_NONE);
	assert_int_equal(key_kind_of("blob"), KEY_NONE);
	assert_int_equal(key_kind_of("decimal"), KEY_NONE);
	assert_int_equal(key_kind_of("uuid"), KEY_NONE);
	for (key_kind k = KEY_NONE; k <= KEY_BYTES; k++)
		assert_int_equal(key_kind_parse(key_kind_name(k)), k);
}

static void
test_ranges(void **state)
{
	key_range r = {.kind = KEY_INTEGER, .column = strdup("a`b")};

	(void) state;
	assert_written(&r, "");
	assert_true(key_bound_set(&r.upper, "18446744073709551615", 20));
	assert_written(&r, " AND `a``b` < 18446744073709551615");
	assert_true(key_bound_set(&r.lower, "-5", 2));
	assert_written(&r, " AND `a``b` >= -5 AND `a``b` < 18446744073709551615");
	r.kind = KEY_BYTES;
	assert_true(key_bound_set(&r.lower, "\0'\xff", 3));
	assert_true(key_bound_set(&r.upper, "\x01", 1));
	assert_written(&r, " AND `a``b` >= x'0027ff' AND `a``b` < x'01'");
	key_range_free(&r);
	assert_null(r.lower.data);
	assert_written(&r, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_kinds),
	    cmocka_unit_test(test_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
