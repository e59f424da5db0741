/*
 * tests/unit/test_touched.c
 *	  The wikis of a source transaction: each once, in the form of a mark.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "apply/touched.h"

static void
assert_text(const touched *t, const char *expected)
{
	mark_text text = touched_text(t);

	assert_int_equal(text.len, strlen(expected));
	if (text.len > 0)
		assert_memory_equal(text.data, expected, text.len);
}

static void
each_wiki_is_there_once(void **state)
{
	touched t = {0};
	char same[] = "enwiki"; /* equal, at another address */

	(void) state;
	assert_text(&t, "");
	assert_int_equal(touched_add(&t, "enwiki"), STATUS_OK);
	assert_int_equal(touched_add(&t, "dewiki"), STATUS_OK);
	assert_int_equal(touched_add(&t, same), STATUS_OK);
	assert_int_equal(touched_add(&t, "dewiki"), STATUS_OK);
	assert_text(&t, " 6:enwiki 6:dewiki");
	touched_reset(&t);
	assert_text(&t, "");
	assert_int_equal(touched_add(&t, "dewiki"), STATUS_OK);
	assert_text(&t, " 6:dewiki");
	touched_free(&t);
}

static void
many_wikis_have_room(void **state)
{
	static char ids[1000][16];
	touched t = {0};
	mark_text rest;
	mark_text id;
	int n = 0;

	(void) state;
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 1000; i++)
		{
			snprintf(ids[i], sizeof(ids[i]), "wiki%03d", i);
			assert_int_equal(touched_add(&t, ids[i]), STATUS_OK);
		}
	for (rest = touched_text(&t); mark_next_wiki(&rest, &id); n++)
	{
		assert_int_equal(id.len, 7);
		assert_memory_equal(id.data, ids[n], 7);
	}
	assert_int_equal(n, 1000);
	assert_int_equal(rest.len, 0);
	touched_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_wiki_is_there_once),
	    cmocka_unit_test(many_wikis_have_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
