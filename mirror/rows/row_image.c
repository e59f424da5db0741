/*
 * rows/row_image.c
 *	  WRITE, UPDATE and DELETE row events.
 *
 * Body of the event:
 *	  table id		6 bytes, little endian
 *	  flags			2; bit 0: last event of the statement
 *	  extra			version 2 only: length u16 including itself, bytes
 *	  columns		packed integer n
 *	  present		bitmap of n bits, least significant first: columns in the image (UPDATE: before-image)
 *	  present after	UPDATE only: the same of the after-image
 *	  rows until the end; in a compressed event one compressed part. Each row (UPDATE: before, after):
 *		NULLs		bitmap over the present columns
 *		values		of the present columns that are not NULL
 */
#include "rows/row_image.h"

#include <stdio.h>
#include "rows/bytes.h"
#include "rows/column.h"
#include "rows/compression.h"

/* Types of row events: 3 kinds each of v1, v2, compressed v1, compressed v2. */
#define ROWS_V1 23
#define ROWS_V2 30
#define ROWS_COMPRESSED_V1 166
#define ROWS_COMPRESSED_V2 169
#define ROWS_STATEMENT_END 1

typedef struct rows_head
{
	uint64_t table_id;
	uint64_t flags;
	uint64_t column_count;
	const uint8_t *present_before;
	const uint8_t *present_after;
} rows_head;

static bool
fail(decode_error *err, const char *what)
{
	snprintf(err->message, sizeof(err->message), "%s", what);
	err->column = -1;
	return false;
}

bool
row_event_type(uint8_t event_type, row_kind *kind, bool *compressed, int *version)
{
	static const uint8_t bases[] = {ROWS_V1, ROWS_V2, ROWS_COMPRESSED_V1, ROWS_COMPRESSED_V2};
	static const row_kind kinds[] = {ROW_INSERT, ROW_UPDATE, ROW_DELETE};

	for (unsigned i = 0; i < sizeof(bases); i++)
	{
		if (event_type < bases[i] || event_type > bases[i] + 2)
			continue;
		*kind = kinds[event_type - bases[i]];
		*compressed = i >= 2;
		*version = i % 2 == 0 ? 1 : 2;
		return true;
	}
	return false;
}

uint8_t
row_event_plain_type(uint8_t event_type)
{
	if (event_type >= ROWS_COMPRESSED_V1 && event_type < ROWS_COMPRESSED_V1 + 3)
		return (uint8_t) (event_type - ROWS_COMPRESSED_V1 + ROWS_V1);
	if (event_type >= ROWS_COMPRESSED_V2 && event_type < ROWS_COMPRESSED_V2 + 3)
		return (uint8_t) (event_type - ROWS_COMPRESSED_V2 + ROWS_V2);
	return event_type;
}

bool
row_event_table_id(const uint8_t *body, size_t len, uint64_t *table_id)
{
	cursor c = {body, body + len};

	return cursor_little(&c, 6, table_id);
}

/* Takes everything before the rows. */
static bool
take_head(cursor *c, row_kind kind, int version, rows_head *out, decode_error *err)
{
	uint64_t extra;
	size_t bitmap;

	if (!cursor_little(c, 6, &out->table_id) || !cursor_little(c, 2, &out->flags))
		return fail(err, "row event too short for its table id");
	if (version == 2 &&
	    (!cursor_little(c, 2, &extra) || extra < 2 || cursor_take(c, extra - 2) == NULL))
		return fail(err, "row event too short for its extra data");
	if (!cursor_packed(c, &out->column_count) || out->column_count / 8 > cursor_left(c))
		return fail(err, "row event too short for its columns");
	bitmap = (out->column_count + 7) / 8;
	out->present_before = cursor_take(c, bitmap);
	out->present_after = kind == ROW_UPDATE ? cursor_take(c, bitmap) : out->present_before;
	if (out->present_before == NULL || out->present_after == NULL)
		return fail(err, "row event too short for its bitmaps");
	return true;
}

static inline bool
bit(const uint8_t *bitmap, unsigned n)
{
	return bitmap[n / 8] >> (n % 8) & 1;
}

static unsigned
count_bits(const uint8_t *bitmap, unsigned n)
{
	unsigned count = 0;

	for (unsigned i = 0; i < n / 8; i++)
		count += (unsigned) __builtin_popcount(bitmap[i]);
	for (unsigned i = n / 8 * 8; i < n; i++)
		count += bit(bitmap, i);
	return count;
}

bool
row_event_ends_statement(const uint8_t *body, size_t len)
{
	cursor c = {body, body + len};
	uint64_t id, flags;

	return cursor_little(&c, 6, &id) && cursor_little(&c, 2, &flags) &&
	       (flags & ROWS_STATEMENT_END) != 0;
}

bool
row_event_updates_in_part(uint8_t event_type, const uint8_t *body, size_t len)
{
	cursor c = {body, body + len};
	row_kind kind;
	bool compressed;
	int version;
	rows_head head;
	decode_error err;

	return row_event_type(event_type, &kind, &compressed, &version) && kind == ROW_UPDATE &&
	       take_head(&c, kind, version, &head, &err) &&
	       count_bits(head.present_after, (unsigned) head.column_count) < head.column_count;
}

bool
row_event_inflate(uint8_t event_type, const uint8_t *body, size_t len, arena *a,
                  const uint8_t **out, size_t *out_len, decode_error *err)
{
	cursor c = {body, body + len};
	row_kind kind;
	bool compressed;
	int version;
	rows_head head;
	const char *wrong;

	if (!row_event_type(event_type, &kind, &compressed, &version) || !compressed)
		return fail(err, "not a compressed row event");
	if (!take_head(&c, kind, version, &head, err))
		return false;
	wrong = compression_inflate_event(body, (size_t) (c.next - body), c.next, cursor_left(&c), a,
	                                  out, out_len);
	return wrong == NULL || fail(err, wrong);
}

bool
row_reader_open(row_reader *r, uint8_t event_type, const uint8_t *body, size_t len,
                const table_map *map, decode_error *err)
{
	cursor c = {body, body + len};
	bool compressed;
	int version;
	rows_head head;

	if (!row_event_type(event_type, &r->kind, &compressed, &version))
		return fail(err, "not a row event");
	if (!take_head(&c, r->kind, version, &head, err))
		return false;
	if (head.table_id != map->table_id)
		return fail(err, "row event is of another table than its table map");
	if (head.column_count != map->column_count)
	{
		snprintf(err->message, sizeof(err->message),
		         "row event has %llu columns, its table map of %s.%s %u",
		         (unsigned long long) head.column_count, map->schema, map->table,
		         map->column_count);
		err->column = -1;
		return false;
	}
	r->uncounted = r->kind == ROW_INSERT && cursor_left(&c) == 0 &&
	               count_bits(head.present_before, map->column_count) == 0;
	if (cursor_left(&c) == 0 && !r->uncounted)
		return fail(err, "row event without bytes of rows");
	r->map = map;
	r->table_id = head.table_id;
	r->statement_end = (head.flags & ROWS_STATEMENT_END) != 0;
	r->next = c.next;
	r->end = c.end;
	r->present_before = head.present_before;
	r->present_after = head.present_after;
	return true;
}

static bool
read_image(const table_map *map, cursor *c, const uint8_t *present, arena *a, value *out,
           decode_error *err)
{
	unsigned in_image = count_bits(present, map->column_count);
	const uint8_t *nulls = cursor_take(c, (in_image + 7) / 8);

	if (nulls == NULL)
		return fail(err, "row event ends inside a row's NULL bitmap");
	for (unsigned i = 0, n = 0; i < map->column_count; i++)
	{
		if (!bit(present, i))
			out[i].kind = VALUE_ABSENT;
		else if (bit(nulls, n++))
			out[i].kind = VALUE_NULL;
		else if (!column_read(&map->columns[i], c, a, &out[i], err))
		{
			err->column = (int) i;
			return false;
		}
	}
	return true;
}

int
row_reader_next(row_reader *r, arena *a, value *before, value *after, decode_error *err)
{
	cursor c = {r->next, r->end};

	if (c.next >= c.end)
		return 0;
	if (r->kind != ROW_INSERT && !read_image(r->map, &c, r->present_before, a, before, err))
		return -1;
	if (r->kind != ROW_DELETE && !read_image(r->map, &c, r->present_after, a, after, err))
		return -1;
	if (c.next == r->next)
	{
		/* an image without columns and NULLs takes no bytes: the rest would be read for ever */
		fail(err, "row event has rows without columns");
		return -1;
	}
	r->next = c.next;
	return 1;
}
