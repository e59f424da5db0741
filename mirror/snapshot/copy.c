/*
 * snapshot/copy.c
 *	  PostgreSQL's COPY ... BINARY format; see copy.h.
 */
#include "snapshot/copy.h"

#include <stdlib.h>
#include <string.h>
#include "mapping/target_binary.h"

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

bool
copy_value(copy_buffer *b, mapping_type type, const target_value *v, convert_error *err)
{
	char number[TARGET_BINARY_NUMBER];
	target_binary binary;

	if (!target_binary_make(type, v, number, &binary, err))
		return false;
	if (binary.data == NULL)
		copy_null(b);
	else
		copy_text(b, binary.data, binary.len);
	return true;
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
