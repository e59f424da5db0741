/*
 * tests/unit/test_column_use.c
 *	  What a column of a source table is to the mapping, when DDL changes it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "mapping/column_use.h"
#include "mapping/mapping_data.h"

/* links: l_from is the key; the target is an id, or made of a title; l_len and l_note are plain, and of no event. */
static mirror_column columns[] = {
    {.name = "l_from", .key = true, .in_events = true},
    {.name = "l_target", .in_events = true},
    {.name = "l_title", .in_events = true},
    {.name = "l_len", .quoted = "\"l_len\"", .has_default = true},
    {.name = "l_note"},
    {.name = "l_hidden"},
    {.name = "l_time", .quoted = "l_time"},
    {.name = "l_when's", .quoted = "\"l_when's\""},
};
static mirror_table target = {
    .name = "links", .quoted = "m.links", .columns = columns, .column_count = 8};
static map_column maps[] = {
    {.target_column = "l_from", .sources = {{"l_from"}, 1}},
    {.target_column = "l_target", .sources = {{"l_target"}, 1}},
    {.target_column = "l_target", .sources = {{"l_ns", "l_name"}, 2}, .expression = "f(%1, %2)"},
    {.target_column = "l_title", .sources = {{"l_title"}, 1}},
    {.target_column = "l_len", .sources = {{"l_len"}, 1}, .kinds = {{"int"}, 1}},
    {.target_column = "l_time", .sources = {{"l_time"}, 1}, .kinds = {{"timestamp"}, 1}},
    {.target_column = "l_note", .sources = {{"l_note"}, 1}},
    {.target_column = "l_hidden", .sources = {{"l_hidden"}, 1}, .null_when = {{"l_guard"}, 1}},
    {.target_column = "l_when's", .sources = {{"l_when"}, 1}, .kinds = {{"timestamp"}, 1}},
};
static row_filter_condition condition = {.column = "l_kind", .op = ROW_FILTER_NULL};
static row_filter filter = {.conditions = &condition, .count = 1};
static map_table table = {.source_table = "links",
                          .target = &target,
                          .columns = maps,
                          .column_count = 9,
                          .filter = &filter};
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
	/* of it comes which rows there are */
	check("L_kind", true, true, false);
	assert_false(column_use_find(&all, "elsewhere", "l_from").used);
}

static void
doubt(const char *column, declared_change change, bool known, const char *expected)
{
	char *sql = NULL;
	size_t size;
	FILE *out = open_memstream(&sql, &size);
	bool found = column_use_write_doubt(&all, "links", column, &change, out);

	fclose(out);
	if (found != known || (known && strcmp(sql, expected) != 0))
		fail_msg("%s: known %d:%s", column, found, sql);
	free(sql);
}

/* Which rows a change of a type changes. */
static void
rows_are_asked(void **state)
{
	const declared_change narrows = {
	    .below = true, .least = -128, .above = true, .most = 127, .null = true};

	(void) state;
	doubt("l_len", (declared_change){0}, true, "");
	doubt("l_len", (declared_change){.any = true}, false, NULL);
	doubt("L_LEN", narrows, true,
	      " OR EXISTS (SELECT FROM m.links WHERE wiki_id = $1 AND \"l_len\" < -128)"
	      " OR EXISTS (SELECT FROM m.links WHERE wiki_id = $1 AND \"l_len\" > 127)"
	      " OR EXISTS (SELECT FROM m.links WHERE wiki_id = $1 AND \"l_len\" IS NULL)");
	doubt("l_len", (declared_change){.padded = true}, false, NULL);
	/* a time has all its bytes, and NULL becomes none */
	doubt("l_time", (declared_change){.padded = true, .null = true}, true,
	      " OR EXISTS (SELECT FROM mwmirror.raw_value WHERE wiki_id = $1 AND table_name = 'links' "
	      "AND column_name = 'l_time')");
	doubt("l_time", (declared_change){.below = true}, false, NULL);
	doubt("l_when", (declared_change){.padded = true}, true,
	      " OR EXISTS (SELECT FROM mwmirror.raw_value WHERE wiki_id = $1 AND table_name = 'links' "
	      "AND column_name = 'l_when''s')");
	/* rows that are not here may be mirrored then, and these not */
	doubt("L_Kind", (declared_change){0}, true, "");
	doubt("L_Kind", (declared_change){.null = true}, false, NULL);
	/* others come of it */
	doubt("l_name", (declared_change){.null = true}, false, NULL);
	doubt("l_guard", (declared_change){.null = true}, false, NULL);
	doubt("other", (declared_change){.null = true}, true, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(uses_are_told_apart),
	    cmocka_unit_test(rows_are_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
