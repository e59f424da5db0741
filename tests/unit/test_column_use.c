/*
 * tests/unit/test_column_use.c
 *	  What a column of a source table is to the mapping, when DDL changes it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "mapping/column_use.h"
#include "mapping/mapping_data.h"

/* links: l_from is the key; the target is an id, or made of a title; l_len and l_note are plain, and of no event. */
static mirror_column columns[] = {
    {.name = "l_from", .key = true, .in_events = true},
    {.name = "l_target", .in_events = true},
    {.name = "l_title", .in_events = true},
    {.name = "l_len", .has_default = true},
    {.name = "l_note"},
    {.name = "l_hidden"},
};
static mirror_table target = {.name = "links", .columns = columns, .column_count = 6};
static map_column maps[] = {
    {.target_column = "l_from", .sources = {{"l_from"}, 1}},
    {.target_column = "l_target", .sources = {{"l_target"}, 1}},
    {.target_column = "l_target", .sources = {{"l_ns", "l_name"}, 2}, .expression = "f(%1, %2)"},
    {.target_column = "l_title", .sources = {{"l_title"}, 1}},
    {.target_column = "l_len", .sources = {{"l_len"}, 1}},
    {.target_column = "l_note", .sources = {{"l_note"}, 1}},
    {.target_column = "l_hidden", .sources = {{"l_hidden"}, 1}, .null_when = {{"l_guard"}, 1}},
};
static map_table table = {
    .source_table = "links", .target = &target, .columns = maps, .column_count = 7};
static const mapping all = {.tables = &table, .table_count = 1};

static void
check(const char *column, bool used, bool needed, bool null_as_absent)
{
	column_use use = column_use_find(&all, "links", column);

	if (use.used != used || use.needed != needed || use.null_as_absent != null_as_absent)
		fail_msg("%s: used %d, needed %d, NULL as absent %d", column, use.used, use.needed,
		         use.null_as_absent);
}

static void
uses_are_told_apart(void **state)
{
	(void) state;
	check("other", false, false, true);
	check("l_from", true, true, true);
	check("L_TITLE", true, true, true);
	/* another row of the mapping gives it without the column, and another value than NULL */
	check("l_target", true, false, false);
	check("l_name", true, false, false);
	check("l_note", true, false, true);
	/* what the mirror has without the column is not NULL */
	check("l_len", true, false, false);
	/* it hides by being there */
	check("l_guard", true, false, false);
	assert_false(column_use_find(&all, "elsewhere", "l_from").used);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(uses_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
