/*
 * tests/unit/test_undone.c
 *	  What the source undoes: savepoints by name, records held back until the end, events left out by the next attempt.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "apply/undone.h"
#include "source/held.h"
#include "source/savepoints.h"

static void
savepoints_by_name(void **state)
{
	savepoints s = {0};
	uint64_t place = 0;

	(void) state;
	assert_false(savepoints_find(&s, "a", &place));
	assert_true(savepoints_add(&s, "a", 1));
	assert_true(savepoints_add(&s, "B", 2));
	assert_true(savepoints_add(&s, "a", 3));
	assert_false(savepoints_find(&s, "c", &place));
	assert_true(savepoints_find(&s, "A", &place));
	assert_int_equal(place, 3);
	assert_true(savepoints_find(&s, "a", &place)); /* it stays */
	assert_int_equal(place, 3);
	assert_true(savepoints_find(&s, "b", &place)); /* and takes those behind it away */
	assert_int_equal(place, 2);
	assert_true(savepoints_find(&s, "a", &place));
	assert_int_equal(place, 1);
	savepoints_reset(&s);
	assert_false(savepoints_find(&s, "a", &place));
	/* MariaDB takes é for e */
	assert_true(savepoints_add(&s, "e", 4));
	assert_true(savepoints_add(&s, "\xc3\xa9", 5));
	assert_false(savepoints_find(&s, "e", &place));
	savepoints_reset(&s);
	for (unsigned i = 0; i < 1000; i++)
	{
		char name[20];

		snprintf(name, sizeof(name), "s%u", i);
		assert_true(savepoints_add(&s, name, i));
	}
	assert_true(savepoints_find(&s, "s777", &place));
	assert_int_equal(place, 777);
	assert_false(savepoints_find(&s, "s778", &place));
	savepoints_free(&s);
}

/* A script: a letter in lower case is a row, one in upper case another record, (x and )x set and undo to savepoint x, ! undoes all. */
static void
assert_held(const char *script, const char *expected)
{
	held h = {0};
	char got[100] = "";
	size_t place = 0;
	size_t size;
	const char *record;

	for (const char *p = script; *p != '\0'; p++)
	{
		char name[2] = {p[0] == '\0' ? '\0' : p[1], '\0'};

		if (*p == '(')
		{
			assert_true(held_savepoint(&h, name));
			p++;
		}
		else if (*p == ')')
		{
			assert_true(held_undo_to(&h, name));
			p++;
		}
		else if (*p == '!')
			held_undo(&h);
		else
			memcpy(held_add(&h, 1, *p >= 'a'), p, 1);
	}
	while ((record = held_next(&h, &place, &size)) != NULL)
	{
		assert_int_equal(size, 1);
		strncat(got, record, 1);
	}
	assert_string_equal(got, expected);
	held_reset(&h);
	place = 0;
	assert_null(held_next(&h, &place, &size));
	held_free(&h);
}

static void
held_records(void **state)
{
	held h = {0};
	size_t count = 0;
	size_t place = 0;
	size_t size;

	(void) state;
	assert_held("", "");
	assert_held("GMabC", "GMabC");
	assert_held("GMab!R", "GMR");
	assert_held("Ga(xMb)xcX", "GaMcX");
	assert_held("Ga(xb(yc)yd)xeX", "GaeX");
	assert_held("Ga(xb(xc)xd)xe)xfX", "GabfX");
	assert_held("Ga(xb(yc)x(yd)yeX", "GaeX");

	/* what does not fit leaves what is held as it was */
	assert_null(held_add(&h, HELD_MOST, true));
	while (held_add(&h, 1000, true) != NULL)
		count++;
	assert_true(count > 200 && count < HELD_MOST / 1000 + 1);
	while (held_next(&h, &place, &size) != NULL)
		count--;
	assert_int_equal(count, 0);
	held_free(&h);
}

static undone_answer end;

/* The script of a source transaction, as above: the rows that are not left out. end is what its end says. */
static const char *
pass(undone *u, uint64_t sequence, const char *script)
{
	static char got[100];
	const gtid id = {0, 1, sequence};
	size_t len = 0;
	bool cut = false;

	undone_begin(u, &id);
	for (const char *p = script; *p != '\0'; p++)
	{
		char name[2] = {p[1], '\0'};

		if (*p == '(')
			assert_true(undone_savepoint(u, name));
		else if (*p == ')')
			assert_true(undone_to_savepoint(u, name));
		else if (*p == '!')
			undone_all(u);
		else if (*p == '/')
		{
			undone_all(u);
			cut = true;
		}
		else if (!undone_row(u))
			got[len++] = *p;
		if (*p == '(' || *p == ')')
			p++;
	}
	got[len] = '\0';
	end = undone_end(u);
	if (cut)
		undone_cut(u);
	return got;
}

static void
assert_learns(const char *script, const char *stays)
{
	undone *u = undone_create();
	gtid_list none = {0};

	undone_start(u, &none);
	pass(u, 5, script);
	if (strcmp(stays, pass(u, 6, stays)) != 0 || end != UNDONE_RIGHT)
		fail_msg("a transaction that stays is not right");
	undone_start(u, &none);
	assert_string_equal(pass(u, 5, script), stays);
	assert_int_equal(end, UNDONE_RIGHT);
	undone_destroy(u);
}

static void
undone_is_learnt(void **state)
{
	(void) state;
	assert_learns("abc", "abc");
	assert_learns("abc!", "");
	assert_learns("a(xbc)xd", "ad");
	assert_learns("(xa)xb(xc)xd", "bd");
	assert_learns("a(xb)xc)xd)xe", "ae");
	assert_learns("a(xb(yc)yd(zef)zg", "abdg");
	assert_learns("a(xb(yc)yd)xe!", "");
	assert_learns("(x)x!", "");
}

static void
undone_of_many(void **state)
{
	undone *u = undone_create();
	gtid_list position = {0};

	(void) state;
	undone_start(u, &position);
	pass(u, 1, "ab!");
	assert_int_equal(end, UNDONE_LEARNT);
	undone_start(u, &position);
	assert_string_equal(pass(u, 1, "ab!"), "");
	assert_int_equal(end, UNDONE_RIGHT);
	pass(u, 2, "a(xb)x");
	assert_int_equal(end, UNDONE_LEARNT);
	undone_start(u, &position);
	assert_string_equal(pass(u, 1, "ab!"), "");
	assert_string_equal(pass(u, 2, "a(xb)x"), "a");
	assert_int_equal(end, UNDONE_RIGHT);
	/* another server has other events: learnt anew, and right the next time */
	assert_string_equal(pass(u, 2, "ab"), "a");
	assert_int_equal(end, UNDONE_LEARNT);
	assert_string_equal(pass(u, 2, "ab"), "ab");
	assert_int_equal(end, UNDONE_RIGHT);
	/* what is covered is forgotten */
	assert_true(gtid_list_parse("0-1-1", &position));
	undone_start(u, &position);
	assert_string_equal(pass(u, 1, "ab"), "ab");
	gtid_list_free(&position);
	undone_destroy(u);
}

/* A server that crashed gives the GTID of what it cut off to the next transaction. */
static void
undone_of_one_gtid(void **state)
{
	undone *u = undone_create();
	gtid_list position = {0};

	(void) state;
	undone_start(u, &position);
	pass(u, 7, "ab/");
	assert_int_equal(end, UNDONE_LEARNT);
	undone_start(u, &position);
	assert_string_equal(pass(u, 7, "ab/"), "");
	assert_int_equal(end, UNDONE_RIGHT);
	pass(u, 7, "abc/");
	assert_int_equal(end, UNDONE_LEARNT);
	undone_start(u, &position);
	assert_string_equal(pass(u, 7, "ab/"), "");
	assert_string_equal(pass(u, 7, "abc/"), "");
	assert_int_equal(end, UNDONE_RIGHT);
	assert_string_equal(pass(u, 7, "ab"), "ab");
	assert_int_equal(end, UNDONE_RIGHT);
	assert_string_equal(pass(u, 8, "a"), "a");
	assert_int_equal(end, UNDONE_RIGHT);
	undone_destroy(u);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(savepoints_by_name), cmocka_unit_test(held_records),
	    cmocka_unit_test(undone_is_learnt),   cmocka_unit_test(undone_of_many),
	    cmocka_unit_test(undone_of_one_gtid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
