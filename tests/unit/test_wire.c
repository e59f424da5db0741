/*
 * tests/unit/test_wire.c
 *	  Frames: what is written is read back; nothing else is accepted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wire/wire.h"

#define TEXT(s)                                                                                    \
	{                                                                                              \
		s, sizeof(s) - 1                                                                           \
	}

static const wire_frame frames[] = {
    {.type = WIRE_STREAM,
     .stream = UINT16_MAX,
     .name = TEXT("mediawiki.page_change.v1"),
     .topic = {"", 0}},
    {.type = WIRE_STREAM, .name = TEXT("s"), .topic = TEXT("a.topic")},
    {.type = WIRE_BEGIN,
     .commit_lsn = 0x1122334455667788,
     .ordinal = 3,
     .commit_time = -1,
     .source = TEXT("main"),
     .gtid = TEXT("0-1-18446744073709551615"),
     .at = TEXT("0-1-5,1-1-7")},
    {.type = WIRE_EVENT,
     .index = 1,
     .timestamp = INT64_MIN,
     .stream = UINT16_MAX,
     .key = TEXT("{\"wiki_id\":\"enwiki\"}"),
     .value = TEXT("{}")},
    {.type = WIRE_EVENT, .index = 2, .stream = 3, .flags = WIRE_LAST, .key = {"", 0}},
    {.type = WIRE_SOURCE_END},
    {.type = WIRE_COMMIT,
     .commit_lsn = 1,
     .end_lsn = UINT64_MAX,
     .source = {"", 0},
     .gtid = {"", 0}},
};
#define FRAMES (sizeof(frames) / sizeof(frames[0]))

static void
assert_bytes_equal(const wire_bytes *a, const wire_bytes *b)
{
	assert_int_equal(a->len, b->len);
	assert_true((a->data == NULL) == (b->data == NULL));
	if (a->len > 0)
		assert_memory_equal(a->data, b->data, a->len);
}

/* Writes all frames into a new buffer of exactly their size. */
static char *
write_all(size_t *size)
{
	char *buffer;
	char *p;

	*size = 0;
	for (size_t i = 0; i < FRAMES; i++)
		*size += wire_frame_size(&frames[i]);
	p = buffer = malloc(*size);
	assert_non_null(buffer);
	for (size_t i = 0; i < FRAMES; i++)
		p = wire_frame_write(&frames[i], p);
	assert_ptr_equal(p, buffer + *size);
	return buffer;
}

static void
frames_come_back(void **state)
{
	size_t size;
	char *buffer = write_all(&size);
	const char *cursor = buffer;

	(void) state;
	for (size_t i = 0; i < FRAMES; i++)
	{
		wire_frame f;

		assert_true(wire_frame_read(&cursor, buffer + size, &f));
		assert_int_equal(f.type, frames[i].type);
		assert_true(f.commit_lsn == frames[i].commit_lsn && f.end_lsn == frames[i].end_lsn);
		assert_true(f.ordinal == frames[i].ordinal);
		assert_true(f.commit_time == frames[i].commit_time);
		assert_true(f.index == frames[i].index && f.timestamp == frames[i].timestamp);
		assert_bytes_equal(&f.gtid, &frames[i].gtid);
		assert_int_equal(f.stream, frames[i].stream);
		assert_int_equal(f.flags, frames[i].flags);
		assert_bytes_equal(&f.source, &frames[i].source);
		assert_bytes_equal(&f.name, &frames[i].name);
		assert_bytes_equal(&f.topic, &frames[i].topic);
		assert_bytes_equal(&f.at, &frames[i].at);
		assert_bytes_equal(&f.key, &frames[i].key);
		assert_bytes_equal(&f.value, &frames[i].value);
	}
	assert_ptr_equal(cursor, buffer + size);
	free(buffer);
}

static void
layout_is_as_documented(void **state)
{
	static const unsigned char event[] = {'E',  0,    0,    0,    24, 0, 0, 0, 7,  0,
	                                      0,    0,    0,    0,    0,  1, 0, 2, 3,  1,
	                                      0xFF, 0xFF, 0xFF, 0xFF, 0,  0, 0, 1, 'v'};
	static const unsigned char announced[] = {'D', 0, 0, 0, 9, 2, 3, 0, 2, 's', '1', 0, 1, 't'};
	const wire_frame f = {.type = WIRE_EVENT,
	                      .index = 7,
	                      .timestamp = 256,
	                      .stream = 0x0203,
	                      .flags = WIRE_LAST,
	                      .value = TEXT("v")};
	const wire_frame d = {
	    .type = WIRE_STREAM, .stream = 0x0203, .name = TEXT("s1"), .topic = TEXT("t")};
	char out[sizeof(event) + sizeof(announced)];

	(void) state;
	assert_int_equal(wire_frame_size(&f), sizeof(event));
	wire_frame_write(&f, out);
	assert_memory_equal(out, event, sizeof(event));
	assert_int_equal(wire_frame_size(&d), sizeof(announced));
	wire_frame_write(&d, out);
	assert_memory_equal(out, announced, sizeof(announced));
}

/* Every value of the flags: three bits have a meaning, and the others are for those who know them. */
static void
unknown_flags_are_refused(void **state)
{
	(void) state;
	for (unsigned flags = 0; flags < 256; flags++)
	{
		const wire_frame f = {.type = WIRE_EVENT, .index = 1, .flags = (uint8_t) flags};
		char bytes[64];
		const char *cursor = bytes;
		wire_frame back;

		assert_true(wire_frame_size(&f) <= sizeof(bytes));
		assert_int_equal(wire_frame_read(&cursor, wire_frame_write(&f, bytes), &back),
		                 flags <= WIRE_FLAGS);
		assert_true(flags > WIRE_FLAGS || back.flags == flags);
	}
}

/* Nothing but the flag changes in an event that is said to be the last after it was written. */
static void
an_event_becomes_the_last(void **state)
{
	(void) state;
	for (size_t i = 0; i < FRAMES; i++)
	{
		size_t size = wire_frame_size(&frames[i]);
		wire_frame last = frames[i];
		char *written;
		char *expected;

		if (frames[i].type != WIRE_EVENT)
			continue;
		written = malloc(size);
		expected = malloc(size);
		assert_true(written != NULL && expected != NULL);
		wire_frame_write(&frames[i], written);
		wire_event_set_last(written);
		last.flags = WIRE_LAST;
		wire_frame_write(&last, expected);
		assert_memory_equal(written, expected, size);
		free(written);
		free(expected);
	}
}

/* Each frame alone, cut after every byte: refused, and the cursor stays. The copy lets sanitizers see overreads. */
static void
truncated_frames_are_refused(void **state)
{
	(void) state;
	for (size_t i = 0; i < FRAMES; i++)
	{
		size_t size = wire_frame_size(&frames[i]);
		char *whole = malloc(size);

		assert_non_null(whole);
		wire_frame_write(&frames[i], whole);
		for (size_t len = 1; len < size; len++)
		{
			char *part = malloc(len);
			const char *cursor = part;
			wire_frame f;

			assert_non_null(part);
			memcpy(part, whole, len);
			assert_false(wire_frame_read(&cursor, part + len, &f));
			assert_ptr_equal(cursor, part);
			free(part);
		}
		free(whole);
	}
}

/* A payload whose frame length says less or more than its fields need. */
static void
wrong_lengths_are_refused(void **state)
{
	(void) state;
	for (size_t i = 0; i < FRAMES; i++)
	{
		size_t size = wire_frame_size(&frames[i]);
		char *bytes = calloc(1, size + 1);
		wire_frame f;

		assert_non_null(bytes);
		for (int change = -1; change <= 1; change += 2)
		{
			const char *cursor = bytes;
			uint32_t length = (uint32_t) (size - WIRE_HEADER_SIZE) + (uint32_t) change;

			wire_frame_write(&frames[i], bytes);
			for (int b = 0; b < 4; b++)
				bytes[1 + b] = (char) (length >> (24 - 8 * b));
			assert_false(wire_frame_read(&cursor, bytes + size + 1, &f));
		}
		free(bytes);
	}
}

/* Any single byte changed to any value: never a crash, and what is read stays inside. */
static void
hostile_bytes_stay_inside(void **state)
{
	size_t size;
	char *good = write_all(&size);
	char *bytes = malloc(size);

	(void) state;
	assert_non_null(bytes);
	for (size_t at = 0; at < size; at++)
	{
		for (int value = 0; value < 256; value += 5)
		{
			const char *cursor = bytes;
			wire_frame f;

			memcpy(bytes, good, size);
			bytes[at] = (char) value;
			while (cursor < bytes + size && wire_frame_read(&cursor, bytes + size, &f))
				if (f.value.data != NULL)
					assert_true(f.value.data >= bytes &&
					            f.value.data + f.value.len <= bytes + size);
			assert_true(cursor <= bytes + size);
		}
	}
	free(bytes);
	free(good);
}

static void
unknown_types_are_refused(void **state)
{
	char bytes[WIRE_HEADER_SIZE] = {0};
	wire_frame f;

	(void) state;
	for (int type = 0; type < 256; type++)
	{
		const char *cursor = bytes;

		bytes[0] = (char) type;
		assert_int_equal(wire_frame_read(&cursor, bytes + sizeof(bytes), &f),
		                 type == WIRE_SOURCE_END);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(frames_come_back),
	    cmocka_unit_test(layout_is_as_documented),
	    cmocka_unit_test(truncated_frames_are_refused),
	    cmocka_unit_test(wrong_lengths_are_refused),
	    cmocka_unit_test(hostile_bytes_stay_inside),
	    cmocka_unit_test(unknown_types_are_refused),
	    cmocka_unit_test(unknown_flags_are_refused),
	    cmocka_unit_test(an_event_becomes_the_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
