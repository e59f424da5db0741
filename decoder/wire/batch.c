/*
 * wire/batch.c
 *	  Reads and writes batches of row changes; see batch.h for the format.
 */
#include "wire/batch.h"

#include <string.h>
#include "wire/pack.h"

/* ---- reading ---- */

static bool
fail(batch_reader *r, const char *why)
{
	r->why = why;
	return false;
}

static size_t
left(const batch_reader *r)
{
	return (size_t) (r->end - r->next);
}

static bool
read_byte(batch_reader *r, uint8_t *out)
{
	if (left(r) == 0)
		return fail(r, "it ends too early");
	*out = (uint8_t) *r->next++;
	return true;
}

static bool
read_number(batch_reader *r, uint32_t *out)
{
	return pack_read(&r->next, r->end, out) || fail(r, "a number is malformed or cut off");
}

static bool
read_bytes(batch_reader *r, uint32_t len, const char **out)
{
	if (left(r) < len)
		return fail(r, "a length goes beyond the end");
	*out = r->next;
	r->next += len;
	return true;
}

static bool
read_string(batch_reader *r, uint32_t most, batch_bytes *out)
{
	if (!read_number(r, &out->len))
		return false;
	if (out->len == 0 || out->len > most)
		return fail(r, "a name or text is empty or too long");
	return read_bytes(r, out->len, &out->data);
}

bool
batch_begin(batch_reader *r, const char *data, size_t len, uint32_t *shapes)
{
	uint8_t version;
	uint8_t flags;

	r->start = r->next = data;
	r->end = data + len;
	r->changes = 0;
	r->why = NULL;
	if (!read_byte(r, &version))
		return false;
	if (version != BATCH_VERSION)
		return fail(r, "its version is not known");
	if (!read_byte(r, &flags))
		return false;
	if ((flags & ~BATCH_WHOLE) != 0)
		return fail(r, "a flag is not known");
	r->whole = flags != 0;
	if (!read_number(r, shapes))
		return false;
	return *shapes <= BATCH_SHAPES_MAX || fail(r, "there are too many shapes");
}

bool
batch_read_shape(batch_reader *r, batch_shape *out)
{
	batch_bytes name;

	out->whole.data = r->next;
	if (!read_string(r, BATCH_NAME_MAX, &out->schema) ||
	    !read_string(r, BATCH_NAME_MAX, &out->table) || !read_number(r, &out->finds) ||
	    !read_number(r, &out->columns))
		return false;
	if (out->columns == 0 || out->columns > BATCH_COLUMNS_MAX || out->finds > out->columns)
		return fail(r, "a shape's number of columns is wrong");
	out->names.data = r->next;
	for (uint32_t i = 0; i < out->columns; i++)
	{
		if (!read_string(r, BATCH_NAME_MAX, &name))
			return false;
	}
	out->names.len = (uint32_t) (r->next - out->names.data);
	out->whole.len = (uint32_t) (r->next - out->whole.data);
	return true;
}

batch_bytes
batch_next_name(batch_bytes *names)
{
	/* a name's length takes one byte, and was checked */
	batch_bytes name = {names->data + 1, (uint8_t) names->data[0]};

	names->data += 1 + name.len;
	names->len -= 1 + name.len;
	return name;
}

static bool
read_value(batch_reader *r, batch_value *out)
{
	uint32_t n;

	if (!read_number(r, &n))
		return false;
	if ((n & 3) > BATCH_ABSENT)
		return fail(r, "a value's form is not known");
	out->form = (batch_form) (n & 3);
	out->len = n >> 2;
	if ((out->form == BATCH_NULL || out->form == BATCH_ABSENT) && out->len > 0)
		return fail(r, "a value that has none has a length");
	return read_bytes(r, out->len, &out->data);
}

static bool
read_values(batch_reader *r, uint32_t count, batch_value *out)
{
	for (uint32_t i = 0; i < count; i++)
	{
		if (!read_value(r, &out[i]))
			return false;
	}
	return true;
}

static bool
read_change(batch_reader *r, const batch_shape *shapes, uint32_t shape_count, batch_item *out)
{
	const bool insert = out->kind == BATCH_INSERT;
	const batch_shape *shape;

	r->changes++;
	if (!read_byte(r, &out->flags) || !read_number(r, &out->shape))
		return false;
	if ((out->flags & ~(insert ? BATCH_UPSERT | BATCH_TELL : BATCH_MAY_MISS | BATCH_EACH)) != 0)
		return fail(r, "a flag is not known");
	if (out->shape >= shape_count)
		return fail(r, "there is no shape of that number");
	shape = &shapes[out->shape];
	if (shape->finds == 0 && (!insert || out->flags != 0))
		return fail(r, "the shape has no columns that find a row");
	if (!insert && !read_values(r, shape->finds, out->find))
		return false;
	return out->kind == BATCH_DELETE || read_values(r, shape->columns, out->set);
}

static bool
read_done(batch_reader *r)
{
	uint32_t changes;

	if (!read_number(r, &changes))
		return false;
	if (changes != r->changes)
		return fail(r, "it holds another number of changes than it says");
	return left(r) == 0 || fail(r, "something follows its end");
}

bool
batch_read_item(batch_reader *r, const batch_shape *shapes, uint32_t shape_count, batch_item *out)
{
	uint8_t kind;

	if (!read_byte(r, &kind))
		return false;
	out->kind = (batch_kind) kind;
	out->flags = 0;
	switch (out->kind)
	{
		case BATCH_SOURCE:
		case BATCH_END:
			return read_string(r, BATCH_TEXT_MAX, &out->text);
		case BATCH_INSERT:
		case BATCH_UPDATE:
		case BATCH_DELETE:
			return read_change(r, shapes, shape_count, out);
		case BATCH_DONE:
			return read_done(r);
	}
	return fail(r, "an item's kind is not known");
}

size_t
batch_offset(const batch_reader *r)
{
	return (size_t) (r->next - r->start);
}

/* ---- writing ---- */

static size_t
write_byte(char *out, uint8_t byte)
{
	if (out != NULL)
		*out = (char) byte;
	return 1;
}

/* Where the next part goes. */
static char *
after(char *out, size_t size)
{
	return out == NULL ? NULL : out + size;
}

static size_t
write_bytes(char *out, const char *data, size_t len)
{
	if (out != NULL && len > 0)
		memcpy(out, data, len);
	return len;
}

static size_t
write_string(char *out, const char *data, size_t len)
{
	size_t size = pack_write(out, (uint32_t) len);

	return size + write_bytes(after(out, size), data, len);
}

size_t
batch_write_begin(char *out, bool whole, uint32_t shapes)
{
	return write_byte(out, BATCH_VERSION) + write_byte(after(out, 1), whole ? BATCH_WHOLE : 0) +
	       pack_write(after(out, 2), shapes);
}

size_t
batch_write_shape(char *out, const char *schema, const char *table, uint32_t finds,
                  uint32_t columns, const char *const *names)
{
	size_t size = write_string(out, schema, strlen(schema));

	size += write_string(after(out, size), table, strlen(table));
	size += pack_write(after(out, size), finds);
	size += pack_write(after(out, size), columns);
	for (uint32_t i = 0; i < columns; i++)
		size += write_string(after(out, size), names[i], strlen(names[i]));
	return size;
}

size_t
batch_write_text(char *out, batch_kind kind, const char *text, size_t len)
{
	return write_byte(out, (uint8_t) kind) + write_string(after(out, 1), text, len);
}

static size_t
write_values(char *out, const batch_value *values, uint32_t count)
{
	size_t size = 0;

	for (uint32_t i = 0; i < count; i++)
	{
		const batch_value *v = &values[i];
		uint32_t len = v->form == BATCH_NULL || v->form == BATCH_ABSENT ? 0 : v->len;

		size += pack_write(after(out, size), len << 2 | (uint32_t) v->form);
		size += write_bytes(after(out, size), v->data, len);
	}
	return size;
}

size_t
batch_write_change(char *out, const batch_item *item, const batch_shape *shape)
{
	size_t size = write_byte(out, (uint8_t) item->kind);

	size += write_byte(after(out, size), item->flags);
	size += pack_write(after(out, size), item->shape);
	if (item->kind != BATCH_INSERT)
		size += write_values(after(out, size), item->find, shape->finds);
	if (item->kind != BATCH_DELETE)
		size += write_values(after(out, size), item->set, shape->columns);
	return size;
}

size_t
batch_write_done(char *out, uint32_t changes)
{
	return write_byte(out, BATCH_DONE) + pack_write(after(out, 1), changes);
}
