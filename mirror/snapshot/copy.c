/*
 * snapshot/copy.c
 *	  PostgreSQL's COPY ... BINARY format; see copy.h.
 */
#include "snapshot/copy.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_CAPACITY (64 << 10)

/* Room for size more bytes, or NULL. */
static char *
extend(copy_buffer *b, size_t size)
{
	size_t capacity = b->capacity == 0 ? LEAST_CAPACITY : b->capacity;
	char *data = b->data;

	while (capacity - b->len < size)
		capacity *= 2;
	if (capacity != b->capacity)
		data = realloc(b->data, capacity);
	if (data == NULL)
	{
		b->no_memory = true;
		return NULL;
	}
	b->data = data;
	b->capacity = capacity;
	b->len += size;
	return data + b->len - size;
}

static void
append(copy_buffer *b, const void *data, size_t len)
{
	char *out = extend(b, len);

	if (out != NULL && len > 0)
		memcpy(out, data, len);
}

static void
append_integer(copy_buffer *b, uint64_t n, unsigned size)
{
	uint8_t bytes[8];

	for (unsigned i = 0; i < size; i++)
		bytes[i] = (uint8_t) (n >> 8 * (size - 1 - i));
	append(b, bytes, size);
}

void
copy_header(copy_buffer *b)
{
	static const char header[19] = "PGCOPY\n\377\r\n\0";

	append(b, header, sizeof(header));
}

void
copy_trailer(copy_buffer *b)
{
	append_integer(b, UINT16_MAX, 2);
}

void
copy_row(copy_buffer *b, unsigned count)
{
	append_integer(b, count, 2);
}

void
copy_null(copy_buffer *b)
{
	append_integer(b, UINT32_MAX, 4);
}

void
copy_text(copy_buffer *b, const char *text, size_t len)
{
	append_integer(b, len, 4);
	append(b, text, len);
}

void
copy_bool(copy_buffer *b, bool truth)
{
	append_integer(b, 1, 4);
	append_integer(b, truth ? 1 : 0, 1);
}

static bool
wrong_kind(mapping_type type, convert_error *err)
{
	snprintf(err->message, sizeof(err->message), "its kind does not give a value of type %s",
	         mapping_type_name(type));
	return false;
}

static bool
copy_integer(copy_buffer *b, mapping_type type, int64_t i, convert_error *err)
{
	const unsigned size = type == MAPPING_INT2 ? 2 : type == MAPPING_INT4 ? 4 : 8;

	if ((size == 2 && (i < INT16_MIN || i > INT16_MAX)) ||
	    (size == 4 && (i < INT32_MIN || i > INT32_MAX)))
	{
		snprintf(err->message, sizeof(err->message), "%" PRId64 " does not fit into %s", i,
		         mapping_type_name(type));
		return false;
	}
	append_integer(b, size, 4);
	append_integer(b, (uint64_t) i, size);
	return true;
}

static void
copy_double(copy_buffer *b, mapping_type type, double d)
{
	float f = (float) d;
	uint32_t narrow;
	uint64_t wide;

	if (type == MAPPING_FLOAT4)
	{
		memcpy(&narrow, &f, sizeof(narrow));
		append_integer(b, 4, 4);
		append_integer(b, narrow, 4);
		return;
	}
	memcpy(&wide, &d, sizeof(wide));
	append_integer(b, 8, 4);
	append_integer(b, wide, 8);
}

bool
copy_value(copy_buffer *b, mapping_type type, const target_value *v, convert_error *err)
{
	if (v->kind == TARGET_NULL || v->kind == TARGET_ABSENT)
	{
		copy_null(b);
		return true;
	}
	switch (type)
	{
		case MAPPING_BOOL:
			if (v->kind != TARGET_BOOL && v->kind != TARGET_INT)
				return wrong_kind(type, err);
			copy_bool(b, v->kind == TARGET_BOOL ? v->b : v->i != 0);
			return true;
		case MAPPING_INT2:
		case MAPPING_INT4:
		case MAPPING_INT8:
			if (v->kind != TARGET_BOOL && v->kind != TARGET_INT)
				return wrong_kind(type, err);
			return copy_integer(b, type, v->kind == TARGET_BOOL ? v->b : v->i, err);
		case MAPPING_FLOAT4:
		case MAPPING_FLOAT8:
			if (v->kind != TARGET_DOUBLE && v->kind != TARGET_INT)
				return wrong_kind(type, err);
			copy_double(b, type, v->kind == TARGET_DOUBLE ? v->d : (double) v->i);
			return true;
		case MAPPING_TEXT:
			if (v->kind != TARGET_TEXT)
				return wrong_kind(type, err);
			copy_text(b, v->bytes.data, v->bytes.len);
			return true;
		case MAPPING_BYTEA:
			if (v->kind != TARGET_BYTES && v->kind != TARGET_TEXT)
				return wrong_kind(type, err);
			copy_text(b, v->bytes.data, v->bytes.len);
			return true;
		case MAPPING_TIMESTAMPTZ:
			if (v->kind != TARGET_TIMESTAMPTZ)
				return wrong_kind(type, err);
			return copy_integer(b, MAPPING_INT8, v->i, err);
	}
	return wrong_kind(type, err);
}

void
copy_clear(copy_buffer *b)
{
	b->len = 0;
}

void
copy_free(copy_buffer *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}
