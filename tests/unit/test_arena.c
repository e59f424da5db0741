/*
 * tests/unit/test_arena.c
 *	  Alignment, large pieces, and that a reset gives memory back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "support/arena.h"

static void
test_alignment_and_contents(void **state)
{
	arena *a = arena_create(1024);
	unsigned char *pieces[200];

	(void) state;
	assert_non_null(a);
	for (size_t i = 0; i < 200; i++)
	{
		pieces[i] = arena_alloc(a, i);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t) pieces[i] % _Alignof(max_align_t), 0);
		memset(pieces[i], (int) i, i);
	}
	for (size_t i = 0; i < 200; i++)
	{
		for (size_t j = 0; j < i; j++)
			assert_int_equal(pieces[i][j], i);
	}
	arena_destroy(a);
}

static void
test_large_piece_leaves_the_block_in_use(void **state)
{
	arena *a = arena_create(4096);
	char *first = arena_alloc(a, 16);
	char *large = arena_alloc(a, 1024 * 1024);
	char *second = arena_alloc(a, 16);

	(void) state;
	assert_non_null(large);
	memset(large, 'x', 1024 * 1024);
	assert_true(second > first && second - first <= 64);
	arena_destroy(a);
}

static void
test_reset_keeps_one_block(void **state)
{
	arena *a = arena_create(4096);
	size_t empty = arena_size(a);
	char *again;

	(void) state;
	for (int round = 0; round < 3; round++)
	{
		for (int i = 0; i < 100; i++)
			assert_non_null(arena_alloc(a, 1000));
		assert_non_null(arena_alloc(a, 100000));
		assert_true(arena_size(a) > 200000);
		arena_reset(a);
		assert_int_equal(arena_size(a), empty);
	}
	again = arena_alloc_zero(a, 64);
	for (int i = 0; i < 64; i++)
		assert_int_equal(again[i], 0);
	arena_destroy(a);
}

static void
test_copy(void **state)
{
	arena *a = arena_create(256);

	(void) state;
	assert_string_equal(arena_copy(a, "abc", 2), "ab");
	assert_string_equal(arena_copy(a, NULL, 0), "");
	assert_memory_equal(arena_copy(a, "a\0b", 3), "a\0b", 4);
	arena_destroy(a);
	arena_destroy(NULL);
}

static void
test_sizes_that_cannot_be(void **state)
{
	arena *a = arena_create(256);

	(void) state;
	assert_null(arena_alloc(a, SIZE_MAX));
	assert_null(arena_copy(a, "x", SIZE_MAX));
	assert_non_null(arena_alloc(a, 8));
	arena_destroy(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_alignment_and_contents),
	    cmocka_unit_test(test_large_piece_leaves_the_block_in_use),
	    cmocka_unit_test(test_reset_keeps_one_block),
	    cmocka_unit_test(test_copy),
	    cmocka_unit_test(test_sizes_that_cannot_be),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
