/*
 * tests/unit/test_batch.c
 *	  Batches of row changes: what is written is read back; whatever the bytes are, reading stays inside of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wire/batch.h"

#define SHAPES 3
#define COLUMNS 8
#define ALTERED 20000

static const char *const names[SHAPES][COLUMNS] = {
    {"wiki_id", "page_id", "page_title", "page_latest"},
    {"wiki_id", "old_id", "old_text"},
    {"a"},
};
static const struct
{
	const char *table;
	uint32_t finds;
	uint32_t columns;
} tables[SHAPES] = {{"page", 2, 4}, {"text", 2, 3}, {"nothing", 0, 1}};

static char large[70000]; /* a value whose length takes three bytes */

#define VALUE(s)                                                                                   \
	{                                                                                              \
		BATCH_VALUE, sizeof(s) - 1, s                                                              \
	}
#define NO_VALUE                                                                                   \
	{                                                                                              \
		BATCH_NULL, 0, ""                                                                          \
	}
#define ABSENT                                                                                     \
	{                                                                                              \
		BATCH_ABSENT, 0, ""                                                                        \
	}

static batch_value key[COLUMNS] = {VALUE("testwiki"), VALUE("\0\0\0\0\0\0\0\1")};
static batch_value row[COLUMNS] = {
    ABSENT, ABSENT, VALUE("Title"), {BATCH_VALUE, sizeof(large), large}};
static batch_value text[COLUMNS] = {VALUE("testwiki"), VALUE("\0\0\0\0\0\0\0\2"), NO_VALUE};
static batch_value empty[COLUMNS] = {VALUE("")};

static const batch_item changes[] = {
    {.kind = BATCH_INSERT, .flags = BATCH_UPSERT, .shape = 1, .set = text},
    {.kind = BATCH_UPDATE, .flags = 0, .shape = 0, .find = key, .set = row},
    {.kind = BATCH_DELETE, .flags = BATCH_MAY_MISS | BATCH_EACH, .shape = 1, .find = text},
    {.kind = BATCH_INSERT, .flags = 0, .shape = 2, .set = empty},
    {.kind = BATCH_INSERT, .flags = BATCH_TELL, .shape = 1, .set = text},
};
#define CHANGES (sizeof(changes) / sizeof(changes[0]))

static const char gtid[] = "0-1-2";
static const char mark[] = "U 0-1-2 1700000000.000001 test 8:testwiki\n";

static char *
next(char *out, size_t size)
{
	return out == NULL ? NULL : out + size;
}

/* Writes a batch with all there is; out may be NULL. */
static size_t
write_all(char *out)
{
	size_t size = batch_write_begin(out, true, SHAPES);

	for (unsigned i = 0; i < SHAPES; i++)
		size += batch_write_shape(next(out, size), "mediawiki", tables[i].table, tables[i].finds,
		                          tables[i].columns, names[i]);
	size += batch_write_text(next(out, size), BATCH_SOURCE, gtid, strlen(gtid));
	for (unsigned i = 0; i < CHANGES; i++)
	{
		const batch_shape shape = {.finds = tables[changes[i].shape].finds,
		                           .columns = tables[changes[i].shape].columns};

		size += batch_write_change(next(out, size), &changes[i], &shape);
	}
	size += batch_write_text(next(out, size), BATCH_END, mark, strlen(mark));
	return size + batch_write_done(next(out, size), CHANGES);
}

/* The batch in memory of exactly its size. */
static char *
make_batch(size_t *size)
{
	char *batch;

	*size = write_all(NULL);
	batch = malloc(*size);
	assert_non_null(batch);
	assert_int_equal(write_all(batch), *size);
	return batch;
}

static unsigned
touch(const char *data, size_t len)
{
	unsigned sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += (unsigned char) data[i];
	return sum;
}

/* Looks at all bytes that the reader hands out. True if the batch is well-formed. */
static bool
read_all(const char *batch, size_t size, uint32_t *changes_read)
{
	static batch_shape shapes[BATCH_SHAPES_MAX];
	static batch_value find[BATCH_COLUMNS_MAX];
	static batch_value set[BATCH_COLUMNS_MAX];
	batch_item item = {.find = find, .set = set};
	volatile unsigned sum = 0;
	uint32_t count;
	batch_reader r;

	if (!batch_begin(&r, batch, size, &count))
		return false;
	for (uint32_t i = 0; i < count; i++)
	{
		batch_bytes left;

		if (!batch_read_shape(&r, &shapes[i]))
			return false;
		left = shapes[i].names;
		for (uint32_t c = 0; c < shapes[i].columns; c++)
		{
			batch_bytes name = batch_next_name(&left);

			sum += touch(name.data, name.len);
		}
		assert_int_equal(left.len, 0);
	}
	do
	{
		if (!batch_read_item(&r, shapes, count, &item))
		{
			assert_non_null(r.why);
			assert_true(batch_offset(&r) <= size);
			return false;
		}
		if (item.kind == BATCH_SOURCE || item.kind == BATCH_END)
			sum += touch(item.text.data, item.text.len);
		if (item.kind == BATCH_UPDATE || item.kind == BATCH_DELETE)
			for (uint32_t i = 0; i < shapes[item.shape].finds; i++)
				sum += touch(find[i].data, find[i].len);
		if (item.kind == BATCH_UPDATE || item.kind == BATCH_INSERT)
			for (uint32_t i = 0; i < shapes[item.shape].columns; i++)
				sum += touch(set[i].data, set[i].len);
	} while (item.kind != BATCH_DONE);
	*changes_read = r.changes;
	return true;
}

/* ---- tests ---- */

static void
assert_values_equal(const batch_value *a, const batch_value *b, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
	{
		assert_int_equal(a[i].form, b[i].form);
		assert_int_equal(a[i].len, b[i].len);
		assert_memory_equal(a[i].data, b[i].data, a[i].len);
	}
}

static void
assert_text(const batch_bytes *bytes, const char *expected)
{
	assert_int_equal(bytes->len, strlen(expected));
	assert_memory_equal(bytes->data, expected, bytes->len);
}

static void
batches_come_back(void **state)
{
	batch_value find[COLUMNS];
	batch_value set[COLUMNS];
	batch_item item = {.find = find, .set = set};
	batch_shape shapes[SHAPES];
	uint32_t count;
	batch_reader r;
	size_t size;
	char *batch = make_batch(&size);

	(void) state;
	assert_true(batch_begin(&r, batch, size, &count));
	assert_int_equal(count, SHAPES);
	assert_true(r.whole);
	for (unsigned i = 0; i < SHAPES; i++)
	{
		batch_bytes left;

		assert_true(batch_read_shape(&r, &shapes[i]));
		assert_text(&shapes[i].schema, "mediawiki");
		assert_text(&shapes[i].table, tables[i].table);
		assert_int_equal(shapes[i].finds, tables[i].finds);
		assert_int_equal(shapes[i].columns, tables[i].columns);
		left = shapes[i].names;
		for (uint32_t c = 0; c < shapes[i].columns; c++)
		{
			batch_bytes name = batch_next_name(&left);

			assert_text(&name, names[i][c]);
		}
	}
	assert_true(batch_read_item(&r, shapes, SHAPES, &item));
	assert_int_equal(item.kind, BATCH_SOURCE);
	assert_text(&item.text, gtid);
	for (unsigned i = 0; i < CHANGES; i++)
	{
		assert_true(batch_read_item(&r, shapes, SHAPES, &item));
		assert_int_equal(r.changes, i + 1);
		assert_int_equal(item.kind, changes[i].kind);
		assert_int_equal(item.flags, changes[i].flags);
		assert_int_equal(item.shape, changes[i].shape);
		if (item.kind != BATCH_INSERT)
			assert_values_equal(find, changes[i].find, shapes[item.shape].finds);
		if (item.kind != BATCH_DELETE)
			assert_values_equal(set, changes[i].set, shapes[item.shape].columns);
	}
	assert_true(batch_read_item(&r, shapes, SHAPES, &item));
	assert_int_equal(item.kind, BATCH_END);
	assert_text(&item.text, mark);
	assert_true(batch_read_item(&r, shapes, SHAPES, &item));
	assert_int_equal(item.kind, BATCH_DONE);
	assert_int_equal(batch_offset(&r), size);
	free(batch);
}

static void
layout_is_as_documented(void **state)
{
	static const char expected[] = "\1\0\1"
	                               "\1m\1t\1\2\1a\1b"
	                               "G\0050-1-2"
	                               "U\2\0"
	                               "\4k"
	                               "\2\4x"
	                               "Z\1";
	static const char *const columns[] = {"a", "b"};
	batch_value find[] = {VALUE("k")};
	batch_value set[] = {ABSENT, VALUE("x")};
	const batch_item item = {
	    .kind = BATCH_UPDATE, .flags = BATCH_MAY_MISS, .find = find, .set = set};
	const batch_shape shape = {.finds = 1, .columns = 2};
	char out[64];
	size_t size;

	(void) state;
	size = batch_write_begin(out, false, 1);
	size += batch_write_shape(out + size, "m", "t", 1, 2, columns);
	size += batch_write_text(out + size, BATCH_SOURCE, gtid, strlen(gtid));
	size += batch_write_change(out + size, &item, &shape);
	size += batch_write_done(out + size, 1);
	assert_int_equal(size, sizeof(expected) - 1);
	assert_memory_equal(out, expected, size);
}

static void
cut_batches_are_refused(void **state)
{
	uint32_t ignored;
	size_t size;
	char *batch = make_batch(&size);
	const size_t head = size - sizeof(large);

	(void) state;
	assert_true(read_all(batch, size, &ignored));
	for (size_t len = 0; len<size; len += len> head / 2 && len < size - head ? 997 : 1)
	{
		/* of its own size, so that reading beyond is seen */
		char *cut = malloc(len + (len == 0));

		assert_non_null(cut);
		memcpy(cut, batch, len);
		assert_false(read_all(cut, len, &ignored));
		free(cut);
	}
	free(batch);
}

static void
longer_batches_are_refused(void **state)
{
	uint32_t ignored;
	size_t size;
	char *batch = make_batch(&size);
	char *longer = malloc(size + 1);

	(void) state;
	assert_non_null(longer);
	memcpy(longer, batch, size);
	longer[size] = BATCH_DONE;
	assert_false(read_all(longer, size + 1, &ignored));
	free(longer);
	free(batch);
}

/* The same numbers each time. */
static uint32_t
random_number(uint64_t *seed, uint32_t below)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t) (*seed >> 33) % below;
}

static void
altered_batches_stay_inside(void **state)
{
	uint64_t seed = 1;
	uint32_t changes_read;
	unsigned good = 0;
	unsigned bad = 0;
	size_t size;
	char *batch = make_batch(&size);
	const size_t head = size - sizeof(large); /* all that is not the large value is near the ends */

	(void) state;
	for (unsigned i = 0; i < ALTERED; i++)
	{
		size_t len =
		    random_number(&seed, 8) == 0 ? random_number(&seed, (uint32_t) size) + 1 : size;
		char *altered = malloc(len);

		assert_non_null(altered);
		memcpy(altered, batch, len);
		for (uint32_t n = random_number(&seed, 4); n < 4; n++)
		{
			size_t at = random_number(&seed, (uint32_t) head);

			if (random_number(&seed, 2) == 0)
				at = size - 1 - at;
			if (at < len)
				altered[at] = (char) (random_number(&seed, 2) == 0 ? random_number(&seed, 256)
				                                                   : random_number(&seed, 8));
		}
		if (read_all(altered, len, &changes_read))
			good++;
		else
			bad++;
		free(altered);
	}
	/* it would prove little if all were refused, or none */
	assert_true(good > ALTERED / 100);
	assert_true(bad > ALTERED / 10);
	free(batch);
}

static void
made_up_batches_stay_inside(void **state)
{
	static const char alphabet[] = "GEIUDZ\0\1\2\3\4\5\6\7\x80\xFF";
	uint64_t seed = 2;
	uint32_t ignored;

	(void) state;
	for (unsigned i = 0; i < ALTERED; i++)
	{
		size_t len = random_number(&seed, 60) + 1;
		char *batch = malloc(len);

		assert_non_null(batch);
		for (size_t k = 0; k < len; k++)
			batch[k] = alphabet[random_number(&seed, sizeof(alphabet) - 1)];
		batch[0] = BATCH_VERSION;
		read_all(batch, len, &ignored);
		free(batch);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(batches_come_back),
	    cmocka_unit_test(layout_is_as_documented),
	    cmocka_unit_test(cut_batches_are_refused),
	    cmocka_unit_test(longer_batches_are_refused),
	    cmocka_unit_test(altered_batches_stay_inside),
	    cmocka_unit_test(made_up_batches_stay_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
