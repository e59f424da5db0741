/*
 * tests/unit/test_copy_map.c
 *	  Which rows of a table that is being copied are applied, by key and GTID.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "capture.h"
#include "copy/map.h"

#define WIKI "enwiki"
#define BYTES(text) text, sizeof(text) - 1

/* ---- what a test writes ---- */

static copy_entry *
put_table(copy_map *m, const char *table, const char *kind, const char *state, const char *settled,
          size_t settled_len)
{
	static int64_t begun;
	copy_table_row row = {.wiki_id = WIKI,
	                      .table = table,
	                      .begun = ++begun,
	                      .mode = "first",
	                      .state = state,
	                      .key_column = kind == NULL ? NULL : "k",
	                      .key_kind = kind,
	                      .settled_upper = settled,
	                      .settled_len = settled_len};
	copy_entry *e;

	assert_int_equal(copy_map_put(m, &row, &e), STATUS_OK);
	return e;
}

static void
put_chunk(copy_entry *e, int ordinal, const char *lower, size_t lower_len, const char *upper,
          size_t upper_len, const char *gtid_pos)
{
	copy_chunk_row row = {.ordinal = ordinal,
	                      .lower = lower,
	                      .lower_len = lower_len,
	                      .upper = upper,
	                      .upper_len = upper_len,
	                      .state = gtid_pos == NULL ? "reading" : "copied",
	                      .gtid_pos = gtid_pos};

	assert_int_equal(copy_entry_put_chunk(e, &row), STATUS_OK);
}

static void
put_numbers(copy_entry *e, int ordinal, const char *lower, const char *upper, const char *gtid_pos)
{
	put_chunk(e, ordinal, lower, lower == NULL ? 0 : strlen(lower), upper,
	          upper == NULL ? 0 : strlen(upper), gtid_pos);
}

/* The answer as a letter: Apply, Leave, Wait. */
static char
letter(copy_answer answer)
{
	return answer == COPY_APPLY ? 'A' : answer == COPY_LEAVE ? 'L' : 'W';
}

static char
answer_value(const copy_entry *e, const value *v, uint64_t sequence)
{
	const gtid id = {0, 1, sequence};
	copy_chunk *chunk;
	copy_key key;

	assert_true(copy_entry_key(e, v, &key));
	return letter(copy_entry_answer(e, &key, &id, &chunk));
}

static char
answer_int(const copy_entry *e, int64_t i, uint64_t sequence)
{
	const value v = {.kind = VALUE_INT, .i = i};

	return answer_value(e, &v, sequence);
}

static char
answer_uint(const copy_entry *e, uint64_t u, uint64_t sequence)
{
	const value v = {.kind = VALUE_UINT, .u = u};

	return answer_value(e, &v, sequence);
}

static char
answer_bytes(const copy_entry *e, const char *data, size_t len, uint64_t sequence)
{
	const value v = {.kind = VALUE_BYTES, .bytes = {data, len}};

	return answer_value(e, &v, sequence);
}

/* ---- tests ---- */

static void
a_chunk_has_its_bounds(void **state)
{
	copy_map *m = copy_map_create();
	copy_entry *e = put_table(m, "page", "integer", "copying", NULL, 0);

	(void) state;
	assert_true(copy_entry_is_blank(e));
	assert_int_equal(answer_int(e, 5, 1), 'L');
	put_numbers(e, 1, NULL, "10", "0-1-100");
	assert_false(copy_entry_is_blank(e));
	put_numbers(e, 2, "10", "20", NULL);
	put_numbers(e, 3, "20", "30", "0-1-200");

	/* open below; the lower bound is in it, the upper is not */
	assert_int_equal(answer_int(e, INT64_MIN, 101), 'A');
	assert_int_equal(answer_int(e, 9, 100), 'L');
	assert_int_equal(answer_int(e, 9, 101), 'A');
	assert_int_equal(answer_int(e, 10, 101), 'W');
	assert_int_equal(answer_int(e, 19, 1), 'W');
	assert_int_equal(answer_int(e, 20, 200), 'L');
	assert_int_equal(answer_int(e, 29, 201), 'A');
	/* not copied yet */
	assert_int_equal(answer_int(e, 30, 201), 'L');
	assert_int_equal(answer_int(e, INT64_MAX, 201), 'L');

	/* the last one is open above */
	put_numbers(e, 4, "30", NULL, "0-1-300");
	assert_int_equal(answer_int(e, INT64_MAX, 300), 'L');
	assert_int_equal(answer_uint(e, UINT64_MAX, 301), 'A');
	copy_map_destroy(m);
}

static void
a_copied_table_without_chunks_is_applied(void **state)
{
	copy_map *m = copy_map_create();
	copy_entry *e = put_table(m, "page", "integer", "copied", NULL, 0);

	(void) state;
	assert_false(copy_entry_is_blank(e));
	assert_int_equal(answer_int(e, 5, 1), 'A');
	put_numbers(e, 7, "100", NULL, "0-1-9");
	assert_int_equal(answer_int(e, 100, 9), 'L');
	assert_int_equal(answer_int(e, 100, 10), 'A');
	e = put_table(m, "page", "integer", "copied", BYTES("100"));
	assert_int_equal(answer_int(e, 100, 1), 'A');
	copy_map_destroy(m);
}

static void
below_what_is_settled_all_is_applied(void **state)
{
	copy_map *m = copy_map_create();
	copy_entry *e = put_table(m, "page", "integer", "copying", BYTES("20"));

	(void) state;
	assert_false(copy_entry_is_blank(e));
	assert_int_equal(answer_int(e, 19, 1), 'A');
	assert_int_equal(answer_int(e, 20, 1), 'L');
	put_numbers(e, 3, "20", "30", "0-1-200");
	assert_int_equal(answer_int(e, 19, 1), 'A');
	assert_int_equal(answer_int(e, 20, 1), 'L');
	assert_int_equal(answer_int(e, 20, 201), 'A');
	copy_map_destroy(m);
}

static void
numbers_of_any_width_and_sign(void **state)
{
	copy_map *m = copy_map_create();
	copy_entry *e = put_table(m, "signed", "integer", "copying", NULL, 0);

	(void) state;
	put_numbers(e, 1, NULL, "-9223372036854775807", "0-1-1");
	put_numbers(e, 2, "-9223372036854775807", "-5", "0-1-2");
	put_numbers(e, 3, "-5", "0", "0-1-3");
	put_numbers(e, 4, "0", "9", "0-1-4");
	put_numbers(e, 5, "9", "100", "0-1-5");
	put_numbers(e, 6, "100", "18446744073709551615", "0-1-6");
	put_numbers(e, 7, "18446744073709551615", NULL, "0-1-7");
	/* sequence n is left out by chunks from n on */
	assert_int_equal(answer_int(e, INT64_MIN, 1), 'L');
	assert_int_equal(answer_int(e, INT64_MIN, 2), 'A');
	assert_int_equal(answer_int(e, INT64_MIN + 1, 2), 'L');
	assert_int_equal(answer_int(e, -6, 3), 'A');
	assert_int_equal(answer_int(e, -5, 3), 'L');
	assert_int_equal(answer_int(e, -1, 3), 'L');
	assert_int_equal(answer_int(e, 0, 4), 'L');
	assert_int_equal(answer_uint(e, 0, 5), 'A');
	/* as numbers, not as texts */
	assert_int_equal(answer_int(e, 10, 5), 'L');
	assert_int_equal(answer_int(e, 10, 6), 'A');
	/* signed and unsigned of the same bits are not the same */
	assert_int_equal(answer_uint(e, (uint64_t) INT64_MAX + 1, 6), 'L');
	assert_int_equal(answer_uint(e, (uint64_t) INT64_MAX + 1, 7), 'A');
	assert_int_equal(answer_uint(e, UINT64_MAX - 1, 7), 'A');
	assert_int_equal(answer_uint(e, UINT64_MAX, 7), 'L');
	assert_int_equal(answer_int(e, -1, 4), 'A');
	copy_map_destroy(m);
}

static void
bytes_are_compared_as_they_are(void **state)
{
	copy_map *m = copy_map_create();
	copy_entry *e = put_table(m, "job", "bytes", "copying", NULL, 0);

	(void) state;
	put_chunk(e, 1, NULL, 0, BYTES(""), "0-1-1"); /* nothing can be in it */
	put_chunk(e, 2, BYTES(""), BYTES("a"), "0-1-2");
	put_chunk(e, 3, BYTES("a"), BYTES("a\0"), "0-1-3");
	put_chunk(e, 4, BYTES("a\0"), BYTES("a\0\0"), "0-1-4");
	put_chunk(e, 5, BYTES("a\0\0"), BYTES("\x80"), "0-1-5");
	put_chunk(e, 6, BYTES("\x80"), BYTES("\xff"), "0-1-6");
	put_chunk(e, 7, BYTES("\xff"), NULL, 0, "0-1-7");
	assert_int_equal(answer_bytes(e, BYTES(""), 2), 'L');
	assert_int_equal(answer_bytes(e, BYTES(""), 3), 'A');
	assert_int_equal(answer_bytes(e, BYTES("\0"), 2), 'L');
	assert_int_equal(answer_bytes(e, BYTES("A"), 3), 'A');
	assert_int_equal(answer_bytes(e, BYTES("a"), 3), 'L');
	assert_int_equal(answer_bytes(e, BYTES("a"), 4), 'A');
	assert_int_equal(answer_bytes(e, BYTES("a\0"), 4), 'L');
	assert_int_equal(answer_bytes(e, BYTES("a\0"), 5), 'A');
	assert_int_equal(answer_bytes(e, BYTES("a\0\0"), 5), 'L');
	assert_int_equal(answer_bytes(e, BYTES("a\1"), 5), 'L');
	assert_int_equal(answer_bytes(e, BYTES("\x7f"), 6), 'A');
	assert_int_equal(answer_bytes(e, BYTES("\x80"), 6), 'L');
	assert_int_equal(answer_bytes(e, BYTES("\xff\xff"), 7), 'L');
	copy_map_destroy(m);
}

static void
a_table_without_a_key_is_one_chunk(void **state)
{
	const gtid before = {0, 1, 5};
	const gtid after = {0, 1, 6};
	copy_map *m = copy_map_create();
	copy_entry *e = put_table(m, "oldimage", NULL, "copying", NULL, 0);
	copy_chunk *chunk;

	(void) state;
	assert_int_equal(copy_entry_answer(e, NULL, &before, &chunk), COPY_LEAVE);
	put_chunk(e, 1, NULL, 0, NULL, 0, NULL);
	assert_int_equal(copy_entry_answer(e, NULL, &before, &chunk), COPY_WAIT);
	assert_int_equal(chunk->ordinal, 1);
	assert_int_equal(copy_entry_set_copied(e, chunk, "0-1-5"), STATUS_OK);
	assert_int_equal(copy_entry_answer(e, NULL, &before, &chunk), COPY_LEAVE);
	assert_int_equal(copy_entry_answer(e, NULL, &after, &chunk), COPY_APPLY);
	copy_map_destroy(m);
}

static void
a_dead_reader_leaves_its_chunk_out(void **state)
{
	const value v = {.kind = VALUE_INT, .i = 5};
	const gtid id = {0, 1, 5};
	copy_map *m = copy_map_create();
	copy_entry *e = put_table(m, "page", "integer", "copying", NULL, 0);
	copy_chunk *chunk;
	copy_key key;

	(void) state;
	put_numbers(e, 1, NULL, "10", NULL);
	assert_true(copy_entry_key(e, &v, &key));
	assert_int_equal(copy_entry_answer(e, &key, &id, &chunk), COPY_WAIT);
	chunk->state = COPY_CHUNK_DEAD;
	assert_int_equal(copy_entry_answer(e, &key, &id, &chunk), COPY_LEAVE);
	/* announced again */
	put_numbers(e, 1, NULL, "10", NULL);
	assert_int_equal(e->count, 1);
	assert_int_equal(copy_entry_answer(e, &key, &id, &chunk), COPY_WAIT);
	assert_int_equal(copy_entry_set_copied(e, chunk, "0-1-4,1-1-9"), STATUS_OK);
	assert_int_equal(copy_entry_answer(e, &key, &id, &chunk), COPY_APPLY);
	copy_map_destroy(m);
}

static void
chunks_come_in_any_order(void **state)
{
	static const int orders[][3] = {{1, 2, 3}, {3, 2, 1}, {2, 3, 1}, {3, 1, 2}};
	static const char *const bounds[] = {NULL, "10", "20", NULL};
	static const char *const positions[] = {"0-1-1", "0-1-2", "0-1-3"};

	(void) state;
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
	{
		copy_map *m = copy_map_create();
		copy_entry *e = put_table(m, "page", "integer", "copying", NULL, 0);

		for (int j = 0; j < 3; j++)
		{
			const int n = orders[i][j];

			put_numbers(e, n, bounds[n - 1], bounds[n], positions[n - 1]);
		}
		assert_int_equal(answer_int(e, 0, 1), 'L');
		assert_int_equal(answer_int(e, 0, 2), 'A');
		assert_int_equal(answer_int(e, 10, 2), 'L');
		assert_int_equal(answer_int(e, 10, 3), 'A');
		assert_int_equal(answer_int(e, 20, 3), 'L');
		assert_int_equal(answer_int(e, 20, 4), 'A');
		copy_map_destroy(m);
	}
}

/* Two workers have announced, a third not yet: between them is a hole. */
static void
a_hole_between_chunks_is_left_out(void **state)
{
	copy_map *m = copy_map_create();
	copy_entry *e = put_table(m, "page", "integer", "copying", NULL, 0);

	(void) state;
	put_numbers(e, 1, NULL, "10", "0-1-1");
	put_numbers(e, 3, "20", "30", "0-1-1");
	assert_int_equal(answer_int(e, 15, 9), 'L');
	assert_int_equal(answer_int(e, 9, 9), 'A');
	assert_int_equal(answer_int(e, 20, 9), 'A');
	copy_map_destroy(m);
}

static void
another_domain_is_not_covered(void **state)
{
	const value v = {.kind = VALUE_INT, .i = 5};
	const gtid other = {1, 1, 1};
	copy_map *m = copy_map_create();
	copy_entry *e = put_table(m, "page", "integer", "copying", NULL, 0);
	copy_chunk *chunk;
	copy_key key;

	(void) state;
	put_numbers(e, 1, NULL, NULL, "0-1-100");
	assert_true(copy_entry_key(e, &v, &key));
	assert_int_equal(copy_entry_answer(e, &key, &other, &chunk), COPY_APPLY);
	copy_map_destroy(m);
}

static void
a_value_of_another_kind_is_no_key(void **state)
{
	const value absent = {.kind = VALUE_ABSENT};
	const value null = {.kind = VALUE_NULL};
	const value bytes = {.kind = VALUE_BYTES, .bytes = {"1", 1}};
	const value number = {.kind = VALUE_UINT, .u = 1};
	copy_map *m = copy_map_create();
	copy_entry *e = put_table(m, "page", "integer", "copying", NULL, 0);
	copy_entry *b = put_table(m, "job", "bytes", "copying", NULL, 0);
	copy_key key;

	(void) state;
	assert_false(copy_entry_key(e, &absent, &key));
	assert_false(copy_entry_key(e, &null, &key));
	assert_false(copy_entry_key(e, &bytes, &key));
	assert_false(copy_entry_key(b, &number, &key));
	assert_false(copy_entry_key(b, &absent, &key));
	copy_map_destroy(m);
}

static void
tables_are_found_by_wiki_and_name(void **state)
{
	copy_map *m = copy_map_create();
	char name[16];

	(void) state;
	assert_null(copy_map_find(m, WIKI, "page"));
	for (int i = 0; i < 300; i++)
	{
		/* in no order */
		snprintf(name, sizeof(name), "t%03d", i * 7 % 300);
		put_table(m, name, "integer", "copying", NULL, 0);
	}
	assert_int_equal(copy_map_count(m), 300);
	for (int i = 0; i < 300; i++)
	{
		snprintf(name, sizeof(name), "t%03d", i);
		assert_string_equal(copy_map_find(m, WIKI, name)->table, name);
		assert_string_equal(copy_map_at(m, (size_t) i)->table, name);
		assert_null(copy_map_find(m, "dewiki", name));
	}
	copy_map_remove(m, WIKI, "t100");
	copy_map_remove(m, WIKI, "t100");
	copy_map_remove(m, "zwiki", "t101");
	assert_int_equal(copy_map_count(m), 299);
	assert_null(copy_map_find(m, WIKI, "t100"));
	assert_non_null(copy_map_find(m, WIKI, "t101"));
	copy_map_destroy(m);
}

/* A copy that begins anew: a table that is put again has no chunks. */
static void
a_table_that_is_put_again_is_another(void **state)
{
	copy_map *m = copy_map_create();
	copy_entry *e = put_table(m, "page", "integer", "copying", NULL, 0);

	(void) state;
	put_numbers(e, 1, NULL, "10", "0-1-1");
	assert_int_equal(answer_int(e, 5, 9), 'A');
	e = put_table(m, "page", "integer", "waiting", NULL, 0);
	assert_int_equal(copy_map_count(m), 1);
	assert_int_equal(answer_int(e, 5, 9), 'L');
	copy_map_destroy(m);
}

/* Settling: of the same copy the chunks that are left stay as they are known. */
static void
a_table_whose_chunks_settle(void **state)
{
	copy_map *m = copy_map_create();
	copy_table_row row = {.wiki_id = WIKI,
	                      .table = "page",
	                      .mode = "first",
	                      .state = "copying",
	                      .key_column = "k",
	                      .key_kind = "integer",
	                      .begun = 7,
	                      .next_settled = 1};
	copy_entry *e;

	(void) state;
	assert_int_equal(copy_map_put(m, &row, &e), STATUS_OK);
	put_numbers(e, 1, NULL, "10", "0-1-1");
	put_numbers(e, 2, "10", "20", "0-1-1");
	put_numbers(e, 3, "20", "30", NULL);
	e->chunks[2]->state = COPY_CHUNK_DEAD;
	row.next_settled = 2;
	row.settled_upper = "10";
	row.settled_len = 2;
	assert_int_equal(copy_map_put(m, &row, &e), STATUS_OK);
	assert_int_equal(e->count, 2);
	assert_int_equal(answer_int(e, 5, 1), 'A');
	assert_int_equal(answer_int(e, 15, 1), 'L');
	assert_int_equal(answer_int(e, 15, 2), 'A');
	assert_int_equal(answer_int(e, 25, 2), 'L');
	put_numbers(e, 4, "30", NULL, NULL);
	assert_int_equal(answer_int(e, 35, 2), 'W');
	row.begun = 8;
	assert_int_equal(copy_map_put(m, &row, &e), STATUS_OK);
	assert_int_equal(e->count, 0);
	copy_map_destroy(m);
}

static void
put_range(copy_entry *e, bool one_key, const char *lower, const char *upper)
{
	copy_range_row row = {.one_key = one_key,
	                      .lower = lower,
	                      .lower_len = lower == NULL ? 0 : strlen(lower),
	                      .upper = upper,
	                      .upper_len = upper == NULL ? 0 : strlen(upper)};

	assert_int_equal(copy_entry_put_range(e, &row), STATUS_OK);
}

/* Left out, whatever is copied of them. */
static void
what_is_to_be_compared_is_left_out(void **state)
{
	static const char *const keys[] = {"7", "-3", "5", "18446744073709551615", "6", "100"};
	const gtid_list position = {0};
	const gtid id = {0, 1, 9};
	copy_map *m = copy_map_create();
	copy_entry *e = put_table(m, "page", "integer", "copied", NULL, 0);
	copy_chunk *chunk;

	(void) state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		put_range(e, true, keys[i], NULL);
	assert_int_equal(answer_int(e, -3, 9), 'L');
	assert_int_equal(answer_int(e, 4, 9), 'A');
	assert_int_equal(answer_int(e, 5, 9), 'L');
	assert_int_equal(answer_int(e, 6, 9), 'L');
	assert_int_equal(answer_int(e, 7, 9), 'L');
	assert_int_equal(answer_int(e, 8, 9), 'A');
	assert_int_equal(answer_int(e, 100, 9), 'L');
	assert_int_equal(answer_int(e, 101, 9), 'A');
	assert_false(copy_entry_is_behind(e, &position));
	put_range(e, false, "200", "300");
	put_range(e, false, NULL, "-10");
	assert_int_equal(answer_int(e, 199, 9), 'A');
	assert_int_equal(answer_int(e, 200, 9), 'L');
	assert_int_equal(answer_int(e, 300, 9), 'A');
	assert_int_equal(answer_int(e, -11, 9), 'L');
	assert_int_equal(answer_int(e, -10, 9), 'A');
	assert_int_equal(answer_int(e, 5, 9), 'L');
	e = put_table(m, "page", "integer", "copied", NULL, 0);
	assert_int_equal(answer_int(e, 5, 9), 'A');
	assert_true(copy_entry_is_behind(e, &position));
	/* of a table without key all of it */
	e = put_table(m, "old", NULL, "copied", NULL, 0);
	put_range(e, false, NULL, NULL);
	assert_int_equal(copy_entry_answer(e, NULL, &id, &chunk), COPY_LEAVE);
	copy_map_destroy(m);
}

static char
answer_all(const copy_entry *e, uint64_t sequence)
{
	const gtid id = {0, 1, sequence};

	return letter(copy_entry_answer_all(e, &id));
}

static void
what_empties_a_table(void **state)
{
	copy_map *m = copy_map_create();
	copy_entry *e = put_table(m, "page", "integer", "copying", NULL, 0);

	(void) state;
	/* what is not copied yet is read behind it */
	assert_int_equal(answer_all(e, 5), 'L');
	put_numbers(e, 1, NULL, "10", "0-1-6");
	assert_int_equal(answer_all(e, 6), 'L');
	assert_int_equal(answer_all(e, 7), 'A');
	put_numbers(e, 2, "10", "20", "0-1-8");
	assert_int_equal(answer_all(e, 7), 'W');
	put_numbers(e, 2, "10", "20", NULL);
	assert_int_equal(answer_all(e, 7), 'W');
	e->chunks[1]->state = COPY_CHUNK_DEAD;
	assert_int_equal(answer_all(e, 6), 'L');
	assert_int_equal(answer_all(e, 7), 'A');
	e = put_table(m, "page", "integer", "copied", NULL, 0);
	assert_int_equal(answer_all(e, 5), 'A');
	put_numbers(e, 1, NULL, "10", "0-1-6");
	assert_int_equal(answer_all(e, 6), 'L');
	assert_int_equal(answer_all(e, 7), 'A');
	put_numbers(e, 2, "10", NULL, "0-1-8");
	assert_int_equal(answer_all(e, 6), 'L');
	assert_int_equal(answer_all(e, 7), 'W');
	assert_int_equal(answer_all(e, 9), 'A');
	/* rows below are of before */
	e = put_table(m, "page", "integer", "copied", BYTES("10"));
	put_numbers(e, 2, "10", NULL, "0-1-8");
	assert_int_equal(answer_all(e, 7), 'W');
	assert_int_equal(answer_all(e, 9), 'A');
	put_numbers(e, 3, "20", NULL, NULL);
	assert_int_equal(answer_all(e, 9), 'W');
	copy_map_destroy(m);
}

static void
a_table_is_settled_behind_its_chunks(void **state)
{
	copy_map *m = copy_map_create();
	copy_entry *e = put_table(m, "page", "integer", "copying", NULL, 0);
	gtid_list position = {0};

	(void) state;
	assert_true(gtid_list_parse("0-1-8,1-1-3", &position));
	assert_false(copy_entry_is_behind(e, &position));
	e = put_table(m, "page", "integer", "copied", NULL, 0);
	assert_true(copy_entry_is_behind(e, &position));
	put_numbers(e, 1, NULL, "10", "0-1-8");
	assert_true(copy_entry_is_behind(e, &position));
	put_numbers(e, 2, "10", "20", "0-1-8,1-1-4");
	assert_false(copy_entry_is_behind(e, &position));
	put_numbers(e, 2, "10", "20", "1-1-2");
	assert_true(copy_entry_is_behind(e, &position));
	put_numbers(e, 3, "20", NULL, NULL);
	assert_false(copy_entry_is_behind(e, &position));
	gtid_list_free(&position);
	copy_map_destroy(m);
}

static void
rows_that_make_no_sense_are_refused(void **state)
{
	static const char *const no_numbers[] = {"",
	                                         "-",
	                                         "+1",
	                                         " 1",
	                                         "1 ",
	                                         "0x10",
	                                         "1.",
	                                         "--1",
	                                         "1-2",
	                                         "18446744073709551616",
	                                         "-9223372036854775809"};
	copy_map *m = copy_map_create();
	copy_entry *e = put_table(m, "page", "integer", "copying", NULL, 0);
	copy_entry *one = put_table(m, "oldimage", NULL, "copying", NULL, 0);
	copy_chunk_row chunk = {.ordinal = 1, .state = "reading"};
	static capture said;
	copy_table_row table = {.wiki_id = WIKI, .table = "x", .mode = "first", .state = "copying"};

	(void) state;
	capture_begin(&said);
	for (size_t i = 0; i < sizeof(no_numbers) / sizeof(no_numbers[0]); i++)
	{
		chunk.lower = no_numbers[i];
		chunk.lower_len = strlen(no_numbers[i]);
		if (copy_entry_put_chunk(e, &chunk) != STATUS_TARGET)
			fail_msg("taken for a number: \"%s\"", no_numbers[i]);
	}
	/* a bound where there is no key */
	chunk.lower = "1";
	chunk.lower_len = 1;
	assert_int_equal(copy_entry_put_chunk(one, &chunk), STATUS_TARGET);
	chunk.lower = NULL;
	chunk.state = "copied";
	assert_int_equal(copy_entry_put_chunk(e, &chunk), STATUS_TARGET);
	chunk.gtid_pos = "0-1";
	assert_int_equal(copy_entry_put_chunk(e, &chunk), STATUS_TARGET);
	assert_int_equal(e->count, 0);

	table.settled_upper = "1";
	table.settled_len = 1;
	assert_int_equal(copy_map_put(m, &table, NULL), STATUS_TARGET);
	table.key_column = "k";
	assert_int_equal(copy_map_put(m, &table, NULL), STATUS_TARGET);
	table.key_kind = "text";
	assert_int_equal(copy_map_put(m, &table, NULL), STATUS_TARGET);
	table.key_kind = "integer";
	table.settled_upper = "x";
	assert_int_equal(copy_map_put(m, &table, NULL), STATUS_TARGET);
	assert_int_equal(copy_map_count(m), 2);
	assert_non_null(strstr(capture_end(&said), "page of wiki enwiki"));
	copy_map_destroy(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_chunk_has_its_bounds),
	    cmocka_unit_test(a_copied_table_without_chunks_is_applied),
	    cmocka_unit_test(below_what_is_settled_all_is_applied),
	    cmocka_unit_test(numbers_of_any_width_and_sign),
	    cmocka_unit_test(bytes_are_compared_as_they_are),
	    cmocka_unit_test(a_table_without_a_key_is_one_chunk),
	    cmocka_unit_test(a_dead_reader_leaves_its_chunk_out),
	    cmocka_unit_test(chunks_come_in_any_order),
	    cmocka_unit_test(a_hole_between_chunks_is_left_out),
	    cmocka_unit_test(another_domain_is_not_covered),
	    cmocka_unit_test(a_value_of_another_kind_is_no_key),
	    cmocka_unit_test(tables_are_found_by_wiki_and_name),
	    cmocka_unit_test(a_table_that_is_put_again_is_another),
	    cmocka_unit_test(a_table_whose_chunks_settle),
	    cmocka_unit_test(what_is_to_be_compared_is_left_out),
	    cmocka_unit_test(what_empties_a_table),
	    cmocka_unit_test(a_table_is_settled_behind_its_chunks),
	    cmocka_unit_test(rows_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
