/*
 * wire/reference.c
 *	  Reads the rows that a source transaction refers to; see reference.h for the format.
 */
#include "wire/reference.h"

#include <string.h>

#include "wire/pack.h"

static bool
read_bytes(reference_reader *r, uint32_t len, batch_bytes *out)
{
	if ((size_t) (r->end - r->next) < len)
		return false;
	out->data = r->next;
	out->len = len;
	r->next += len;
	return true;
}

static bool
read_string(reference_reader *r, uint32_t most, batch_bytes *out)
{
	uint32_t len;

	return pack_read(&r->next, r->end, &len) && len > 0 && len <= most && read_bytes(r, len, out);
}

static bool
read_column(reference_reader *r)
{
	batch_bytes name;
	uint32_t type;

	return read_string(r, BATCH_NAME_MAX, &name) && pack_read(&r->next, r->end, &type);
}

static bool
read_value(reference_reader *r)
{
	batch_bytes bytes;
	uint32_t n;

	return pack_read(&r->next, r->end, &n) &&
	       ((n & 3) == BATCH_VALUE || n == (uint32_t) BATCH_NULL) && read_bytes(r, n >> 2, &bytes);
}

/* Checks the columns or values of an item. */
static bool
read_parts(reference_reader *r, bool (*read_part)(reference_reader *), reference_item *out)
{
	if (!pack_read(&r->next, r->end, &out->count) || out->count > BATCH_COLUMNS_MAX)
		return false;
	out->parts.data = r->next;
	for (uint32_t i = 0; i < out->count; i++)
	{
		if (!read_part(r))
			return false;
	}
	out->parts.len = (uint32_t) (r->next - out->parts.data);
	return true;
}

bool
reference_more(const reference_reader *r)
{
	return r->next < r->end;
}

bool
reference_read(reference_reader *r, reference_item *out)
{
	if (!reference_more(r))
		return false;
	memset(out, 0, sizeof(*out));
	out->kind = (reference_kind) (unsigned char) *r->next++;
	switch (out->kind)
	{
		case REFERENCE_FORGET:
			return true;
		case REFERENCE_SHAPE:
			return pack_read(&r->next, r->end, &out->shape) &&
			       read_string(r, BATCH_NAME_MAX, &out->text) && read_parts(r, read_column, out);
		case REFERENCE_WIKI:
			return read_string(r, BATCH_TEXT_MAX, &out->text);
		case REFERENCE_ROW:
			return pack_read(&r->next, r->end, &out->shape) && read_parts(r, read_value, out);
	}
	return false;
}

/* The parts were checked: reading cannot fail. */
static uint32_t
take_number(batch_bytes *parts)
{
	const char *start = parts->data;
	uint32_t n = 0;

	pack_read(&parts->data, start + parts->len, &n);
	parts->len -= (uint32_t) (parts->data - start);
	return n;
}

static const char *
take_bytes(batch_bytes *parts, uint32_t len)
{
	const char *data = parts->data;

	parts->data += len;
	parts->len -= len;
	return data;
}

batch_bytes
reference_next_column(batch_bytes *parts, uint32_t *type)
{
	batch_bytes name = {.len = take_number(parts)};

	name.data = take_bytes(parts, name.len);
	*type = take_number(parts);
	return name;
}

batch_value
reference_next_value(batch_bytes *parts)
{
	const uint32_t n = take_number(parts);
	batch_value value = {.form = (batch_form) (n & 3), .len = n >> 2};

	value.data = take_bytes(parts, value.len);
	return value;
}
