/*
 * export/columns.c
 *	  Rows by columns; see columns.h.
 */
#include "export/columns.h"

#include <stdlib.h>
#include <string.h>

#define BYTES_LEAST 4096
#define EPOCH_US 946684800000000      /* PostgreSQL's, 2000-01-01, since 1970 */
#define FIRST_US (-62135596800000000) /* 0001-01-01 */
#define LAST_US 253402300799999999    /* 9999-12-31 23:59:59.999999 */

const char *const column_kind_names[] = {
    [COLUMN_INT16] = "int16",         [COLUMN_INT32] = "int32",     [COLUMN_INT64] = "int64",
    [COLUMN_BOOL] = "bool",           [COLUMN_FLOAT32] = "float32", [COLUMN_FLOAT64] = "float64",
    [COLUMN_TIMESTAMP] = "timestamp", [COLUMN_STRING] = "string",   [COLUMN_BINARY] = "binary"};

static const struct
{
	const char *type;
	column_kind kind;
} kinds[] = {{"smallint", COLUMN_INT16},
             {"integer", COLUMN_INT32},
             {"bigint", COLUMN_INT64},
             {"boolean", COLUMN_BOOL},
             {"real", COLUMN_FLOAT32},
             {"double precision", COLUMN_FLOAT64},
             {"timestamp with time zone", COLUMN_TIMESTAMP},
             {"text", COLUMN_STRING},
             {"bytea", COLUMN_BINARY}};

column_kind
column_kind_of(const char *type, bool *as_text)
{
	*as_text = false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].type, type) == 0)
			return kinds[i].kind;
	*as_text = true;
	return COLUMN_STRING;
}

/* Makes it len bytes longer, zeroed; NULL without memory. */
static char *
extend(column_bytes *b, size_t len)
{
	char *at;

	if (b->len + len > b->capacity)
	{
		size_t capacity = b->capacity > 0 ? b->capacity : BYTES_LEAST;
		char *data;

		while (capacity < b->len + len)
			capacity *= 2;
		data = realloc(b->data, capacity);
		if (data == NULL)
			return NULL;
		b->data = data;
		b->capacity = capacity;
	}
	at = b->data + b->len;
	memset(at, 0, len);
	b->len += len;
	return at;
}

/* Sets a bit, or leaves it zero. */
static status
add_bit(column_bytes *b, size_t row, bool set)
{
	if (row / 8 >= b->len && extend(b, 1) == NULL)
		return STATUS_MEMORY;
	if (set)
		b->data[row / 8] = (char) (b->data[row / 8] | 1 << row % 8);
	return STATUS_OK;
}

static int64_t
unix_us(int64_t postgres)
{
	if (postgres > LAST_US - EPOCH_US)
		return LAST_US;
	return postgres < FIRST_US - EPOCH_US ? FIRST_US : postgres + EPOCH_US;
}

static status
add_number(column_bytes *b, size_t size, int64_t value)
{
	const int16_t small = (int16_t) value;
	const int32_t middle = (int32_t) value;
	char *at = extend(b, size);

	if (at == NULL)
		return STATUS_MEMORY;
	memcpy(at,
	       size == 2   ? (const void *) &small
	       : size == 4 ? (const void *) &middle
	                   : &value,
	       size);
	return STATUS_OK;
}

/* Of a value of any length its bytes, and where it ends; the first one also where it begins. */
static status
add_bytes(column_buffers *c, size_t row, const pg_field *f)
{
	char *at;

	if (row == 0 && add_number(&c->offsets, 4, 0) != STATUS_OK)
		return STATUS_MEMORY;
	if (f->len > 0)
	{
		at = extend(&c->data, f->len);
		if (at == NULL)
			return STATUS_MEMORY;
		memcpy(at, f->data, f->len);
	}
	return add_number(&c->offsets, 4, (int64_t) c->data.len);
}

status
column_add(column_buffers *c, size_t row, const pg_field *f)
{
	static const size_t sizes[] = {
	    [COLUMN_INT16] = 2,   [COLUMN_INT32] = 4,   [COLUMN_INT64] = 8,
	    [COLUMN_FLOAT32] = 4, [COLUMN_FLOAT64] = 8, [COLUMN_TIMESTAMP] = 8};
	const bool there = f->data != NULL;

	if (add_bit(&c->validity, row, there) != STATUS_OK)
		return STATUS_MEMORY;
	switch (c->kind)
	{
		case COLUMN_BOOL:
			return add_bit(&c->data, row, there && f->len == 1 && f->data[0] != 0);
		case COLUMN_STRING:
		case COLUMN_BINARY:
			return add_bytes(c, row, f);
		case COLUMN_TIMESTAMP:
			return add_number(&c->data, 8, there ? unix_us(pg_field_integer(f)) : 0);
		default:
			return add_number(&c->data, sizes[c->kind], there ? pg_field_integer(f) : 0);
	}
}

void
column_clear(column_buffers *c)
{
	c->validity.len = 0;
	c->offsets.len = 0;
	c->data.len = 0;
}

void
column_free(column_buffers *c)
{
	free(c->validity.data);
	free(c->offsets.data);
	free(c->data.data);
	*c = (column_buffers){.kind = c->kind};
}
