/*
 * tests/unit/test_reference.c
 *	  Rows that a source transaction refers to: messages are read as documented, and nothing else is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wire/reference.h"

#define ALTERED 20000

static const char items[] = "F"
                            "S\0\5actor\2\010actor_id\x14\012actor_name\x19"
                            "W\6enwiki"
                            "R\0\2\x20\0\0\0\0\0\0\0\5\x14"
                            "Admin"
                            "R\0\2\x20\0\0\0\0\0\0\0\6\1"
                            "S\x81\1\4text\1\1t\x99\x87\1"
                            "R\x81\1\1\0";
#define LENGTH (sizeof(items) - 1)

static void
assert_text(const batch_bytes *bytes, const char *expected)
{
	assert_int_equal(bytes->len, strlen(expected));
	assert_memory_equal(bytes->data, expected, bytes->len);
}

static void
assert_column(reference_item *item, const char *name, uint32_t type)
{
	uint32_t found;
	batch_bytes column = reference_next_column(&item->parts, &found);

	assert_text(&column, name);
	assert_int_equal(found, type);
}

static void
assert_value(reference_item *item, batch_form form, uint32_t len, const char *bytes)
{
	batch_value value = reference_next_value(&item->parts);

	assert_int_equal(value.form, form);
	assert_int_equal(value.len, len);
	assert_memory_equal(value.data, bytes, len);
}

static void
layout_is_as_documented(void **state)
{
	reference_reader r = {.next = items, .end = items + LENGTH};
	reference_item item;

	(void) state;
	assert_true(reference_read(&r, &item));
	assert_int_equal(item.kind, REFERENCE_FORGET);
	assert_true(reference_read(&r, &item));
	assert_int_equal(item.kind, REFERENCE_SHAPE);
	assert_int_equal(item.shape, 0);
	assert_text(&item.text, "actor");
	assert_int_equal(item.count, 2);
	assert_column(&item, "actor_id", 20);
	assert_column(&item, "actor_name", 25);
	assert_int_equal(item.parts.len, 0);
	assert_true(reference_read(&r, &item));
	assert_int_equal(item.kind, REFERENCE_WIKI);
	assert_text(&item.text, "enwiki");
	assert_true(reference_read(&r, &item));
	assert_int_equal(item.kind, REFERENCE_ROW);
	assert_int_equal(item.shape, 0);
	assert_int_equal(item.count, 2);
	assert_value(&item, BATCH_VALUE, 8, "\0\0\0\0\0\0\0\5");
	assert_value(&item, BATCH_VALUE, 5, "Admin");
	assert_true(reference_read(&r, &item));
	assert_value(&item, BATCH_VALUE, 8, "\0\0\0\0\0\0\0\6");
	assert_value(&item, BATCH_NULL, 0, "");
	assert_int_equal(item.parts.len, 0);
	assert_true(reference_read(&r, &item));
	assert_int_equal(item.shape, 129);
	assert_column(&item, "t", 17305);
	assert_true(reference_more(&r));
	assert_true(reference_read(&r, &item));
	assert_int_equal(item.shape, 129);
	assert_value(&item, BATCH_VALUE, 0, "");
	assert_false(reference_more(&r));
	assert_false(reference_read(&r, &item));
}

/* Takes all parts of all items, in memory of exactly the message's size. */
static bool
read_all(const char *data, size_t len)
{
	char *copy = malloc(len + (len == 0));
	reference_reader r = {.next = copy, .end = copy + len};
	volatile unsigned sum = 0;
	reference_item item;
	bool good = true;

	assert_non_null(copy);
	memcpy(copy, data, len);
	while (good && reference_more(&r))
	{
		good = reference_read(&r, &item);
		for (uint32_t i = 0; good && i < item.count; i++)
		{
			uint32_t type;

			if (item.kind == REFERENCE_SHAPE)
				sum += reference_next_column(&item.parts, &type).len;
			else if (item.kind == REFERENCE_ROW)
			{
				batch_value value = reference_next_value(&item.parts);

				for (uint32_t k = 0; k < value.len; k++)
					sum += (unsigned char) value.data[k];
			}
		}
	}
	free(copy);
	return good;
}

static void
cut_messages_stay_inside(void **state)
{
	unsigned good = 0;

	(void) state;
	for (size_t len = 0; len <= LENGTH; len++)
		good += read_all(items, len);
	/* at the ends of items, and of nothing */
	assert_int_equal(good, 8);
}

static void
altered_messages_stay_inside(void **state)
{
	uint64_t seed = 3;
	unsigned good = 0;

	(void) state;
	for (unsigned i = 0; i < ALTERED; i++)
	{
		char altered[LENGTH];

		memcpy(altered, items, LENGTH);
		for (unsigned n = 0; n < 2; n++)
		{
			seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			altered[(seed >> 40) % LENGTH] = (char) (seed >> 33);
		}
		good += read_all(altered, LENGTH);
	}
	assert_true(good > 0 && good < ALTERED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(layout_is_as_documented),
	    cmocka_unit_test(cut_messages_stay_inside),
	    cmocka_unit_test(altered_messages_stay_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
