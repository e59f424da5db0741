/*
 * rows/table_map.c
 *	  Parses TABLE_MAP events.
 *
 * Body of the event:
 *	  table id		6 bytes, little endian
 *	  flags			2
 *	  schema		length u8, bytes, NUL
 *	  table			length u8, bytes, NUL
 *	  columns		packed integer n
 *	  types			n bytes
 *	  metadata		packed length, then 0 to 2 bytes a column by its type
 *	  nullable		bitmap of n bits, least significant first
 *	  optional metadata until the end, each: kind u8, packed length, bytes
 */
#include "rows/table_map.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "rows/bytes.h"
#include "rows/types.h"

#define MOST_COLUMNS 4096 /* of a table, MariaDB's MAX_FIELDS */

/* Kinds of optional metadata. */
enum
{
	META_SIGNEDNESS = 1,         /* bitmap over columns with a sign, most significant bit first */
	META_DEFAULT_CHARSET = 2,    /* collation, then pairs: index among string columns, collation */
	META_COLUMN_CHARSET = 3,     /* collation of each string column */
	META_COLUMN_NAME = 4,        /* packed length and bytes of each column */
	META_SET_LABELS = 5,         /* of each SET column: count, then length and bytes of each */
	META_ENUM_LABELS = 6,        /* the same of ENUM columns */
	META_GEOMETRY_TYPE = 7,      /* not needed */
	META_PRIMARY_KEY = 8,        /* column indexes */
	META_PREFIX_PRIMARY_KEY = 9, /* pairs: column index, prefix length (0: whole) */
	META_LABEL_DEFAULT_CHARSET = 10, /* as 2, over ENUM and SET columns */
	META_LABEL_COLUMN_CHARSET = 11
};

static bool fail(decode_error *err, int column, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool
fail(decode_error *err, int column, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	err->column = column;
	return false;
}

static bool
no_memory(decode_error *err)
{
	return fail(err, -1, "out of memory for a table map");
}

/* Takes a name: length u8, bytes, NUL. */
static bool
take_name(cursor *c, const char **name, size_t *len)
{
	const uint8_t *p = cursor_take(c, 1);

	if (p == NULL)
		return false;
	*len = *p;
	p = cursor_take(c, *len + 1);
	if (p == NULL || p[*len] != 0)
		return false;
	*name = (const char *) p;
	return true;
}

static bool
take_head(cursor *c, uint64_t *table_id, const char **schema, size_t *schema_len,
          const char **table, size_t *table_len, decode_error *err)
{
	if (!cursor_little(c, 6, table_id) || cursor_take(c, 2) == NULL)
		return fail(err, -1, "table map event too short for its table id");
	if (!take_name(c, schema, schema_len) || !take_name(c, table, table_len))
		return fail(err, -1, "table map event too short for its table's name");
	return true;
}

bool
table_map_peek(const uint8_t *body, size_t len, uint64_t *table_id, const char **schema,
               size_t *schema_len, const char **table, size_t *table_len, decode_error *err)
{
	cursor c = {body, body + len};

	return take_head(&c, table_id, schema, schema_len, table, table_len, err);
}

/* ENUM and SET hide in STRING's metadata, and so do the two high bits of a CHAR's length. */
static void
resolve_string(column_def *col, const uint8_t *meta)
{
	if ((meta[0] & 0x30) != 0x30)
	{
		col->type = TYPE_STRING;
		col->length = meta[1] | (uint32_t) ((meta[0] & 0x30) ^ 0x30) << 4;
		return;
	}
	if (meta[0] == TYPE_ENUM || meta[0] == TYPE_SET)
		col->type = meta[0];
	else
		col->length = meta[1];
}

static bool
take_column_metadata(cursor *c, column_def *col, int index, decode_error *err)
{
	int size = column_type_metadata_size(col->type);
	const uint8_t *meta;

	if (size < 0)
		return fail(err, index, "column %d has type %d, which is not known", index, col->type);
	meta = cursor_take(c, (size_t) size);
	if (meta == NULL)
		return fail(err, index, "table map event too short for the metadata of column %d", index);
	col->meta = (uint16_t) bytes_little(meta, (unsigned) size);
	if (col->type == TYPE_STRING || col->type == TYPE_ENUM || col->type == TYPE_SET)
		resolve_string(col, meta);
	else if (col->type == TYPE_VARCHAR || col->type == TYPE_VAR_STRING ||
	         col->type == TYPE_VARCHAR_COMPRESSED)
		col->length = col->meta;
	return true;
}

static bool
take_columns(cursor *c, table_map *map, arena *a, decode_error *err)
{
	uint64_t count, meta_len;
	const uint8_t *types, *meta, *nullable;
	cursor m;

	if (!cursor_packed(c, &count) || count > MOST_COLUMNS || count > cursor_left(c) ||
	    (types = cursor_take(c, count)) == NULL)
		return fail(err, -1, "table map event too short for its columns, or more than a table has");
	if (!cursor_packed(c, &meta_len) || meta_len > cursor_left(c) ||
	    (meta = cursor_take(c, meta_len)) == NULL ||
	    (nullable = cursor_take(c, (count + 7) / 8)) == NULL)
		return fail(err, -1, "table map event too short for the metadata of its columns");

	map->column_count = (unsigned) count;
	map->first_in_key = -1;
	map->columns = arena_alloc_zero(a, count * sizeof(column_def) + 1);
	if (map->columns == NULL)
		return no_memory(err);
	m = (cursor){meta, meta + meta_len};
	for (unsigned i = 0; i < count; i++)
	{
		column_def *col = &map->columns[i];

		col->type = types[i];
		col->nullable = nullable[i / 8] >> (i % 8) & 1;
		if (!take_column_metadata(&m, col, (int) i, err))
			return false;
	}
	return true;
}

static bool
take_signs(cursor *c, table_map *map)
{
	unsigned bit = 0;

	for (unsigned i = 0; i < map->column_count; i++)
	{
		if (!column_type_has_sign(map->columns[i].type))
			continue;
		if (bit / 8 >= cursor_left(c))
			return false;
		map->columns[i].is_unsigned = c->next[bit / 8] >> (7 - bit % 8) & 1;
		bit++;
	}
	/* more bytes than bits: the count of columns with a sign was not understood */
	return cursor_left(c) == (bit + 7) / 8;
}

static bool
takes_charset(const column_def *col, bool labels)
{
	if (labels)
		return col->type == TYPE_ENUM || col->type == TYPE_SET;
	return column_type_has_charset(col->type);
}

static bool
take_default_charset(cursor *c, table_map *map, bool labels)
{
	uint64_t collation, index = 0;
	bool more;

	if (!cursor_packed(c, &collation))
		return false;
	more = cursor_left(c) > 0;
	if (more && !cursor_packed(c, &index))
		return false;
	for (unsigned i = 0, n = 0; i < map->column_count; i++)
	{
		uint64_t own = collation;

		if (!takes_charset(&map->columns[i], labels))
			continue;
		if (more && index == n)
		{
			if (!cursor_packed(c, &own))
				return false;
			more = cursor_left(c) > 0;
			if (more && !cursor_packed(c, &index))
				return false;
		}
		map->columns[i].charset = (uint32_t) own;
		n++;
	}
	return !more;
}

static bool
take_column_charsets(cursor *c, table_map *map, bool labels)
{
	for (unsigned i = 0; i < map->column_count; i++)
	{
		uint64_t collation;

		if (!takes_charset(&map->columns[i], labels))
			continue;
		if (!cursor_packed(c, &collation))
			return false;
		map->columns[i].charset = (uint32_t) collation;
	}
	return cursor_left(c) == 0;
}

/* Takes a packed length and that many bytes, copied with a NUL. */
static bool
take_text(cursor *c, arena *a, const char **out, size_t *out_len, decode_error *err)
{
	uint64_t len;

	if (!cursor_packed(c, &len) || len > cursor_left(c))
		return false;
	*out = arena_copy(a, cursor_take(c, len), len);
	if (out_len != NULL)
		*out_len = len;
	return *out != NULL || no_memory(err);
}

static bool
take_names(cursor *c, table_map *map, arena *a, decode_error *err)
{
	for (unsigned i = 0; i < map->column_count; i++)
		if (!take_text(c, a, &map->columns[i].name, NULL, err))
			return false;
	return cursor_left(c) == 0;
}

static bool
take_labels(cursor *c, table_map *map, uint8_t type, arena *a, decode_error *err)
{
	for (unsigned i = 0; i < map->column_count; i++)
	{
		column_def *col = &map->columns[i];
		uint64_t count;
		size_t *lengths;

		if (col->type != type)
			continue;
		/* a label takes at least its length byte, so this bounds the allocation by the event */
		if (!cursor_packed(c, &count) || count > cursor_left(c))
			return false;
		col->labels = arena_alloc_zero(a, count * sizeof(*col->labels) + 1);
		lengths = arena_alloc_zero(a, count * sizeof(*lengths) + 1);
		if (col->labels == NULL || lengths == NULL)
			return no_memory(err);
		col->label_lengths = lengths;
		for (unsigned j = 0; j < count; j++)
			if (!take_text(c, a, &col->labels[j], &lengths[j], err))
				return false;
		col->label_count = (unsigned) count;
	}
	return cursor_left(c) == 0;
}

static bool
take_key(cursor *c, table_map *map, bool prefixes)
{
	for (bool first = true; cursor_left(c) > 0; first = false)
	{
		uint64_t index, prefix = 0;

		if (!cursor_packed(c, &index) || index >= map->column_count ||
		    (prefixes && !cursor_packed(c, &prefix)))
			return false;
		map->columns[index].in_key = true;
		if (first && prefix == 0)
			map->first_in_key = (int) index;
	}
	return true;
}

static bool
take_optional(cursor *c, uint8_t kind, table_map *map, arena *a, decode_error *err)
{
	switch (kind)
	{
		case META_SIGNEDNESS:
			return take_signs(c, map);
		case META_DEFAULT_CHARSET:
		case META_LABEL_DEFAULT_CHARSET:
			return take_default_charset(c, map, kind == META_LABEL_DEFAULT_CHARSET);
		case META_COLUMN_CHARSET:
		case META_LABEL_COLUMN_CHARSET:
			return take_column_charsets(c, map, kind == META_LABEL_COLUMN_CHARSET);
		case META_COLUMN_NAME:
			return take_names(c, map, a, err);
		case META_SET_LABELS:
			return take_labels(c, map, TYPE_SET, a, err);
		case META_ENUM_LABELS:
			return take_labels(c, map, TYPE_ENUM, a, err);
		case META_PRIMARY_KEY:
		case META_PREFIX_PRIMARY_KEY:
			return take_key(c, map, kind == META_PREFIX_PRIMARY_KEY);
		default:
			/* geometry types, and kinds of servers to come: nothing that changes how bytes are read */
			return true;
	}
}

/* FULL metadata names the columns; without it neither signs nor labels can be trusted. */
static bool
check_complete(const table_map *map, bool signs, decode_error *err)
{
	for (unsigned i = 0; i < map->column_count; i++)
	{
		const column_def *col = &map->columns[i];

		if (col->name == NULL)
			return fail(err, (int) i,
			            "table map of %s.%s has no column names: written without "
			            "binlog_row_metadata=FULL",
			            map->schema, map->table);
		if (column_type_has_sign(col->type) && !signs)
			return fail(err, (int) i, "table map of %s.%s does not say which columns are unsigned",
			            map->schema, map->table);
		if ((col->type == TYPE_ENUM || col->type == TYPE_SET) && col->labels == NULL)
			return fail(err, (int) i, "table map of %s.%s has no labels for %s column %s",
			            map->schema, map->table, column_type_name(col->type), col->name);
	}
	return true;
}

bool
table_map_parse(const uint8_t *body, size_t len, arena *a, table_map *out, decode_error *err)
{
	cursor c = {body, body + len};
	const char *schema, *table;
	size_t schema_len, table_len;
	bool signs = false;

	memset(out, 0, sizeof(*out));
	if (!take_head(&c, &out->table_id, &schema, &schema_len, &table, &table_len, err) ||
	    !take_columns(&c, out, a, err))
		return false;
	out->schema = arena_copy(a, schema, schema_len);
	out->table = arena_copy(a, table, table_len);
	if (out->schema == NULL || out->table == NULL)
		return no_memory(err);

	while (cursor_left(&c) > 0)
	{
		uint8_t kind = *cursor_take(&c, 1);
		uint64_t field_len;
		cursor field;

		if (!cursor_packed(&c, &field_len) || field_len > cursor_left(&c))
			return fail(err, -1, "table map of %s.%s: optional metadata %d is cut off", out->schema,
			            out->table, kind);
		field.next = cursor_take(&c, field_len);
		field.end = field.next + field_len;
		err->message[0] = '\0';
		if (!take_optional(&field, kind, out, a, err))
			return err->message[0] != '\0'
			           ? false
			           : fail(err, -1, "table map of %s.%s: optional metadata %d is malformed",
			                  out->schema, out->table, kind);
		signs |= kind == META_SIGNEDNESS;
	}
	return check_complete(out, signs, err);
}
