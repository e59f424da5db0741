/*
 * tests/unit/test_request.c
 *	  Heads of requests' messages.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/request.h"

/* Reads from memory that ends where the text does, so that reading beyond it is found. */
static bool
read_text(const char *text, size_t len, request_head *out, size_t *used)
{
	char *exact = malloc(len == 0 ? 1 : len);
	bool ok;

	assert_non_null(exact);
	memcpy(exact, text, len);
	ok = request_head_read(exact, len, out, used);
	free(exact);
	return ok;
}

static void
test_round_trip(void **state)
{
	const request_head heads[] = {
	    {.id = 1, .number = 1, .kind = "backfill", .last = false},
	    {.id = INT64_MAX, .number = INT64_MAX, .kind = "abcdefghijklmno", .last = true},
	};
	char text[REQUEST_HEAD_SIZE + 4];
	request_head back;
	size_t used;

	(void) state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
	{
		const size_t len = request_head_format(&heads[i], text);

		assert_int_equal(len, strlen(text));
		memcpy(text + len, "SWR", 3);
		assert_true(read_text(text, len + 3, &back, &used));
		assert_int_equal(used, len);
		assert_int_equal(back.id, heads[i].id);
		assert_int_equal(back.number, heads[i].number);
		assert_string_equal(back.kind, heads[i].kind);
		assert_int_equal(back.last, heads[i].last);
		for (size_t cut = 0; cut < len; cut++)
			assert_false(read_text(text, cut, &back, &used));
	}
}

static void
test_refused(void **state)
{
	static const char *const texts[] = {
	    "q 1 1 backfill more\n",
	    "Q1 1 backfill more\n",
	    "Q  1 1 backfill more\n",
	    "Q 0 1 backfill more\n",
	    "Q 1 0 backfill more\n",
	    "Q 01 1 backfill more\n",
	    "Q -1 1 backfill more\n",
	    "Q 1 1 Backfill more\n",
	    "Q 1 1  more\n",
	    "Q 1 1 backfill moreover\n",
	    "Q 1 1 backfill mor\n",
	    "Q 1 1 backfill more \n",
	    "Q 1 1 backfill\n",
	    "Q 9223372036854775808 1 backfill more\n",
	    "Q 99999999999999999999 1 backfill more\n",
	    "Q 1 1 abcdefghijklmnop more\n",
	};
	request_head out;
	size_t used;

	(void) state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(read_text(texts[i], strlen(texts[i]), &out, &used));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
