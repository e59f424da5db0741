/*
 * tests/unit/test_table_cache.c
 *	  apply/table_cache.c: tables are known by their ids, made anew when their bytes change, and forgotten when there are very many.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>
#include "apply/table_cache.h"

#define MANY 5000
#define KEPT 4096 /* at least, of the very many */

static const wiki_list no_wikis;

/* A TABLE_MAP of table d.t with one INT. */
static status
take(table_cache *c, uint64_t id, char name)
{
	uint8_t body[] = {0, 0, 0, 0, 0, 0, 1, 0, 1, 'd', 0, 1, (uint8_t) name, 0, 1, 3, 0, 0};

	for (int i = 0; i < 6; i++)
		body[i] = (uint8_t) (id >> 8 * i);
	return table_cache_take(c, body, sizeof(body));
}

static unsigned
count(const table_cache *c)
{
	unsigned found = 0;

	for (uint64_t id = 1; id <= MANY; id++)
		found += table_cache_find(c, id) != NULL;
	return found;
}

static void
a_table_is_made_anew_when_its_bytes_change(void **state)
{
	table_cache *c = table_cache_create(&no_wikis, NULL);
	const source_table *first;

	(void) state;
	assert_null(table_cache_find(c, 7));
	assert_int_equal(take(c, 7, 't'), STATUS_OK);
	first = table_cache_find(c, 7);
	assert_non_null(first);
	assert_int_equal(first->id, 7);
	assert_null(first->wiki);
	assert_int_equal(take(c, 7, 't'), STATUS_OK);
	assert_ptr_equal(table_cache_find(c, 7), first);
	assert_int_equal(first->body[12], 't');
	assert_int_equal(take(c, 7, 'u'), STATUS_OK);
	assert_int_equal(table_cache_find(c, 7)->body[12], 'u');
	table_cache_destroy(c);
}

static void
those_that_were_used_again_outlive_others(void **state)
{
	table_cache *c = table_cache_create(&no_wikis, NULL);

	(void) state;
	for (uint64_t id = 1; id <= KEPT; id++)
		assert_int_equal(take(c, id, 't'), STATUS_OK);
	table_cache_trim(c);
	assert_int_equal(count(c), KEPT);
	for (uint64_t id = KEPT + 1; id <= MANY; id++)
		assert_int_equal(take(c, id, 't'), STATUS_OK);
	for (uint64_t id = 10; id < 20; id++)
		assert_int_equal(take(c, id, 't'), STATUS_OK);
	table_cache_trim(c);
	assert_int_equal(count(c), 10);
	assert_non_null(table_cache_find(c, 10));
	table_cache_destroy(c);
}

static void
no_more_are_kept_though_all_were_used_again(void **state)
{
	table_cache *c = table_cache_create(&no_wikis, NULL);

	(void) state;
	for (unsigned round = 0; round < 2; round++)
		for (uint64_t id = 1; id <= MANY; id++)
			assert_int_equal(take(c, id, 't'), STATUS_OK);
	table_cache_trim(c);
	assert_int_equal(count(c), KEPT);
	table_cache_destroy(c);
}

static void
a_cut_event_is_refused(void **state)
{
	table_cache *c = table_cache_create(&no_wikis, NULL);
	const uint8_t body[] = {7, 0, 0, 0, 0, 0, 1, 0, 9, 'd'};

	(void) state;
	assert_int_equal(table_cache_take(c, body, 3), STATUS_DATA);
	assert_int_equal(table_cache_take(c, body, sizeof(body)), STATUS_DATA);
	assert_null(table_cache_find(c, 7));
	table_cache_destroy(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_table_is_made_anew_when_its_bytes_change),
	    cmocka_unit_test(those_that_were_used_again_outlive_others),
	    cmocka_unit_test(no_more_are_kept_though_all_were_used_again),
	    cmocka_unit_test(a_cut_event_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
