/*
 * tests/fuzz/fuzz_table_map.c
 *	  TABLE_MAP events. Input: the body.
 */
#include "fuzz.h"
#include "rows/table_map.h"
#include "rows/types.h"

static void
use_column(const column_def *col)
{
	fuzz_touch_text(col->name);
	fuzz_touch_text(column_type_name(col->type));
	for (unsigned i = 0; i < col->label_count; i++)
		fuzz_touch(col->labels[i], col->label_lengths[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	arena *a = arena_create(4096);
	const char *schema, *table;
	size_t schema_len, table_len;
	uint64_t id;
	table_map map;
	decode_error err;

	if (a == NULL)
		abort();
	if (table_map_peek(data, size, &id, &schema, &schema_len, &table, &table_len, &err))
	{
		fuzz_touch(schema, schema_len);
		fuzz_touch(table, table_len);
	}
	if (table_map_parse(data, size, a, &map, &err))
	{
		fuzz_touch_text(map.schema);
		fuzz_touch_text(map.table);
		for (unsigned i = 0; i < map.column_count; i++)
			use_column(&map.columns[i]);
	}
	arena_destroy(a);
	return 0;
}
