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

#include "wire/names.h"
#include "wire/reference.h"

#define ALTERED 20000

static const char items[] = "F"
                            "S\0\x17\2\x19\x14\x1d\x19"
                            "W\6enwiki"
                            "R\0\2\x20\xff\0\0\0\0\0\0\5\x14"
                            "Admin"
                            "R\0\2\x0a\1\2\1"
                            "S\x81\1\010text\1\2t\x99\x87\1"
                            "R\x81\1\1\0"
                            "R\x81\1\1\2"
                            "L\2\xa5\1\012other"
                            "T\0050-1-5\2\xa5\1\0\012other\004mine";
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
assert_value(reference_item *item, reference_form form, uint32_t len, const char *bytes)
{
	reference_value value = reference_next_value(&item->parts);

	assert_int_equal(value.form, form);
	assert_int_equal(value.bytes.len, len);
	assert_memory_equal(value.bytes.data, bytes, len);
}

static void
assert_integer(reference_item *item, int64_t integer)
{
	reference_value value = reference_next_value(&item->parts);

	assert_int_equal(value.form, REFERENCE_INTEGER);
	assert_true(value.integer == integer);
}

static void
layout_is_as_documented(void **state)
{
	reference_reader r = {.next = items, .end = items + LENGTH};
	reference_item item;
	batch_bytes topic;
	batch_bytes name;

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
	assert_value(&item, REFERENCE_VALUE, 8, "\xff\0\0\0\0\0\0\5");
	assert_value(&item, REFERENCE_VALUE, 5, "Admin");
	assert_true(reference_read(&r, &item));
	assert_integer(&item, 258);
	assert_value(&item, REFERENCE_NULL, 0, "");
	assert_int_equal(item.parts.len, 0);
	assert_true(reference_read(&r, &item));
	assert_int_equal(item.shape, 129);
	assert_column(&item, "t", 17305);
	assert_true(reference_more(&r));
	assert_true(reference_read(&r, &item));
	assert_int_equal(item.shape, 129);
	assert_value(&item, REFERENCE_VALUE, 0, "");
	assert_true(reference_read(&r, &item));
	assert_integer(&item, 0);
	assert_true(reference_read(&r, &item));
	assert_int_equal(item.kind, REFERENCE_LACKING);
	assert_int_equal(item.count, 2);
	name = reference_next_name(&item.parts);
	assert_text(&name, "mediawiki.recentchange");
	name = reference_next_name(&item.parts);
	assert_text(&name, "other");
	assert_int_equal(item.parts.len, 0);
	assert_true(reference_read(&r, &item));
	assert_int_equal(item.kind, REFERENCE_TOLD);
	assert_text(&item.text, "0-1-5");
	assert_int_equal(item.count, 2);
	name = reference_next_stream(&item.parts, &topic);
	assert_text(&name, "mediawiki.recentchange");
	assert_text(&topic, "");
	name = reference_next_stream(&item.parts, &topic);
	assert_text(&name, "other");
	assert_text(&topic, "mine");
	assert_int_equal(item.parts.len, 0);
	assert_false(reference_more(&r));
	assert_false(reference_read(&r, &item));
}

static void
what_is_written_is_read(void **state)
{
	static const char *const names[] = {"actor_id", "t", "ar_sha1"};
	static const char *const topics[] = {"", "x", "a.topic"};
	static const uint32_t types[] = {20, 17305, 25};
	static const int64_t integers[] = {0, 1, 0xFF, 0x100, INT32_MAX, INT64_MAX >> 7, INT64_MAX};
	char bytes[256];
	size_t len = reference_write_shape(bytes, 129, "text", 3, names, types);
	reference_reader r = {.next = bytes, .end = bytes + len};
	reference_item item;

	(void) state;
	assert_int_equal(reference_write_shape(NULL, 129, "text", 3, names, types), len);
	assert_true(reference_read(&r, &item));
	assert_int_equal(item.shape, 129);
	assert_text(&item.text, "text");
	for (unsigned i = 0; i < 3; i++)
		assert_column(&item, names[i], types[i]);
	assert_int_equal(item.parts.len, 0);
	len = reference_write_lacking(bytes, 3, names);
	assert_int_equal(reference_write_lacking(NULL, 3, names), len);
	r = (reference_reader){.next = bytes, .end = bytes + len};
	assert_true(reference_read(&r, &item));
	assert_int_equal(item.kind, REFERENCE_LACKING);
	for (unsigned i = 0; i < 3; i++)
	{
		batch_bytes name = reference_next_name(&item.parts);

		assert_text(&name, names[i]);
	}
	assert_false(reference_more(&r));
	len = reference_write_told(bytes, "0-1-5,1-1-7", 3, names, topics);
	assert_int_equal(reference_write_told(NULL, "0-1-5,1-1-7", 3, names, topics), len);
	r = (reference_reader){.next = bytes, .end = bytes + len};
	assert_true(reference_read(&r, &item));
	assert_text(&item.text, "0-1-5,1-1-7");
	for (unsigned i = 0; i < 3; i++)
	{
		batch_bytes topic;
		batch_bytes name = reference_next_stream(&item.parts, &topic);

		assert_text(&name, names[i]);
		assert_text(&topic, topics[i]);
	}
	assert_false(reference_more(&r));
	for (unsigned i = 0; i < sizeof(integers) / sizeof(integers[0]); i++)
	{
		char row[3 + REFERENCE_INTEGER_MAX] = {'R', 0, 1};

		len = reference_write_integer(row + 3, integers[i]);
		assert_int_equal(reference_write_integer(NULL, integers[i]), len);
		assert_true(len <= REFERENCE_INTEGER_MAX);
		r = (reference_reader){.next = row, .end = row + 3 + len};
		assert_true(reference_read(&r, &item));
		assert_integer(&item, integers[i]);
		assert_false(reference_more(&r));
	}
}

/* They are in the WAL of running mirrors. */
static void
names_keep_their_numbers(void **state)
{
	(void) state;
	assert_string_equal(names_get(0), "revision");
	assert_string_equal(names_get(11), "actor");
	assert_string_equal(names_get(37), "page");
	assert_string_equal(names_get(81), "ar_sha1");
	assert_string_equal(names_get(82), "mediawiki.recentchange");
	assert_string_equal(names_get(87), "mediawiki.user_change.v1");
	for (uint32_t number = 0; names_get(number) != NULL; number++)
		assert_int_equal(names_number(names_get(number)), number);
	assert_null(names_get(NAMES_NONE));
	assert_int_equal(names_number("wiki_id"), NAMES_NONE);
}

static void
malformed_items_are_refused(void **state)
{
	static const struct
	{
		const char *bytes;
		size_t len;
	} cases[] = {
	    {"S\0\0\0", 4},                      /* a table without a name */
	    {"S\0\xff\3\0", 5},                  /* a name's number that is not given */
	    {"R\0\1\5x", 5},                     /* NULL with bytes */
	    {"R\0\1\3", 4},                      /* no form */
	    {"L\2\2x", 4},                       /* a name less than was said */
	    {"R\0\1\x22\x80\0\0\0\0\0\0\0", 12}, /* an integer beyond 2^63 */
	    {"R\0\1\x26\0\0\0\0\0\0\0\0\0", 13}, /* of nine bytes */
	};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		reference_reader r = {.next = cases[i].bytes, .end = cases[i].bytes + cases[i].len};
		reference_item item;

		assert_false(reference_read(&r, &item));
	}
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
				reference_value value = reference_next_value(&item.parts);

				for (uint32_t k = 0; k < value.bytes.len; k++)
					sum += (unsigned char) value.bytes.data[k];
			}
			else if (item.kind == REFERENCE_LACKING)
				sum += reference_next_name(&item.parts).len;
			else if (item.kind == REFERENCE_TOLD)
			{
				batch_bytes topic;

				sum += reference_next_stream(&item.parts, &topic).len + topic.len;
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
	assert_int_equal(good, 11);
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
	    cmocka_unit_test(layout_is_as_documented),  cmocka_unit_test(what_is_written_is_read),
	    cmocka_unit_test(names_keep_their_numbers), cmocka_unit_test(malformed_items_are_refused),
	    cmocka_unit_test(cut_messages_stay_inside), cmocka_unit_test(altered_messages_stay_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
