/*
 * tests/unit/test_relay_assembler.c
 *	  Which frames are published, which are dropped after a restart, and which are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "relay/assembler.h"

static wire_bytes
text(const char *s)
{
	return (wire_bytes){s, (uint32_t) strlen(s)};
}

static wire_frame
begin(uint64_t lsn, uint32_t ordinal, const char *gtid)
{
	return (wire_frame){.type = WIRE_BEGIN,
	                    .commit_lsn = lsn,
	                    .ordinal = ordinal,
	                    .commit_time = 1000 + ordinal,
	                    .source = text("main"),
	                    .gtid = text(gtid)};
}

static wire_frame
event(uint32_t index)
{
	return (wire_frame){.type = WIRE_EVENT, .index = index};
}

static wire_frame
last_event(uint32_t index)
{
	return (wire_frame){.type = WIRE_EVENT, .index = index, .flags = WIRE_LAST};
}

static const wire_frame source_end = {.type = WIRE_SOURCE_END};

static wire_frame
commit(uint64_t lsn, uint64_t end, const char *gtid)
{
	return (wire_frame){.type = WIRE_COMMIT,
	                    .commit_lsn = lsn,
	                    .end_lsn = end,
	                    .commit_time = 2000,
	                    .source = text(*gtid != '\0' ? "other" : ""),
	                    .gtid = text(gtid)};
}

static void
feed(assembler *a, wire_frame f, assembler_step expected)
{
	assembler_step step;

	assert_int_equal(assembler_feed(a, &f, &step), STATUS_OK);
	assert_int_equal(step, expected);
}

static void
refuse(assembler a, wire_frame f)
{
	assembler_step step;

	assert_int_equal(assembler_feed(&a, &f, &step), STATUS_BUG);
	assert_int_equal(step, ASSEMBLER_NOTHING);
}

/* One PostgreSQL transaction of three source transactions, of which the second has no events. */
static void
feed_three(assembler *a, uint32_t published)
{
	bool first = published < 1;
	bool third = published < 3;

	feed(a, begin(100, 1, "0-1-1"), ASSEMBLER_NOTHING);
	feed(a, event(1), first ? ASSEMBLER_EVENT : ASSEMBLER_NOTHING);
	feed(a, last_event(2), first ? ASSEMBLER_EVENT : ASSEMBLER_NOTHING);
	feed(a, source_end, first ? ASSEMBLER_SOURCE_END : ASSEMBLER_NOTHING);
	feed(a, begin(100, 3, "0-1-3"), ASSEMBLER_NOTHING);
	feed(a, last_event(1), third ? ASSEMBLER_EVENT : ASSEMBLER_NOTHING);
	feed(a, source_end, third ? ASSEMBLER_SOURCE_END : ASSEMBLER_NOTHING);
}

static void
positions_follow_the_frames(void **state)
{
	const relay_position start = {.lsn = 50, .events = 7, .gtid = "0-1-0"};
	assembler a;

	(void) state;
	assembler_init(&a, &start);
	assert_true(assembler_at_rest(&a));
	feed_three(&a, 0);
	assert_false(assembler_at_rest(&a));
	assert_true(a.done.lsn == 100 && a.done.ordinal == 3 && a.done.events == 10);
	assert_true(a.done.commit_time == 1003);
	assert_string_equal(a.done.gtid, "0-1-3");
	assert_string_equal(a.source, "main");
	assert_string_equal(a.done.source, "main");
	feed(&a, commit(100, 120, "0-1-4"), ASSEMBLER_COMMIT);
	assert_true(assembler_at_rest(&a));
	assert_true(a.done.lsn == 120 && a.done.ordinal == 0 && a.done.events == 10);
	assert_string_equal(a.done.gtid, "0-1-4");
	assert_string_equal(a.done.source, "other");
	assert_true(a.done.commit_time == 2000);
}

/* After a restart the server sends the whole PostgreSQL transaction again; every stored ordinal must do. */
static void
replays_are_dropped(void **state)
{
	(void) state;
	for (uint32_t ordinal = 0; ordinal <= 3; ordinal++)
	{
		const relay_position stored = {.lsn = 100, .ordinal = ordinal, .gtid = "0-1-1"};
		assembler a;

		assembler_init(&a, &stored);
		feed_three(&a, ordinal);
		feed(&a, commit(100, 120, "0-1-3"), ASSEMBLER_COMMIT);
		assert_true(a.done.lsn == 120 && a.done.ordinal == 0);
		assert_true(a.done.events + a.dropped == 3);
	}
}

static void
what_is_before_the_position_is_dropped(void **state)
{
	const relay_position stored = {.lsn = 120, .gtid = "0-1-4"};
	assembler a;

	(void) state;
	assembler_init(&a, &stored);
	feed_three(&a, 3);
	feed(&a, commit(100, 120, "0-1-3"), ASSEMBLER_NOTHING);
	assert_true(a.done.lsn == 120);
	assert_string_equal(a.done.gtid, "0-1-4");
	feed(&a, begin(120, 1, "0-1-5"), ASSEMBLER_NOTHING);
	feed(&a, last_event(1), ASSEMBLER_EVENT);
}

static void
commits_without_a_mark_keep_the_gtid(void **state)
{
	const relay_position stored = {.lsn = 50, .source = "main", .gtid = "0-1-9", .commit_time = 5};
	assembler a;

	(void) state;
	assembler_init(&a, &stored);
	feed(&a, commit(60, 70, ""), ASSEMBLER_COMMIT);
	assert_true(a.done.lsn == 70 && a.done.commit_time == 5);
	assert_string_equal(a.done.gtid, "0-1-9");
	assert_string_equal(a.done.source, "main");
	assembler_advance(&a, 65);
	assert_true(a.done.lsn == 70);
	assembler_advance(&a, 90);
	assert_true(a.done.lsn == 90 && a.done.ordinal == 0);
}

static void
contradictions_are_refused(void **state)
{
	const relay_position start = {.lsn = 50};
	wire_frame nameless = begin(100, 1, "0-1-1");
	wire_frame nameless_end = commit(100, 120, "0-1-1");
	assembler a;

	(void) state;
	assembler_init(&a, &start);
	refuse(a, event(1));
	refuse(a, source_end);
	refuse(a, begin(100, 0, "0-1-1"));
	refuse(a, begin(100, 1, ""));
	refuse(a, begin(100, 1, "1234567890123456789012345678901234567890123"));
	nameless.source = text("");
	refuse(a, nameless);
	nameless.source = text("a234567890123456789012345678901234567890123456789012345678901234");
	refuse(a, nameless);
	nameless_end.source = text("");
	refuse(a, nameless_end);
	refuse(a, commit(100, 99, ""));
	refuse(a, (wire_frame){.type = (wire_type) 'Z'});
	refuse(a, (wire_frame){.type = WIRE_STREAM}); /* others know of these */

	feed(&a, begin(100, 2, "0-1-1"), ASSEMBLER_NOTHING);
	refuse(a, begin(100, 3, "0-1-2"));
	refuse(a, event(0));
	refuse(a, event(2));
	refuse(a, last_event(2));
	refuse(a, source_end); /* it has no events */
	refuse(a, commit(100, 120, "0-1-1"));
	feed(&a, event(1), ASSEMBLER_EVENT);
	refuse(a, event(1));
	refuse(a, source_end); /* that was not the last one */
	feed(&a, last_event(2), ASSEMBLER_EVENT);
	refuse(a, event(3));
	refuse(a, last_event(3));
	refuse(a, begin(100, 3, "0-1-2"));
	refuse(a, commit(100, 120, "0-1-1"));
	feed(&a, source_end, ASSEMBLER_SOURCE_END);
	refuse(a, begin(100, 2, "0-1-2"));
	refuse(a, begin(101, 3, "0-1-2"));
	refuse(a, commit(101, 120, "0-1-1"));
	feed(&a, commit(100, 120, "0-1-1"), ASSEMBLER_COMMIT);
}

/* A source transaction of four events whose first `published` are in the sink already; a split after the third event. */
static void
feed_split(assembler *a, uint32_t published)
{
	feed(a, begin(100, 2, "0-1-2"), ASSEMBLER_NOTHING);
	for (uint32_t i = 1; i <= 3; i++)
		feed(a, event(i), i > published ? ASSEMBLER_EVENT : ASSEMBLER_NOTHING);
	assembler_split(a);
}

static void
a_source_transaction_is_published_in_parts(void **state)
{
	relay_position stored = {.lsn = 50, .gtid = "0-1-0", .events = 10};
	assembler a;

	(void) state;
	assembler_init(&a, &stored);
	feed(&a, begin(100, 1, "0-1-1"), ASSEMBLER_NOTHING);
	assembler_split(&a); /* nothing read yet: nothing moves */
	assert_true(a.done.lsn == 50 && a.done.index == 0);
	feed(&a, last_event(1), ASSEMBLER_EVENT);
	feed(&a, source_end, ASSEMBLER_SOURCE_END);
	feed_split(&a, 0);
	assert_true(a.done.lsn == 100 && a.done.ordinal == 1 && a.done.index == 3);
	assert_true(a.done.events == 14);
	assert_string_equal(a.done.gtid, "0-1-1"); /* the last one that is whole */
	assembler_split(&a);
	assert_true(a.done.index == 3 && a.done.events == 14);
	feed(&a, last_event(4), ASSEMBLER_EVENT);
	feed(&a, source_end, ASSEMBLER_SOURCE_END);
	assert_true(a.done.ordinal == 2 && a.done.index == 0);
	assert_true(a.done.events == 15);
	feed(&a, commit(100, 110, "0-1-2"), ASSEMBLER_COMMIT);
	assert_true(a.done.lsn == 110 && a.done.commit_lsn == 110 && a.done.ordinal == 0);
}

static void
what_is_published_in_part_goes_on(void **state)
{
	(void) state;
	for (uint32_t published = 1; published <= 4; published++)
	{
		relay_position stored = {
		    .lsn = 100, .ordinal = 1, .index = published, .events = 10 + published};
		assembler a;

		assembler_init(&a, &stored);
		feed(&a, begin(100, 1, "0-1-1"), ASSEMBLER_NOTHING);
		feed(&a, last_event(1), ASSEMBLER_NOTHING);
		feed(&a, source_end, ASSEMBLER_NOTHING);
		feed_split(&a, published);
		assert_true(a.done.index == (published > 3 ? published : 3));
		feed(&a, last_event(4), published < 4 ? ASSEMBLER_EVENT : ASSEMBLER_NOTHING);
		feed(&a, source_end, ASSEMBLER_SOURCE_END);
		assert_true(a.done.ordinal == 2 && a.done.index == 0 && a.done.events == 14);
		/* only the first one behind the position */
		feed(&a, begin(100, 3, "0-1-3"), ASSEMBLER_NOTHING);
		feed(&a, last_event(1), ASSEMBLER_EVENT);
	}
}

/* Another module may make other events of the same WAL; if there are fewer than were published, that shows. */
static void
fewer_events_than_were_published_are_refused(void **state)
{
	(void) state;
	for (uint32_t published = 1; published <= 4; published++)
	{
		relay_position stored = {.lsn = 100, .ordinal = 1, .index = published};
		assembler a;

		assembler_init(&a, &stored);
		feed(&a, begin(100, 2, "0-1-2"), ASSEMBLER_NOTHING);
		feed(&a, event(1), ASSEMBLER_NOTHING);
		feed(&a, last_event(2), published < 2 ? ASSEMBLER_EVENT : ASSEMBLER_NOTHING);
		if (published > 2)
			refuse(a, source_end);
		else
			feed(&a, source_end, ASSEMBLER_SOURCE_END);
	}
}

/* What a request made is published as a source transaction is; the position keeps the GTID, and says whose that was. */
static void
requests_keep_the_gtid(void **state)
{
	const relay_position start = {
	    .lsn = 50, .gtid = "0-1-9", .source = "main", .commit_time = 7, .commit_lsn = 40};
	assembler a;

	(void) state;
	assembler_init(&a, &start);
	feed(&a, begin(100, 1, "Q7.12"), ASSEMBLER_NOTHING);
	assert_string_equal(a.gtid, "Q7.12");
	feed(&a, last_event(1), ASSEMBLER_EVENT);
	feed(&a, source_end, ASSEMBLER_SOURCE_END);
	assert_true(a.done.lsn == 100 && a.done.ordinal == 1 && a.done.commit_lsn == 40);
	feed(&a, begin(100, 2, "Q8.1"), ASSEMBLER_NOTHING);
	feed(&a, last_event(1), ASSEMBLER_EVENT);
	feed(&a, source_end, ASSEMBLER_SOURCE_END);
	feed(&a, commit(100, 120, "Q8.1"), ASSEMBLER_COMMIT);
	assert_true(a.done.lsn == 120 && a.done.commit_lsn == 120 && a.done.commit_time == 7);
	assert_string_equal(a.done.gtid, "0-1-9");
	assert_string_equal(a.done.source, "main");
	assert_string_equal(a.done.request, "Q8.1");
	feed(&a, commit(130, 140, ""), ASSEMBLER_COMMIT);
	assert_string_equal(a.done.request, "Q8.1");
	feed(&a, commit(150, 160, "0-1-10"), ASSEMBLER_COMMIT);
	assert_string_equal(a.done.gtid, "0-1-10");
	assert_string_equal(a.done.request, "");
	/* a restart at any of its ordinals publishes the rest once */
	assembler_init(&a, &(relay_position){.lsn = 100, .ordinal = 1, .request = "Q7.12"});
	feed(&a, begin(100, 1, "Q7.12"), ASSEMBLER_NOTHING);
	feed(&a, last_event(1), ASSEMBLER_NOTHING);
	feed(&a, source_end, ASSEMBLER_NOTHING);
	feed(&a, begin(100, 2, "Q8.1"), ASSEMBLER_NOTHING);
	feed(&a, last_event(1), ASSEMBLER_EVENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(positions_follow_the_frames),
	    cmocka_unit_test(replays_are_dropped),
	    cmocka_unit_test(what_is_before_the_position_is_dropped),
	    cmocka_unit_test(commits_without_a_mark_keep_the_gtid),
	    cmocka_unit_test(requests_keep_the_gtid),
	    cmocka_unit_test(contradictions_are_refused),
	    cmocka_unit_test(a_source_transaction_is_published_in_parts),
	    cmocka_unit_test(what_is_published_in_part_goes_on),
	    cmocka_unit_test(fewer_events_than_were_published_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
