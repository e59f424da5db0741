/*
 * tests/fuzz/fuzz_rows.c
 *	  Row events on their table map, compressed or not, and each value of them by one of the kinds.
 *
 * Input: type of the row event u8, length of the table map u16, table map, row event. The event's table id is set to the map's.
 */
#include "convert_all.h"
#include "rows/row_image.h"

#define ROWS_MOST 50

static void
convert_row(const value *row, unsigned count, arena *a)
{
	for (unsigned i = 0; i < count; i++)
		convert_by((convert_kind) (i % (CONVERT_KIND_LAST + 1)), &row[i], a);
}

static void
read_rows(uint8_t type, const uint8_t *body, size_t len, const table_map *map, arena *a)
{
	value *before = calloc(map->column_count + 1, sizeof(value));
	value *after = calloc(map->column_count + 1, sizeof(value));
	decode_error err;
	row_reader r;

	if (before == NULL || after == NULL)
		abort();
	if (row_reader_open(&r, type, body, len, map, &err))
	{
		for (int i = 0; i < ROWS_MOST && row_reader_next(&r, a, before, after, &err) == 1; i++)
		{
			convert_row(before, map->column_count, a);
			convert_row(after, map->column_count, a);
		}
	}
	free(before);
	free(after);
}

static void
read_event(uint8_t type, uint8_t *body, size_t len, const table_map *map, arena *a)
{
	const uint8_t *plain = body;
	row_kind kind;
	bool compressed;
	int version;
	decode_error err;

	for (size_t i = 0; i < 6 && i < len; i++)
		body[i] = (uint8_t) (map->table_id >> 8 * i);
	if (!row_event_type(type, &kind, &compressed, &version))
		return;
	if (compressed && !row_event_inflate(type, body, len, a, &plain, &len, &err))
		return;
	read_rows(row_event_plain_type(type), plain, len, map, a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_input in = {data, size};
	const uint8_t type = fuzz_byte(&in);
	const size_t map_size = fuzz_word(&in);
	size_t map_len, len;
	uint8_t *map_body = fuzz_bytes(&in, map_size, &map_len);
	uint8_t *body = fuzz_bytes(&in, in.left, &len);
	arena *a = arena_create(4096);
	table_map map;
	decode_error err;

	if (a == NULL)
		abort();
	if (table_map_parse(map_body, map_len, a, &map, &err))
		read_event(type, body, len, &map, a);
	arena_destroy(a);
	free(map_body);
	free(body);
	return 0;
}
