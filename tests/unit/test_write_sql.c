/*
 * tests/unit/test_write_sql.c
 *	  apply/write_sql.c: the SQL of writes and where its parameters come from.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "apply/write_sql.h"

#define BIT(n) (UINT64_C(1) << (n))

static plan_param id_param = {.kind = CONVERT_INT, .type = MAPPING_INT8};
static plan_param name_param = {.kind = CONVERT_TEXT, .type = MAPPING_TEXT};
static plan_param title_params[] = {{.kind = CONVERT_INT, .type = MAPPING_INT8},
                                    {.kind = CONVERT_KEY_TEXT, .type = MAPPING_TEXT}};

static plan_column columns[] = {
    {.name = "a_id",
     .quoted = "\"a_id\"",
     .type = MAPPING_INT8,
     .key = true,
     .match = true,
     .params = &id_param,
     .param_count = 1},
    {.name = "a_name",
     .quoted = "\"a_name\"",
     .type = MAPPING_TEXT,
     .params = &name_param,
     .param_count = 1,
     .first_param = 1},
    {.name = "a_target",
     .quoted = "\"a_target\"",
     .type = MAPPING_INT8,
     .key = true,
     .expression = "f(%w, %1, %2)",
     .params = title_params,
     .param_count = 2,
     .first_param = 2},
};
static plan_target keyed = {.table = "a",
                            .quoted = "mediawiki.\"a\"",
                            .columns = columns,
                            .column_count = 3,
                            .param_count = 4};

static void
assert_sql(const write_form *form, const char *expected, const char *slots_expected)
{
	char *sql;
	write_slot *slots;
	unsigned count;
	char found[64] = "";

	assert_true(write_sql_build(form, &sql, &slots, &count));
	assert_string_equal(sql, expected);
	/* one letter a parameter: w wiki, and a number after A(fter) or B(efore) */
	for (unsigned i = 0; i < count; i++)
	{
		char one[8];

		if (slots[i].image == SLOT_WIKI)
			snprintf(one, sizeof(one), "w");
		else
			snprintf(one, sizeof(one), "%c%u", slots[i].image == SLOT_AFTER ? 'A' : 'B',
			         slots[i].param % 1000);
		strcat(found, one);
	}
	assert_string_equal(found, slots_expected);
	free(sql);
	free(slots);
}

/* behind each statement that writes a row */
#define NOTE " RETURNING mwmirror.note_row(t, false)"
#define NOTE_GONE " RETURNING mwmirror.note_row(t, true)"

static void
test_insert(void **state)
{
	write_form form = {.target = &keyed, .op = WRITE_INSERT, .set = 7};

	(void) state;
	assert_sql(
	    &form,
	    "INSERT INTO mediawiki.\"a\" AS t (wiki_id, \"a_id\", \"a_name\", \"a_target\") VALUES "
	    "($1, $2, $3, (f($1, $4, $5))) ON CONFLICT (wiki_id, \"a_id\", \"a_target\") DO UPDATE "
	    "SET \"a_name\" = excluded.\"a_name\"" NOTE,
	    "wA0A1A2A3");
}

/* A row that must not be there; a column that guards make NULL takes no parameter. */
static void
test_insert_plain(void **state)
{
	write_form form = {
	    .target = &keyed, .op = WRITE_INSERT, .set = 3, .null = BIT(1), .plain = true};

	(void) state;
	assert_sql(&form,
	           "INSERT INTO mediawiki.\"a\" AS t (wiki_id, \"a_id\", \"a_name\") VALUES ($1, $2, "
	           "NULL)" NOTE,
	           "wA0");
}

static void
test_update(void **state)
{
	write_form form = {
	    .target = &keyed, .op = WRITE_UPDATE, .set = BIT(1), .where = BIT(0) | BIT(2)};

	(void) state;
	assert_sql(
	    &form,
	    "UPDATE mediawiki.\"a\" AS t SET \"a_name\" = $2 WHERE wiki_id = $1 AND \"a_id\" = $3 "
	    "AND \"a_target\" = (SELECT f($1, $4, $5))" NOTE,
	    "wA1B0B2B3");
	/* another key: both rows refer to others */
	form.set = BIT(0) | BIT(1);
	assert_sql(
	    &form,
	    "UPDATE mediawiki.\"a\" AS t SET \"a_id\" = $2, \"a_name\" = $3 FROM mediawiki.\"a\" AS o "
	    "WHERE "
	    "o.wiki_id = $1 AND o.\"a_id\" = $4 AND o.\"a_target\" = (SELECT f($1, $5, $6)) AND "
	    "t.wiki_id = "
	    "o.wiki_id AND t.\"a_id\" = o.\"a_id\" AND t.\"a_target\" = o.\"a_target\" RETURNING "
	    "mwmirror.note_row(o, true), mwmirror.note_row(t, false)",
	    "wA0A1B0B2B3");
}

/* The image lacks what would hide the value: what is NULL stays NULL. */
/* What the image lacks is taken from the row itself: a flag that hides, and a value of an expression. */
static void
test_update_asked(void **state)
{
	plan_param flag = {.kind = CONVERT_BOOL, .type = MAPPING_BOOL, .stand_in = PLAN_NO_STAND_IN};
	plan_param name = {.kind = CONVERT_TEXT, .type = MAPPING_TEXT, .stand_in = PLAN_NO_STAND_IN};
	plan_param both[] = {flag, flag};
	plan_guard hides[] = {{1, 1}, {5, PLAN_NO_STAND_IN}}, shows[] = {{0, 0}};
	plan_column asked[] = {columns[0],
	                       {.quoted = "flag",
	                        .type = MAPPING_BOOL,
	                        .params = &flag,
	                        .param_count = 1,
	                        .first_param = 1},
	                       {.quoted = "name",
	                        .type = MAPPING_TEXT,
	                        .params = &name,
	                        .param_count = 1,
	                        .first_param = 2,
	                        .null_when = hides,
	                        .null_when_count = 2,
	                        .null_unless = shows,
	                        .null_unless_count = 1},
	                       {.quoted = "both",
	                        .type = MAPPING_BOOL,
	                        .expression = "%1 AND %2",
	                        .params = both,
	                        .param_count = 2,
	                        .first_param = 3}};
	plan_target t = {
	    .quoted = "mediawiki.\"a\"", .columns = asked, .column_count = 4, .param_count = 5};
	write_form guarded = {.target = &t,
	                      .op = WRITE_UPDATE,
	                      .set = BIT(2),
	                      .asked = BIT(2),
	                      .read_back = BIT(1),
	                      .where = BIT(0)};
	write_form kept = {.target = &t,
	                   .op = WRITE_UPDATE,
	                   .set = BIT(2),
	                   .asked = BIT(2),
	                   .kept = BIT(2),
	                   .where = BIT(0)};
	write_form expression = {.target = &t,
	                         .op = WRITE_UPDATE,
	                         .set = BIT(3),
	                         .asked = BIT(3),
	                         .read_back = BIT(1),
	                         .where = BIT(0)};

	(void) state;
	both[1].stand_in = 1;
	assert_sql(
	    &guarded,
	    "UPDATE mediawiki.\"a\" AS t SET name = CASE WHEN (coalesce(t.flag, false)) OR false "
	    "THEN NULL ELSE $2 END WHERE wiki_id = $1 AND \"a_id\" = $3" NOTE,
	    "wA2B0");
	hides[1].stand_in = 1;
	assert_sql(&kept,
	           "UPDATE mediawiki.\"a\" AS t SET name = CASE WHEN (coalesce(t.flag, false)) OR "
	           "(coalesce(t.flag, false)) OR NOT (coalesce(t.\"a_id\", 0) <> 0) OR false THEN "
	           "mwmirror.image_lacks(t.name, $1) ELSE t.name END WHERE wiki_id = $1 AND \"a_id\" = "
	           "$2" NOTE,
	           "wB0");
	assert_sql(
	    &expression,
	    "UPDATE mediawiki.\"a\" AS t SET both = CASE WHEN false THEN NULL ELSE ($2 AND t.flag) "
	    "END WHERE wiki_id = $1 AND \"a_id\" = $3" NOTE,
	    "wA3B0");
}

static void
test_delete(void **state)
{
	write_form form = {.target = &keyed, .op = WRITE_DELETE, .where = BIT(0) | BIT(2)};

	(void) state;
	assert_sql(
	    &form,
	    "DELETE FROM mediawiki.\"a\" AS t WHERE wiki_id = $1 AND \"a_id\" = $2 AND \"a_target\" = "
	    "(SELECT f($1, $3, $4))" NOTE_GONE,
	    "wB0B2B3");
	form.op = WRITE_EMPTY;
	assert_sql(&form, "DELETE FROM mediawiki.\"a\" AS t WHERE wiki_id = $1", "w");
}

/* Rows of a table without key may repeat: one of them is changed. */
static void
test_keyless(void **state)
{
	plan_column plain[2];
	plan_target keyless = keyed;
	write_form form = {.target = &keyless, .op = WRITE_DELETE, .where = 3};

	(void) state;
	memcpy(plain, columns, sizeof(plain));
	plain[0].key = false;
	keyless.columns = plain;
	keyless.column_count = 2;
	keyless.keyless = true;
	assert_sql(&form,
	           "DELETE FROM mediawiki.\"a\" AS t WHERE wiki_id = $1 AND ctid = (SELECT ctid FROM "
	           "mediawiki.\"a\" "
	           "WHERE wiki_id "
	           "= $1 AND \"a_id\" = $2 AND \"a_name\" IS NOT DISTINCT FROM $3 LIMIT 1)" NOTE_GONE,
	           "wB0B1");
	form.where_null = BIT(0);
	assert_sql(
	    &form,
	    "DELETE FROM mediawiki.\"a\" AS t WHERE wiki_id = $1 AND ctid = (SELECT ctid FROM "
	    "mediawiki.\"a\" WHERE "
	    "wiki_id "
	    "= $1 AND \"a_id\" IS NULL AND \"a_name\" IS NOT DISTINCT FROM $2 LIMIT 1)" NOTE_GONE,
	    "wB1");
	form = (write_form){.target = &keyless, .op = WRITE_INSERT, .set = 3};
	assert_sql(
	    &form,
	    "INSERT INTO mediawiki.\"a\" AS t (wiki_id, \"a_id\", \"a_name\") VALUES ($1, $2, $3)" NOTE,
	    "wA0A1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_insert), cmocka_unit_test(test_insert_plain),
	    cmocka_unit_test(test_update), cmocka_unit_test(test_update_asked),
	    cmocka_unit_test(test_delete), cmocka_unit_test(test_keyless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
