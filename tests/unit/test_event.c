/*
 * tests/unit/test_event.c
 *	  The recorded events of DDL, savepoints, XA, STATEMENT format: what each is taken for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "recorded.h"
#include "source/event.h"
#include "source/statement.h"

/* The events of tests/data/binlog/record's CONTROL, stream events left out. */
static const struct
{
	event_class class;
	statement_kind kind; /* of EVENT_CLASS_QUERY */
	statement_ddl ddl;
	const char *tables; /* schema.table ... */
} control[] = {
    {EVENT_CLASS_GTID},
    {EVENT_CLASS_QUERY, STATEMENT_TABLE_DDL, DDL_CREATE_DATABASE, "other."},
    {EVENT_CLASS_GTID},
    {EVENT_CLASS_QUERY, STATEMENT_TABLE_DDL, DDL_CREATE_TABLE, "other.t"},
    {EVENT_CLASS_GTID},
    {EVENT_CLASS_IGNORABLE},
    {EVENT_CLASS_TABLE_MAP},
    {EVENT_CLASS_ROWS},
    {EVENT_CLASS_QUERY, STATEMENT_SAVEPOINT},
    {EVENT_CLASS_IGNORABLE},
    {EVENT_CLASS_TABLE_MAP},
    {EVENT_CLASS_ROWS},
    {EVENT_CLASS_COMMIT},
    {EVENT_CLASS_GTID},
    {EVENT_CLASS_QUERY, STATEMENT_TABLE_DDL, DDL_CREATE_TABLE, "other.m"},
    {EVENT_CLASS_GTID},
    {EVENT_CLASS_IGNORABLE},
    {EVENT_CLASS_TABLE_MAP},
    {EVENT_CLASS_ROWS},
    {EVENT_CLASS_QUERY, STATEMENT_COMMIT},
    {EVENT_CLASS_GTID},
    {EVENT_CLASS_IGNORABLE},
    {EVENT_CLASS_TABLE_MAP},
    {EVENT_CLASS_ROWS},
    {EVENT_CLASS_QUERY, STATEMENT_COMMIT},
    /* STATEMENT format */
    {EVENT_CLASS_GTID},
    {EVENT_CLASS_STATEMENT},
    {EVENT_CLASS_QUERY, STATEMENT_CHANGE, DDL_NONE, "other.t"},
    {EVENT_CLASS_COMMIT},
    {EVENT_CLASS_GTID},
    {EVENT_CLASS_STATEMENT},
    {EVENT_CLASS_QUERY, STATEMENT_CHANGE, DDL_NONE, "other.t"},
    {EVENT_CLASS_COMMIT},
    {EVENT_CLASS_GTID},
    {EVENT_CLASS_STATEMENT},
    {EVENT_CLASS_QUERY, STATEMENT_CHANGE, DDL_NONE, "other.m"},
    {EVENT_CLASS_QUERY, STATEMENT_COMMIT},
    /* XA */
    {EVENT_CLASS_GTID},
    {EVENT_CLASS_IGNORABLE},
    {EVENT_CLASS_TABLE_MAP},
    {EVENT_CLASS_ROWS},
    {EVENT_CLASS_QUERY, STATEMENT_XA},
    {EVENT_CLASS_XA},
    {EVENT_CLASS_GTID},
    {EVENT_CLASS_QUERY, STATEMENT_XA_COMMIT},
    {EVENT_CLASS_GTID},
    {EVENT_CLASS_IGNORABLE},
    {EVENT_CLASS_TABLE_MAP},
    {EVENT_CLASS_ROWS},
    {EVENT_CLASS_COMMIT},
    /* DDL */
    {EVENT_CLASS_GTID},
    {EVENT_CLASS_QUERY, STATEMENT_TABLE_DDL, DDL_TRUNCATE_TABLE, "other.t"},
    {EVENT_CLASS_GTID},
    {EVENT_CLASS_QUERY, STATEMENT_TABLE_DDL, DDL_CREATE_TABLE, "other.c2"},
    {EVENT_CLASS_IGNORABLE},
    {EVENT_CLASS_TABLE_MAP},
    {EVENT_CLASS_ROWS},
    {EVENT_CLASS_COMMIT},
    {EVENT_CLASS_GTID},
    {EVENT_CLASS_QUERY, STATEMENT_NEUTRAL},
    {EVENT_CLASS_GTID},
    {EVENT_CLASS_QUERY, STATEMENT_NEUTRAL},
    {EVENT_CLASS_GTID},
    {EVENT_CLASS_QUERY, STATEMENT_TABLE_DDL, DDL_ALTER_TABLE, "other.t other.u"},
    {EVENT_CLASS_GTID},
    {EVENT_CLASS_QUERY, STATEMENT_TABLE_DDL, DDL_CREATE_TABLE,
     "other.a_table_with_a_name_long_enough_to_be_compressed"},
    {EVENT_CLASS_GTID},
    {EVENT_CLASS_QUERY, STATEMENT_TABLE_DDL, DDL_DROP_TABLE, "other.u other.m"},
};

static void
tables_text(const statement *s, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < s->table_count; i++)
		len += (size_t) snprintf(out + len, size - len, "%s%s.%s", i > 0 ? " " : "",
		                         s->tables[i].schema, s->tables[i].table);
}

static void
check_query(const recorded_event *e, size_t expected, arena *a)
{
	query_event q;
	statement s;
	decode_error err;
	char tables[500];

	assert_true(event_parse_query(e->type, e->body, e->len, a, &q, &err));
	assert_true(statement_parse(q.sql, q.sql_len, q.database, q.database_len, &q.dialect, a, &s));
	tables_text(&s, tables, sizeof(tables));
	if (s.kind != control[expected].kind || s.ddl != control[expected].ddl ||
	    strcmp(tables, control[expected].tables != NULL ? control[expected].tables : "") != 0)
		fail_msg("event %zu: kind %d, ddl %d, tables '%s' of %.*s", expected, s.kind, s.ddl, tables,
		         (int) q.sql_len, q.sql);
}

static void
recorded_events_are_known(void **state)
{
	recorded_event events[RECORDED_MOST];
	size_t count = recorded_load("control", events), n = 0;
	arena *a = arena_create(4096);

	(void) state;
	for (size_t i = 0; i < count; i++)
	{
		event_class class = event_classify(events[i].type, 0);

		if (class == EVENT_CLASS_STREAM)
			continue;
		assert_true(n < sizeof(control) / sizeof(*control));
		if (class != control[n].class)
			fail_msg("event %zu (%s) has class %d, not %d", n, event_type_name(events[i].type),
			         class, control[n].class);
		if (class == EVENT_CLASS_QUERY)
			check_query(&events[i], n, a);
		n++;
	}
	assert_int_equal(n, sizeof(control) / sizeof(*control));
	recorded_free(events, count);
	arena_destroy(a);
}

static void
gtid_events(void **state)
{
	recorded_event events[RECORDED_MOST];
	size_t count = recorded_load("control", events), prepared = 0, completed = 0, standalone = 0;
	uint64_t last = 0;
	const uint8_t *xa = NULL;
	size_t xa_len = 0;
	gtid_event g;
	decode_error err;

	(void) state;
	for (size_t i = 0; i < count; i++)
	{
		if (events[i].type != EVENT_GTID)
			continue;
		assert_true(event_parse_gtid(events[i].body, events[i].len, 7, &g, &err));
		assert_int_equal(g.id.domain, 0);
		assert_int_equal(g.id.server, 7);
		assert_true(last == 0 || g.id.sequence == last + 1);
		last = g.id.sequence;
		prepared += (g.flags & GTID_FLAG_PREPARED_XA) != 0;
		if ((g.flags & (GTID_FLAG_PREPARED_XA | GTID_FLAG_COMPLETED_XA)) != 0)
		{
			assert_true(g.xa_len >= 6 && g.xa_len == 6u + g.xa[4] + g.xa[5]);
			assert_true(xa_len == 0 || (xa_len == g.xa_len && memcmp(xa, g.xa, xa_len) == 0));
			xa = g.xa;
			xa_len = g.xa_len;
		}
		else
			assert_int_equal(g.xa_len, 0);
		completed += (g.flags & GTID_FLAG_COMPLETED_XA) != 0;
		standalone += (g.flags & GTID_FLAG_STANDALONE) != 0;
	}
	assert_int_equal(prepared, 1);
	assert_int_equal(completed, 1);
	assert_int_equal(standalone, 10);
	recorded_free(events, count);
}

static void
format_and_gtid_list(void **state)
{
	recorded_event events[RECORDED_MOST];
	size_t count = recorded_load("control", events);
	char version[51];
	uint8_t checksum;
	gtid_list list = {0};
	decode_error err;

	(void) state;
	assert_int_equal(events[0].type, EVENT_FORMAT_DESCRIPTION);
	assert_true(event_parse_format(events[0].body, events[0].len, &checksum, version, &err));
	assert_int_equal(checksum, EVENT_CHECKSUM_CRC32);
	assert_non_null(strstr(version, "MariaDB"));
	assert_int_equal(events[1].type, EVENT_GTID_LIST);
	assert_true(event_parse_gtid_list(events[1].body, events[1].len, &list, &err));
	assert_int_equal(list.count, 1);
	assert_int_equal(list.items[0].server, 7);
	gtid_list_free(&list);
	recorded_free(events, count);
}

static void
headers(void **state)
{
	const uint8_t bytes[EVENT_HEADER_SIZE] = {0x01, 0x02, 0x03, 0x04, 162, 0x07, 0, 0,    0, 0x2a,
	                                          0,    0,    0,    0x99, 0,   0,    0, 0x08, 0};
	event_header h;

	(void) state;
	assert_false(event_parse_header(bytes, EVENT_HEADER_SIZE - 1, &h));
	assert_true(event_parse_header(bytes, EVENT_HEADER_SIZE, &h));
	assert_int_equal(h.timestamp, 0x04030201);
	assert_int_equal(h.type, EVENT_GTID);
	assert_int_equal(h.server_id, 7);
	assert_int_equal(h.length, 42);
	assert_int_equal(h.end_position, 0x99);
	assert_int_equal(h.flags, 8);
}

static void
unknown_types_stop_unless_ignorable(void **state)
{
	(void) state;
	assert_int_equal(event_classify(172, 0), EVENT_CLASS_UNKNOWN);
	assert_int_equal(event_classify(250, 0), EVENT_CLASS_UNKNOWN);
	assert_int_equal(event_classify(250, EVENT_FLAG_IGNORABLE), EVENT_CLASS_IGNORABLE);
	assert_int_equal(event_classify(39, 0), EVENT_CLASS_UNKNOWN);
	assert_int_equal(event_classify(20, 0), EVENT_CLASS_UNKNOWN);
	assert_int_equal(event_classify(EVENT_INCIDENT, EVENT_FLAG_IGNORABLE), EVENT_CLASS_INCIDENT);
	assert_string_equal(event_type_name(172), "PARTIAL_ROW_DATA_EVENT");
}

static void
incidents_have_a_message(void **state)
{
	const uint8_t body[] = {1, 0, 4, 'l', 'o', 's', 't'};
	const char *message;
	size_t len;

	(void) state;
	event_parse_incident(body, sizeof(body), &message, &len);
	assert_int_equal(len, 4);
	assert_memory_equal(message, "lost", 4);
	event_parse_incident(body, 5, &message, &len);
	assert_int_equal(len, 0);
}

/* Cuts and flips; under the sanitizers nothing may be read that is not there. */
static void
survives_cut_and_flipped_events(void **state)
{
	recorded_event events[RECORDED_MOST];
	size_t count = recorded_load("control", events);
	arena *a = arena_create(65536);

	(void) state;
	srand(42);
	for (size_t i = 0; i < count; i++)
	{
		for (size_t round = 0; round < 1000; round++)
		{
			size_t len = round < events[i].len ? round : events[i].len;
			uint8_t *copy = malloc(len > 0 ? len : 1), checksum;
			query_event q;
			gtid_event g;
			gtid_list l;
			statement s;
			decode_error err;
			char version[51];
			const char *message;
			size_t message_len;

			memcpy(copy, events[i].body, len);
			if (len == events[i].len && len > 0 && round > len)
				copy[(size_t) rand() % len] ^= (uint8_t) (1 << rand() % 8);
			if (event_parse_query(EVENT_QUERY, copy, len, a, &q, &err))
				statement_parse(q.sql, q.sql_len, q.database, q.database_len, &q.dialect, a, &s);
			if (event_parse_query(EVENT_QUERY_COMPRESSED, copy, len, a, &q, &err))
				statement_parse(q.sql, q.sql_len, q.database, q.database_len, &q.dialect, a, &s);
			event_parse_gtid(copy, len, 1, &g, &err);
			if (event_parse_gtid_list(copy, len, &l, &err))
				gtid_list_free(&l);
			event_parse_format(copy, len, &checksum, version, &err);
			event_parse_incident(copy, len, &message, &message_len);
			free(copy);
			arena_reset(a);
		}
	}
	recorded_free(events, count);
	arena_destroy(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(recorded_events_are_known),
	    cmocka_unit_test(gtid_events),
	    cmocka_unit_test(format_and_gtid_list),
	    cmocka_unit_test(headers),
	    cmocka_unit_test(unknown_types_stop_unless_ignorable),
	    cmocka_unit_test(incidents_have_a_message),
	    cmocka_unit_test(survives_cut_and_flipped_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
