/*
 * tests/unit/test_serialized.c
 *	  A text among the parameters of a log entry: what MediaWiki writes is found; whatever else the bytes are, nothing beyond them is read.
 */
#include "php/serialized.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* of a rename by MediaWiki 1.43 */
#define OLD "s:10:\"4::olduser\";s:6:\"Old\";s\";"
#define NEW "s:10:\"5::newuser\";s:9:\"N\xC3\xA9w \"x\";\";"
#define EDITS "s:8:\"6::edits\";i:7;"
#define RENAME "a:3:{" OLD NEW EDITS "}"

/* the copy ends where the bytes end, so that reading on is seen */
static void
assert_finds(const char *params, size_t len, const char *name, const char *expected)
{
	char *copy = malloc(len + (len == 0));
	php_span found = {NULL, 0};
	bool any;

	assert_non_null(copy);
	memcpy(copy, params, len);
	any = php_find_text((php_span){copy, len}, name, &found);
	assert_int_equal(any, expected != NULL);
	if (any)
	{
		assert_int_equal(found.len, strlen(expected));
		assert_memory_equal(found.at, expected, found.len);
	}
	free(copy);
}

static void
a_text_is_found(void **state)
{
	(void) state;
	assert_finds(RENAME, strlen(RENAME), "5::newuser", "N\xC3\xA9w \"x\";");
	assert_finds("a:2:{i:0;a:1:{s:1:\"k\";s:1:\"x\";}s:1:\"k\";s:0:\"\";}", 48, "k", "");
	assert_finds(RENAME, strlen(RENAME), "6::edits", NULL);
	assert_finds(RENAME, strlen(RENAME), "newuser", NULL);
	assert_finds("", 0, "5::newuser", NULL);
	assert_finds("New name", 8, "5::newuser", NULL);
	assert_finds("s:1:\"k\";", 8, "k", NULL);
}

static void
what_is_cut_off_is_not_found(void **state)
{
	const size_t needed = strlen("a:3:{" OLD NEW);

	(void) state;
	for (size_t len = 0; len < needed; len++)
		assert_finds(RENAME, len, "5::newuser", NULL);
	assert_finds(RENAME, needed, "5::newuser", "N\xC3\xA9w \"x\";");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_text_is_found),
	    cmocka_unit_test(what_is_cut_off_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
