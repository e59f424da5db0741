/*
 * tests/unit/test_row_image.c
 *	  Recorded row events decode to what SELECT printed of the same rows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include "recorded.h"
#include "rows/column.h"
#include "rows/row_image.h"
#include "rows/types.h"
#include "rows/types.h"

#define MOST_COLUMNS 128

static const char *const cases[] = {"integers",
                                    "reals",
                                    "decimals",
                                    "strings",
                                    "binaries",
                                    "blobs",
                                    "labels",
                                    "times",
                                    "bits",
                                    "odd",
                                    "wide",
                                    "full",
                                    "noblob",
                                    "minimal",
                                    "full_compressed",
                                    "noblob_compressed",
                                    "minimal_compressed"};

/* Lines of a .rows file, one after the other. */
typedef struct expected
{
	FILE *file;
	char *line;
	size_t size;
} expected;

static void
put_hex(FILE *out, const char *data, size_t len)
{
	fputc('x', out);
	for (size_t i = 0; i < len; i++)
		fprintf(out, "%02X", (unsigned char) data[i]);
}

/* Writes a value as record writes it; numbers as their decimal text in hexadecimal. */
static void
put_value(FILE *out, const column_def *col, const value *v, const char *expected_text)
{
	char text[64];
	int len = 0;

	fputc(' ', out);
	if (v->kind == VALUE_BYTES && col->type == TYPE_GEOMETRY)
	{
		/* a SELECT has the SRID, which is 0 here, before the WKB */
		fputs("x00000000", out);
		for (size_t i = 0; i < v->bytes.len; i++)
			fprintf(out, "%02X", (unsigned char) v->bytes.data[i]);
		return;
	}
	switch (v->kind)
	{
		case VALUE_ABSENT:
			fputc('-', out);
			return;
		case VALUE_NULL:
			fputc('N', out);
			return;
		case VALUE_BYTES:
			put_hex(out, v->bytes.data, v->bytes.len);
			return;
		case VALUE_INT:
		case VALUE_TIMESTAMP:
			len = snprintf(text, sizeof(text), "%lld", (long long) v->i);
			break;
		case VALUE_UINT:
			len = snprintf(text, sizeof(text), "%llu", (unsigned long long) v->u);
			break;
		case VALUE_FLOAT:
		case VALUE_DOUBLE:
			/* MariaDB prints doubles in its own way: equal numbers count, and then its text is ours */
			if (expected_text[0] == 'x')
			{
				char theirs[64] = "";

				for (size_t i = 0; i + 1 < strcspn(expected_text + 1, " \n") && i < 120; i += 2)
					sscanf(expected_text + 1 + i, "%2hhx", (unsigned char *) &theirs[i / 2]);
				if (strtod(theirs, NULL) == v->d)
				{
					fwrite(expected_text, 1, strcspn(expected_text, " \n"), out);
					return;
				}
			}
			len = snprintf(text, sizeof(text), "%.17g", v->d);
	}
	put_hex(out, text, (size_t) len);
}

static void
check_image(const char *name, expected *x, char kind, const table_map *map, const value *values)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	const char *next;

	if (getline(&x->line, &x->size, x->file) < 0)
		fail_msg("%s: more rows than SELECT printed", name);
	fputc(kind, out);
	next = strchr(x->line, ' ');
	for (unsigned i = 0; i < map->column_count; i++)
	{
		put_value(out, &map->columns[i], &values[i], next != NULL ? next + 1 : "");
		next = next != NULL ? strchr(next + 1, ' ') : NULL;
	}
	fclose(out);
	x->line[strcspn(x->line, "\n")] = '\0';
	if (strcmp(text, x->line) != 0)
	{
		size_t at = 0;

		while (text[at] == x->line[at])
			at++;
		while (at > 0 && text[at] != ' ')
			at--;
		fail_msg("%s: decoded %.300s, SELECT printed %.300s", name, text + at, x->line + at);
	}
	free(text);
}

static void
check_rows(const char *name, expected *x, const table_map *map, uint8_t type, const uint8_t *body,
           size_t len, arena *a)
{
	value before[MOST_COLUMNS], after[MOST_COLUMNS];
	decode_error err;
	row_reader r;
	int answer;

	if (!row_reader_open(&r, type, body, len, map, &err))
		fail_msg("%s: %s", name, err.message);
	while ((answer = row_reader_next(&r, a, before, after, &err)) == 1)
	{
		if (r.kind != ROW_INSERT)
			check_image(name, x, r.kind == ROW_UPDATE ? 'B' : 'D', map, before);
		if (r.kind != ROW_DELETE)
			check_image(name, x, r.kind == ROW_UPDATE ? 'A' : 'I', map, after);
	}
	if (answer < 0)
		fail_msg("%s: %s", name, err.message);
}

/* Makes a version 2 event of a version 1 event: some extra data behind the flags. */
static uint8_t *
upgrade(const recorded_event *e, uint8_t *type, size_t *len)
{
	static const uint8_t extra[] = {5, 0, 1, 2, 3};
	uint8_t *body = malloc(e->len + sizeof(extra));

	memcpy(body, e->body, 8);
	memcpy(body + 8, extra, sizeof(extra));
	memcpy(body + 8 + sizeof(extra), e->body + 8, e->len - 8);
	*len = e->len + sizeof(extra);
	*type = (uint8_t) (e->type >= 166 ? e->type + 3 : e->type + 7);
	return body;
}

static void
check_case(const char *name, bool version2)
{
	recorded_event events[RECORDED_MOST];
	size_t count = recorded_load(name, events);
	arena *a = arena_create(65536);
	expected x = {0};
	char path[600];
	table_map map;
	decode_error err;

	snprintf(path, sizeof(path), "%s/binlog/%s.rows", TEST_DATA, name);
	x.file = fopen(path, "r");
	assert_non_null(x.file);
	assert_true(count >= 2);
	for (size_t i = 0; i < count; i++)
	{
		uint8_t type = events[i].type;
		size_t len = events[i].len;
		uint8_t *copy = NULL;
		const uint8_t *body = events[i].body;

		if (type == 19)
		{
			if (!table_map_parse(body, len, a, &map, &err))
				fail_msg("%s: %s", name, err.message);
			assert_string_equal(map.schema, "rec");
			assert_string_equal(map.table, name);
			continue;
		}
		if (version2)
			body = copy = upgrade(&events[i], &type, &len);
		if (row_event_plain_type(type) != type)
		{
			if (!row_event_inflate(type, body, len, a, &body, &len, &err))
				fail_msg("%s: %s", name, err.message);
			type = row_event_plain_type(type);
		}
		check_rows(name, &x, &map, type, body, len, a);
		free(copy);
	}
	assert_int_equal(getline(&x.line, &x.size, x.file), -1);
	free(x.line);
	fclose(x.file);
	recorded_free(events, count);
	arena_destroy(a);
}

static void
decodes_what_select_prints(void **state)
{
	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_case(cases[i], false);
}

static void
decodes_version_2(void **state)
{
	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_case(cases[i], true);
}

static void
compressed_cases_are_compressed(void **state)
{
	recorded_event events[RECORDED_MOST];
	size_t count = recorded_load("full_compressed", events), compressed = 0;

	(void) state;
	for (size_t i = 0; i < count; i++)
		compressed += events[i].type >= 166;
	assert_int_equal(compressed, 3);
	recorded_free(events, count);
}

static unsigned
count_partial_updates(const char *name)
{
	recorded_event events[RECORDED_MOST];
	size_t count = recorded_load(name, events);
	unsigned partial = 0;

	for (size_t i = 0; i < count; i++)
	{
		partial += row_event_updates_in_part(events[i].type, events[i].body, events[i].len);
		assert_false(row_event_updates_in_part(events[i].type, events[i].body, 7));
	}
	recorded_free(events, count);
	return partial;
}

static void
updates_in_part_are_known(void **state)
{
	(void) state;
	assert_int_equal(count_partial_updates("full"), 0);
	assert_int_equal(count_partial_updates("full_compressed"), 0);
	assert_true(count_partial_updates("minimal") > 0);
	assert_int_equal(count_partial_updates("minimal_compressed"), count_partial_updates("minimal"));
	assert_true(count_partial_updates("noblob") > 0);
}

/* Decodes whatever the bytes say, as far as they go; what matters is that nothing breaks. */
static void
decode_hostile(const table_map *map, uint8_t type, const uint8_t *body, size_t len, arena *a)
{
	value before[MOST_COLUMNS], after[MOST_COLUMNS];
	decode_error err;
	row_reader r;
	const uint8_t *plain = body;
	size_t plain_len = len;
	unsigned rows = 0;

	if (row_event_plain_type(type) != type &&
	    !row_event_inflate(type, body, len, a, &plain, &plain_len, &err))
		return;
	if (!row_reader_open(&r, type, plain, plain_len, map, &err))
		return;
	while (row_reader_next(&r, a, before, after, &err) == 1 && rows++ < 10000)
		;
}

static uint8_t *
exact_copy(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	memcpy(copy, data, len);
	return copy;
}

/* Every prefix of an event up to some length, then random bits flipped. */
static void
torture(const recorded_event *e, const table_map *map, arena *a)
{
	size_t step = e->len > 2000 ? e->len / 1000 : 1;
	arena *b = arena_create(65536);
	table_map hostile;
	decode_error err;

	for (size_t round = 0; round < 3000; round++)
	{
		size_t len = round < 1500 ? round * step : e->len;
		uint8_t *copy;

		if (len > e->len)
			continue;
		copy = exact_copy(e->body, len);
		if (round >= 1500 && len > 0)
			for (int flips = rand() % 4; flips >= 0; flips--)
				copy[(size_t) rand() % len] ^= (uint8_t) (1 << rand() % 8);
		if (e->type != 19)
			decode_hostile(map, e->type, copy, len, b);
		else if (table_map_parse(copy, len, b, &hostile, &err) &&
		         hostile.column_count <= MOST_COLUMNS)
			decode_hostile(&hostile, e[1].type, e[1].body, e[1].len, b);
		free(copy);
		arena_reset(b);
	}
	(void) a;
	arena_destroy(b);
}

static void
survives_cut_and_flipped_events(void **state)
{
	(void) state;
	srand(20240229);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
	{
		recorded_event events[RECORDED_MOST];
		size_t count = recorded_load(cases[i], events);
		arena *a = arena_create(65536);
		table_map map;
		decode_error err;

		for (size_t j = 0; j < count; j++)
		{
			if (events[j].type == 19)
				assert_true(table_map_parse(events[j].body, events[j].len, a, &map, &err));
			torture(&events[j], &map, a);
		}
		recorded_free(events, count);
		arena_destroy(a);
	}
}

static void
refuses_rows_of_another_table(void **state)
{
	recorded_event events[RECORDED_MOST], others[RECORDED_MOST];
	size_t count = recorded_load("bits", events), other_count = recorded_load("reals", others);
	arena *a = arena_create(4096);
	table_map map;
	decode_error err;
	row_reader r;

	(void) state;
	assert_true(table_map_parse(events[0].body, events[0].len, a, &map, &err));
	assert_false(row_reader_open(&r, others[1].type, others[1].body, others[1].len, &map, &err));
	assert_non_null(strstr(err.message, "another table"));
	recorded_free(events, count);
	recorded_free(others, other_count);
	arena_destroy(a);
}

/* Rows that set no column take no bytes: the event must not pass for an empty one, and other events without rows are wrong. */
static void
rows_without_bytes(void **state)
{
	recorded_event events[RECORDED_MOST];
	size_t count = recorded_load("bits", events);
	uint8_t body[] = {0, 0, 0, 0, 0, 0, 1, 0, 5, 0};
	arena *a = arena_create(4096);
	table_map map;
	decode_error err;
	row_reader r;

	(void) state;
	assert_true(table_map_parse(events[0].body, events[0].len, a, &map, &err));
	memcpy(body, events[0].body, 6);
	assert_true(row_reader_open(&r, 23, body, sizeof(body), &map, &err));
	assert_true(r.uncounted);
	assert_int_equal(row_reader_next(&r, a, NULL, NULL, &err), 0);
	/* a column in the image, but no image */
	body[sizeof(body) - 1] = 1;
	assert_false(row_reader_open(&r, 23, body, sizeof(body), &map, &err));
	body[sizeof(body) - 1] = 0;
	assert_false(row_reader_open(&r, 25, body, sizeof(body), &map, &err));
	recorded_free(events, count);
	arena_destroy(a);
}

static void
unsupported_types_are_named(void **state)
{
	column_def col = {.name = "j", .type = TYPE_JSON, .meta = 4};
	table_map map = {
	    .table_id = 1, .schema = "s", .table = "t", .column_count = 1, .columns = &col};
	uint8_t body[] = {1, 0, 0, 0, 0, 0, 1, 0, 1, 0xff, 0, 1, 0, 0, 0, 'x'};
	arena *a = arena_create(4096);
	value v[1];
	decode_error err;
	row_reader r;

	(void) state;
	assert_true(row_reader_open(&r, 23, body, sizeof(body), &map, &err));
	assert_int_equal(row_reader_next(&r, a, v, v, &err), -1);
	assert_int_equal(err.column, 0);
	assert_non_null(strstr(err.message, "not supported"));
	arena_destroy(a);
}

static void
refuses_what_is_no_number(void **state)
{
	static const double wide[] = {INFINITY, -INFINITY, NAN};
	arena *a = arena_create(256);
	column_def col = {.type = TYPE_DOUBLE};
	decode_error err;
	value v;

	(void) state;
	for (size_t i = 0; i < 3; i++)
	{
		const float narrow = (float) wide[i];
		cursor of_wide = {(const uint8_t *) &wide[i], (const uint8_t *) (&wide[i] + 1)};
		cursor of_narrow = {(const uint8_t *) &narrow, (const uint8_t *) (&narrow + 1)};

		col.type = TYPE_DOUBLE;
		assert_false(column_read(&col, &of_wide, a, &v, &err));
		col.type = TYPE_FLOAT;
		assert_false(column_read(&col, &of_narrow, a, &v, &err));
	}
	arena_destroy(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(refuses_what_is_no_number),
	    cmocka_unit_test(decodes_what_select_prints),
	    cmocka_unit_test(decodes_version_2),
	    cmocka_unit_test(compressed_cases_are_compressed),
	    cmocka_unit_test(updates_in_part_are_known),
	    cmocka_unit_test(survives_cut_and_flipped_events),
	    cmocka_unit_test(refuses_rows_of_another_table),
	    cmocka_unit_test(rows_without_bytes),
	    cmocka_unit_test(unsupported_types_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
