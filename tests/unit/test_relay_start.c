/*
 * tests/unit/test_relay_start.c
 *	  Where the relay begins: every kind of cluster, slot and position against the others, as tables.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "relay/start.h"

#define SYSTEM "7312345678901234567"

/* A position whose last commit ended at 900 with GTID 0-1-50; WAL without source transactions went on to 1000. */
#define PUBLISHED                                                                                  \
	.stored = {.lsn = 1000,                                                                        \
	           .source = "main",                                                                   \
	           .gtid = "0-1-50",                                                                   \
	           .commit_lsn = 900,                                                                  \
	           .system = SYSTEM,                                                                   \
	           .timeline = 1}

#define UNKNOWN UINT64_MAX /* as the LSN at which the slot was made */

/* What a case does not say: a server that has all of that, with a slot made long ago at 100. */
static void
fill_in(start_facts *f)
{
	if (f->system == NULL)
		f->system = SYSTEM;
	if (f->timeline == 0)
		f->timeline = 1;
	if (f->server_lsn == 0)
		f->server_lsn = 2000;
	if (f->made_lsn == 0)
		f->made_lsn = 100;
	if (f->made_lsn == UNKNOWN)
		f->made_lsn = 0;
	if (f->made_source == NULL)
		f->made_source = f->made_gtid = "";
	if (f->flaw == NULL)
		f->flaw = "";
}

typedef struct start_case
{
	const char *name;
	relay_position stored;
	start_facts facts;
	const char *mirror; /* gtid_pos of source main; NULL: 0-1-60 */
	start_kind kind;
	uint64_t lsn; /* where to go on */
	bool watch;
	const char *reason; /* a part of it */
	uint64_t gap_from;
	uint64_t gap_to;
} start_case;

static const start_switch to_2_at_800[] = {{1, 800}};
static const start_switch to_2_at_950[] = {{1, 950}};
static const start_switch to_2_at_1000[] = {{1, 1000}};
static const start_switch to_3[] = {{1, 1000}, {2, 1500}};

static const start_case cases[] = {
    /* the same server */
    {"clean stop", PUBLISHED, .facts = {.confirmed = 1000}, .kind = START_CONTINUE, .lsn = 1000,
     .watch = true},
    {"killed before the slot was told", PUBLISHED, .facts = {.confirmed = 700},
     .kind = START_CONTINUE, .lsn = 1000, .watch = true},
    {"no timeline was stored", .stored = {.lsn = 1000, .gtid = "0-1-50", .system = SYSTEM},
     .facts = {.timeline = 4, .confirmed = 1000}, .kind = START_CONTINUE, .lsn = 1000,
     .watch = true},
    {"no source was stored, and one has it",
     .stored = {.lsn = 1000, .gtid = "0-1-50", .commit_lsn = 900}, .facts = {.confirmed = 100},
     .kind = START_CONTINUE, .lsn = 1000, .watch = true},
    {"the source began anew, the slot has seen the last commit", PUBLISHED,
     .facts = {.confirmed = 1000}, .mirror = "0-1-3", .kind = START_CONTINUE, .lsn = 1000,
     .watch = true},

    {"the sink doubts its own records", PUBLISHED,
     .facts = {.flaw = "records are missing", .confirmed = 900}, .kind = START_GAP, .lsn = 900,
     .reason = "records are missing"},

    /* first start */
    {"nobody has read the slot", .facts = {.confirmed = 100}, .kind = START_FIRST, .lsn = 100},
    {"the slot was read, the position is gone", .facts = {.confirmed = 101}, .kind = START_GAP,
     .lsn = 101, .reason = "deleted or has expired", .gap_from = 100, .gap_to = 101},
    {"nobody knows when the slot was made", .facts = {.made_lsn = UNKNOWN, .confirmed = 100},
     .kind = START_GAP, .lsn = 100, .reason = "may have been read", .gap_to = 100},

    /* other servers */
    {"another cluster", PUBLISHED, .facts = {.system = "1", .confirmed = 100}, .kind = START_GAP,
     .lsn = 100, .reason = "another PostgreSQL cluster"},
    {"an old copy that has not caught up", PUBLISHED,
     .facts = {.server_lsn = 999, .confirmed = 600}, .kind = START_GAP, .lsn = 600,
     .reason = "older copy", .gap_from = 999, .gap_to = 1000},
    {"an old copy whose mirror has not caught up", PUBLISHED, .facts = {.confirmed = 600},
     .mirror = "0-1-49", .kind = START_GAP, .lsn = 600, .reason = "the mirror is behind it",
     .gap_from = 600, .gap_to = 1000},
    {"an old copy of before the source",
     .stored = {.lsn = 1000, .source = "other", .gtid = "0-1-5", .commit_lsn = 900},
     .facts = {.confirmed = 600}, .kind = START_GAP, .lsn = 600, .reason = "no source other",
     .gap_from = 600, .gap_to = 1000},

    /* promoted standbys */
    {"promoted after it had all", PUBLISHED,
     .facts = {.timeline = 2, .switches = to_2_at_1000, .switch_count = 1, .confirmed = 700},
     .kind = START_CONTINUE, .lsn = 1000, .watch = true},
    {"promoted twice", PUBLISHED,
     .facts = {.timeline = 3, .switches = to_3, .switch_count = 2, .confirmed = 700},
     .kind = START_CONTINUE, .lsn = 1000, .watch = true},
    {"promoted without WAL that held no source transaction", PUBLISHED,
     .facts = {.timeline = 2, .switches = to_2_at_950, .switch_count = 1, .confirmed = 700},
     .kind = START_CONTINUE, .lsn = 950, .watch = true},
    {"promoted without the last commit", PUBLISHED,
     .facts = {.timeline = 2, .switches = to_2_at_800, .switch_count = 1, .confirmed = 700},
     .mirror = "0-1-48", .kind = START_GAP, .lsn = 700, .reason = "left before that",
     .gap_from = 800, .gap_to = 1000},
    {"promoted at the begin of a commit that is published in part",
     .stored = {.lsn = 1000,
                .ordinal = 1,
                .source = "main",
                .gtid = "0-1-50",
                .commit_lsn = 900,
                .timeline = 1},
     .facts = {.timeline = 2, .switches = to_2_at_1000, .switch_count = 1, .confirmed = 700},
     .kind = START_GAP, .lsn = 700, .reason = "left before that", .gap_from = 1000, .gap_to = 1000},
    {"the old primary, after the standby was promoted",
     .stored = {.lsn = 1000, .gtid = "0-1-50", .timeline = 2}, .facts = {.confirmed = 700},
     .kind = START_GAP, .lsn = 700, .reason = "not in the history", .gap_from = 700,
     .gap_to = 1000},

    /* slots */
    {"the slot was moved", PUBLISHED, .facts = {.confirmed = 1200}, .kind = START_GAP, .lsn = 1200,
     .reason = "moved past it", .gap_from = 1000, .gap_to = 1200},
    {"the slot was made anew", PUBLISHED,
     .facts = {.made_lsn = 1200, .made_source = "main", .made_gtid = "0-1-55", .confirmed = 1200},
     .kind = START_GAP, .lsn = 1200, .reason = "made after it", .gap_from = 1000, .gap_to = 1200},
    {"the slot was made anew, and nothing came between", PUBLISHED,
     .facts = {.made_lsn = 1200, .made_source = "main", .made_gtid = "0-1-50", .confirmed = 1200},
     .kind = START_CONTINUE, .lsn = 1200},
    {"the same, with another domain", PUBLISHED,
     .facts =
         {.made_lsn = 1200, .made_source = "main", .made_gtid = "0-1-50,1-1-7", .confirmed = 1200},
     .kind = START_GAP, .lsn = 1200, .reason = "made after it", .gap_from = 1000, .gap_to = 1200},
    {"the same, with several sources", PUBLISHED, .facts = {.made_lsn = 1200, .confirmed = 1200},
     .kind = START_GAP, .lsn = 1200, .reason = "made after it", .gap_from = 1000, .gap_to = 1200},
    {"made anew on a promoted standby that had all", PUBLISHED,
     .facts = {.timeline = 2,
               .switches = to_2_at_1000,
               .switch_count = 1,
               .made_lsn = 1200,
               .made_source = "main",
               .made_gtid = "0-1-50",
               .confirmed = 1200},
     .kind = START_CONTINUE, .lsn = 1200},
    {"made anew within WAL that the old history had without source transactions", PUBLISHED,
     .facts = {.made_lsn = 950, .made_source = "main", .made_gtid = "0-1-55", .confirmed = 950},
     .kind = START_GAP, .lsn = 950, .reason = "made after it", .gap_from = 900, .gap_to = 950},
};

static void
starts_are_decided(void **state)
{
	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		const start_case *c = &cases[i];
		start_source sources[] = {{"aside", "7-7-7"},
		                          {"main", c->mirror != NULL ? c->mirror : "0-1-60"}};
		start_facts facts = c->facts;
		start_verdict v;

		fill_in(&facts);
		facts.sources = sources;
		facts.source_count = 2;
		start_decide(&c->stored, &facts, &v);
		if (v.kind != c->kind || v.from.lsn != c->lsn || v.watch != c->watch)
			fail_msg("%s: kind %d, from %d, watch %d: %s", c->name, v.kind, (int) v.from.lsn,
			         v.watch, v.reason);
		if (c->kind != START_GAP)
			continue;
		if (strstr(v.reason, c->reason != NULL ? c->reason : "?") == NULL ||
		    v.gap_from != c->gap_from || v.gap_to != c->gap_to)
			fail_msg("%s: %s, from %d to %d", c->name, v.reason, (int) v.gap_from, (int) v.gap_to);
		assert_true(v.from.ordinal == 0 && v.from.gtid[0] == '\0' && v.from.commit_lsn == 0);
	}
}

static void
histories_are_parsed(void **state)
{
	static const char text[] = "1\t0/16B3748\tno recovery target specified\n\n# a comment\n"
	                           "2\tA/1\tbefore 2026-11-29 10:00:00+00\n3\tB/20";
	start_switch found[4];

	(void) state;
	assert_int_equal(start_parse_history(text, sizeof(text) - 1, found, 4), 3);
	assert_true(found[0].timeline == 1 && found[0].lsn == 0x16B3748);
	assert_true(found[1].timeline == 2 && found[1].lsn == 0xA00000001);
	assert_true(found[2].timeline == 3 && found[2].lsn == 0xB00000020);
	assert_int_equal(start_parse_history(text, sizeof(text) - 1, found, 2), 2);
	assert_int_equal(start_parse_history("", 0, found, 4), 0);
	assert_int_equal(start_parse_history("garbage\n", 8, found, 4), 0);
}

/* What comes by in the stream: a frame, or a keepalive where gtid is NULL. */
typedef struct step
{
	wire_type type; /* 0: keepalive */
	uint64_t lsn;   /* start of the commit of a 'B', end of a 'C', or of the keepalive */
	const char *gtid;
	uint32_t ordinal;
} step;

typedef struct overlap_case
{
	const char *name;
	relay_position stored;
	uint64_t start;
	step steps[6];
	const char
	    *other;  /* a part of the reason that the last step gives; NULL: all is the same history */
	bool passed; /* after the last step */
} overlap_case;

static const overlap_case overlaps[] = {
    {"the last commit comes by", PUBLISHED, 700,
     .steps = {{'C', 800, "0-1-49"}, {'B', 880, "0-1-50", 1}, {'C', 900, "0-1-50"}, {0, 1000}},
     .passed = true},
    {"not yet", PUBLISHED, 700, .steps = {{'C', 800, "0-1-49"}, {0, 999}}, .passed = false},
    {"it ends with the next commit", PUBLISHED, 700,
     .steps = {{'C', 900, "0-1-50"}, {'B', 1000, "0-1-51", 1}}, .passed = true},
    {"or with one that has no events", PUBLISHED, 700,
     .steps = {{'C', 900, "0-1-50"}, {'C', 1001, "0-1-51"}}, .passed = true},
    {"commits without a mark are nobody's", PUBLISHED, 700,
     .steps = {{'C', 900, "0-1-50"}, {'C', 950, ""}, {0, 1000}}, .passed = true},
    {"the slot is past the last commit", PUBLISHED, 1000, .steps = {{'B', 1000, "0-1-51", 1}},
     .passed = true},
    {"nothing was published yet", .stored = {.lsn = 1000}, 700,
     .steps = {{'C', 800, ""}, {0, 1000}}, .passed = true},
    {"another GTID is there", PUBLISHED, 700, .steps = {{'C', 900, "0-1-47"}},
     .other = "0-1-47 is where 0-1-50"},
    {"another source is there", PUBLISHED, 700, .steps = {{'C', 900, "0-1-50", 7}},
     .other = "0-1-50 is where 0-1-50"},
    {"the commit is not there, a newer one is", PUBLISHED, 700,
     .steps = {{'C', 890, "0-1-49"}, {'B', 1001, "0-1-50", 1}}, .other = "not where it was"},
    {"the same without events", PUBLISHED, 700,
     .steps = {{'C', 890, "0-1-49"}, {'C', 1010, "0-1-50"}}, .other = "not where it was"},
    {"the commit is not there, and nothing comes", PUBLISHED, 700, .steps = {{0, 990}, {0, 1000}},
     .other = "not where it was"},
    {"a commit where there was none", PUBLISHED, 950, .steps = {{'C', 980, "0-1-50"}},
     .other = "where there was none"},
    {"the same with events", PUBLISHED, 950, .steps = {{'B', 960, "0-1-50", 1}},
     .other = "where there was none"},
    {"inside a commit", .stored = {.lsn = 1000, .ordinal = 2, .gtid = "0-1-52", .commit_lsn = 900},
     1000, .steps = {{'B', 1000, "0-1-51", 1}, {'B', 1000, "0-1-52", 2}, {'B', 1000, "0-1-53", 3}},
     .passed = true},
    {"inside a commit that the server has not sent yet",
     .stored = {.lsn = 1000, .ordinal = 2, .gtid = "0-1-52", .commit_lsn = 900}, 1000,
     .steps =
         {{0, 1000}, {'B', 1000, "0-1-51", 1}, {'B', 1000, "0-1-52", 2}, {'B', 1000, "0-1-53", 3}},
     .passed = true},
    {"inside a commit that is another",
     .stored = {.lsn = 1000, .ordinal = 2, .gtid = "0-1-52", .commit_lsn = 900}, 1000,
     .steps = {{'B', 1000, "0-1-50", 1}, {'B', 1000, "0-1-51", 2}},
     .other = "0-1-51 is where 0-1-52"},
    {"the last commit is a request's",
     .stored =
         {.lsn = 1000, .source = "main", .gtid = "0-1-50", .request = "Q7.12", .commit_lsn = 900},
     700, .steps = {{'C', 800, "0-1-50"}, {'B', 880, "Q7.12", 1}, {'C', 900, "Q7.12"}, {0, 1000}},
     .passed = true},
    {"a source transaction is where a request's was",
     .stored =
         {.lsn = 1000, .source = "main", .gtid = "0-1-50", .request = "Q7.12", .commit_lsn = 900},
     700, .steps = {{'C', 900, "0-1-50"}}, .other = "0-1-50 is where Q7.12"},
    {"another request's is there",
     .stored = {.lsn = 1000, .ordinal = 1, .gtid = "0-1-50", .request = "Q7.12", .commit_lsn = 900},
     1000, .steps = {{'B', 1000, "Q7.13", 1}}, .other = "Q7.13 is where Q7.12"},
    {"a request's is where a source transaction was", PUBLISHED, 700,
     .steps = {{'C', 900, "Q7.12"}}, .other = "Q7.12 is where 0-1-50"},
    {"inside a commit that is shorter",
     .stored = {.lsn = 1000, .ordinal = 2, .gtid = "0-1-52", .commit_lsn = 900}, 1000,
     .steps = {{'B', 1000, "0-1-51", 1}, {'C', 1040, "0-1-51"}}, .other = "not where it was"},
};

static overlap_answer
take(overlap *o, const step *s, char reason[START_REASON_SIZE])
{
	/* an ordinal of a 'C' names another source */
	const char *source = s->type == WIRE_COMMIT && s->ordinal != 0 ? "other" : "main";
	wire_frame f = {
	    .type = s->type, .ordinal = s->ordinal, .commit_lsn = s->lsn, .end_lsn = s->lsn};

	if (s->type == 0)
		return overlap_keepalive(o, s->lsn, reason);
	f.gtid = (wire_bytes){s->gtid, (uint32_t) strlen(s->gtid)};
	f.source = (wire_bytes){source, (uint32_t) strlen(source)};
	return overlap_frame(o, &f, reason);
}

static void
overlaps_are_watched(void **state)
{
	(void) state;
	for (size_t i = 0; i < sizeof(overlaps) / sizeof(overlaps[0]); i++)
	{
		const overlap_case *c = &overlaps[i];
		char reason[START_REASON_SIZE] = "";
		overlap o;

		overlap_init(&o, &c->stored, c->start);
		for (const step *s = c->steps; s->lsn != 0; s++)
		{
			bool last = s[1].lsn == 0;
			overlap_answer expected = last && c->other != NULL ? OVERLAP_OTHER : OVERLAP_SAME;

			if (take(&o, s, reason) != expected)
				fail_msg("%s, step %d: %s", c->name, (int) (s - c->steps), reason);
		}
		if (c->other != NULL ? strstr(reason, c->other) == NULL : o.passed != c->passed)
			fail_msg("%s: passed %d, %s", c->name, o.passed, reason);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(starts_are_decided),
	    cmocka_unit_test(histories_are_parsed),
	    cmocka_unit_test(overlaps_are_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
