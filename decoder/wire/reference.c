/*
 * wire/reference.c
 *	  Reads the rows that a source transaction refers to; see reference.h for the format.
 */
#include "wire/reference.h"

#include <string.h>

#include "wire/names.h"
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
find_name(uint32_t number, batch_bytes *out)
{
	out->data = names_get(number);
	if (out->data == NULL)
		return false;
	out->len = (uint32_t) strlen(out->data);
	return true;
}

static bool
read_name(reference_reader *r, batch_bytes *out)
{
	uint32_t n;

	if (!pack_read(&r->next, r->end, &n))
		return false;
	if ((n & 1) != 0)
		return find_name(n >> 1, out);
	return n > 0 && n >> 1 <= BATCH_NAME_MAX && read_bytes(r, n >> 1, out);
}

static bool
read_only_name(reference_reader *r)
{
	batch_bytes name;

	return read_name(r, &name);
}

static bool
read_column(reference_reader *r)
{
	batch_bytes name;
	uint32_t type;

	return read_name(r, &name) && pack_read(&r->next, r->end, &type);
}

/* Lengths that a form may have, and no other form. */
static bool
form_is_valid(const batch_bytes *bytes, uint32_t form)
{
	switch (form)
	{
		case REFERENCE_VALUE:
			return true;
		case REFERENCE_NULL:
			return bytes->len == 0;
		case REFERENCE_INTEGER:
			return bytes->len < sizeof(int64_t) ||
			       (bytes->len == sizeof(int64_t) && (bytes->data[0] & 0x80) == 0);
	}
	return false;
}

static bool
read_value(reference_reader *r)
{
	batch_bytes bytes;
	uint32_t n;

	return pack_read(&r->next, r->end, &n) && read_bytes(r, n >> 2, &bytes) &&
	       form_is_valid(&bytes, n & 3);
}

static bool
read_told(reference_reader *r)
{
	batch_bytes topic;
	uint32_t len;

	return read_only_name(r) && pack_read(&r->next, r->end, &len) && len <= BATCH_TEXT_MAX &&
	       read_bytes(r, len, &topic);
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
			return pack_read(&r->next, r->end, &out->shape) && read_name(r, &out->text) &&
			       read_parts(r, read_column, out);
		case REFERENCE_WIKI:
			return read_string(r, BATCH_TEXT_MAX, &out->text);
		case REFERENCE_ROW:
			return pack_read(&r->next, r->end, &out->shape) && read_parts(r, read_value, out);
		case REFERENCE_LACKING:
			return read_parts(r, read_only_name, out);
		case REFERENCE_TOLD:
			return pack_read(&r->next, r->end, &out->text.len) && out->text.len <= BATCH_TEXT_MAX &&
			       read_bytes(r, out->text.len, &out->text) && read_parts(r, read_told, out);
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
reference_next_name(batch_bytes *parts)
{
	const uint32_t n = take_number(parts);
	batch_bytes name = {.len = n >> 1};

	if ((n & 1) != 0)
		find_name(n >> 1, &name);
	else
		name.data = take_bytes(parts, name.len);
	return name;
}

batch_bytes
reference_next_column(batch_bytes *parts, uint32_t *type)
{
	batch_bytes name = reference_next_name(parts);

	*type = take_number(parts);
	return name;
}

batch_bytes
reference_next_stream(batch_bytes *parts, batch_bytes *topic)
{
	batch_bytes name = reference_next_name(parts);

	topic->len = take_number(parts);
	topic->data = take_bytes(parts, topic->len);
	return name;
}

reference_value
reference_next_value(batch_bytes *parts)
{
	const uint32_t n = take_number(parts);
	reference_value value = {.form = (reference_form) (n & 3), .bytes.len = n >> 2};

	value.bytes.data = take_bytes(parts, value.bytes.len);
	if (value.form == REFERENCE_INTEGER)
		for (uint32_t i = 0; i < value.bytes.len; i++)
			value.integer = value.integer << 8 | (unsigned char) value.bytes.data[i];
	return value;
}

/* ---- writing ---- */

static char *
behind(char *out, size_t size)
{
	return out == NULL ? NULL : out + size;
}

static size_t
write_name(char *out, const char *name)
{
	const uint32_t number = names_number(name);
	const size_t len = strlen(name);
	size_t size;

	if (number != NAMES_NONE)
		return pack_write(out, number << 1 | 1);
	size = pack_write(out, (uint32_t) len << 1);
	if (out != NULL)
		memcpy(out + size, name, len);
	return size + len;
}

size_t
reference_write_shape(char *out, uint32_t shape, const char *table, uint32_t columns,
                      const char *const *names, const uint32_t *types)
{
	size_t size = 1;

	if (out != NULL)
		out[0] = REFERENCE_SHAPE;
	size += pack_write(behind(out, size), shape);
	size += write_name(behind(out, size), table);
	size += pack_write(behind(out, size), columns);
	for (uint32_t i = 0; i < columns; i++)
	{
		size += write_name(behind(out, size), names[i]);
		size += pack_write(behind(out, size), types[i]);
	}
	return size;
}

size_t
reference_write_lacking(char *out, uint32_t count, const char *const *names)
{
	size_t size = 1;

	if (out != NULL)
		out[0] = REFERENCE_LACKING;
	size += pack_write(behind(out, size), count);
	for (uint32_t i = 0; i < count; i++)
		size += write_name(behind(out, size), names[i]);
	return size;
}

static size_t
write_text(char *out, const char *text)
{
	const size_t len = strlen(text);
	const size_t size = pack_write(out, (uint32_t) len);

	if (out != NULL)
		memcpy(out + size, text, len);
	return size + len;
}

size_t
reference_write_told(char *out, const char *at, uint32_t count, const char *const *names,
                     const char *const *topics)
{
	size_t size = 1;

	if (out != NULL)
		out[0] = REFERENCE_TOLD;
	size += write_text(behind(out, size), at);
	size += pack_write(behind(out, size), count);
	for (uint32_t i = 0; i < count; i++)
	{
		size += write_name(behind(out, size), names[i]);
		size += write_text(behind(out, size), topics == NULL ? "" : topics[i]);
	}
	return size;
}

size_t
reference_write_integer(char *out, int64_t value)
{
	uint32_t len = 0;
	size_t size;

	while (len < sizeof(value) && value >> 8 * len != 0)
		len++;
	size = pack_write(out, len << 2 | REFERENCE_INTEGER);
	for (uint32_t i = 0; out != NULL && i < len; i++)
		out[size + i] = (char) (value >> 8 * (len - 1 - i));
	return size + len;
}
