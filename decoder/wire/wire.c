/*
 * wire/wire.c
 *	  Writing and reading frames; see wire.h for the layout.
 *
 * Compiled into the plugin and into the relay: no allocation, no global.
 */
#include "wire/wire.h"

#include <string.h>

/* How a frame's payload is laid out: both directions and the size follow this one table. */
typedef enum field_kind
{
	FIELD_U8,
	FIELD_U16,
	FIELD_U32,
	FIELD_U64,
	FIELD_BYTES16, /* u16 length, bytes */
	FIELD_BYTES32  /* u32 length or WIRE_NULL, bytes */
} field_kind;

typedef struct field
{
	field_kind kind;
	size_t offset;
} field;

#define FIELD(kind, member)                                                                        \
	{                                                                                              \
		FIELD_##kind, offsetof(wire_frame, member)                                                 \
	}
#define MAX_FIELDS 6

typedef struct layout
{
	wire_type type;
	int count;
	field fields[MAX_FIELDS];
} layout;

#define FLAGS_AT (WIRE_HEADER_SIZE + 4 + 8 + 2) /* of an event */

static const layout layouts[] = {
    {WIRE_STREAM, 3, {FIELD(U16, stream), FIELD(BYTES16, name), FIELD(BYTES16, topic)}},
    {WIRE_BEGIN,
     6,
     {FIELD(U64, commit_lsn), FIELD(U32, ordinal), FIELD(U64, commit_time), FIELD(BYTES16, source),
      FIELD(BYTES16, gtid), FIELD(BYTES16, at)}},
    {WIRE_EVENT,
     6,
     {FIELD(U32, index), FIELD(U64, timestamp), FIELD(U16, stream), FIELD(U8, flags),
      FIELD(BYTES32, key), FIELD(BYTES32, value)}},
    {WIRE_SOURCE_END, 0, {{0}}},
    {WIRE_COMMIT,
     5,
     {FIELD(U64, commit_lsn), FIELD(U64, end_lsn), FIELD(U64, commit_time), FIELD(BYTES16, source),
      FIELD(BYTES16, gtid)}},
};

static const layout *
find_layout(wire_type type)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].type == type)
			return &layouts[i];
	return NULL;
}

/* Bytes of a number, or of the length before bytes. */
static int
field_width(field_kind kind)
{
	switch (kind)
	{
		case FIELD_U8:
			return 1;
		case FIELD_U16:
		case FIELD_BYTES16:
			return 2;
		case FIELD_U32:
		case FIELD_BYTES32:
			return 4;
		case FIELD_U64:
			return 8;
	}
	return 0;
}

static size_t
field_size(field_kind kind, const void *at)
{
	const wire_bytes *bytes = at;
	size_t size = (size_t) field_width(kind);

	if ((kind == FIELD_BYTES16 || kind == FIELD_BYTES32) && bytes->data != NULL)
		size += bytes->len;
	return size;
}

size_t
wire_frame_size(const wire_frame *f)
{
	const layout *l = find_layout(f->type);
	size_t size = WIRE_HEADER_SIZE;

	for (int i = 0; l != NULL && i < l->count; i++)
		size += field_size(l->fields[i].kind, (const char *) f + l->fields[i].offset);
	return size;
}

static char *
put_integer(char *out, uint64_t value, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--)
		*out++ = (char) (value >> (8 * i));
	return out;
}

static uint64_t
get_integer(const char *in, int bytes)
{
	uint64_t value = 0;

	for (int i = 0; i < bytes; i++)
		value = (value << 8) | (unsigned char) in[i];
	return value;
}

static char *
put_bytes(char *out, const wire_bytes *bytes, int length_bytes)
{
	uint32_t len = bytes->data != NULL ? bytes->len : (length_bytes == 4 ? WIRE_NULL : 0);

	out = put_integer(out, len, length_bytes);
	if (bytes->data != NULL && bytes->len > 0)
	{
		memcpy(out, bytes->data, bytes->len);
		out += bytes->len;
	}
	return out;
}

char *
wire_frame_write(const wire_frame *f, char *out)
{
	const layout *l = find_layout(f->type);

	*out++ = (char) f->type;
	out = put_integer(out, wire_frame_size(f) - WIRE_HEADER_SIZE, 4);
	for (int i = 0; l != NULL && i < l->count; i++)
	{
		const void *at = (const char *) f + l->fields[i].offset;

		switch (l->fields[i].kind)
		{
			case FIELD_U8:
				out = put_integer(out, *(const uint8_t *) at, 1);
				break;
			case FIELD_U16:
				out = put_integer(out, *(const uint16_t *) at, 2);
				break;
			case FIELD_U32:
				out = put_integer(out, *(const uint32_t *) at, 4);
				break;
			case FIELD_U64:
				out = put_integer(out, *(const uint64_t *) at, 8);
				break;
			case FIELD_BYTES16:
				out = put_bytes(out, at, 2);
				break;
			case FIELD_BYTES32:
				out = put_bytes(out, at, 4);
				break;
		}
	}
	return out;
}

void
wire_event_set_last(char *frame)
{
	frame[FLAGS_AT] |= WIRE_LAST;
}

/* Reads one field; returns what follows it, NULL if it does not fit before end. */
static const char *
get_field(const char *in, const char *end, field_kind kind, void *at)
{
	wire_bytes *bytes = at;
	int width = field_width(kind);
	uint64_t value;

	if (end - in < width)
		return NULL;
	value = get_integer(in, width);
	in += width;
	switch (kind)
	{
		case FIELD_U8:
			*(uint8_t *) at = (uint8_t) value;
			return in;
		case FIELD_U16:
			*(uint16_t *) at = (uint16_t) value;
			return in;
		case FIELD_U32:
			*(uint32_t *) at = (uint32_t) value;
			return in;
		case FIELD_U64:
			*(uint64_t *) at = value;
			return in;
		case FIELD_BYTES16:
		case FIELD_BYTES32:
			break;
	}
	if (kind == FIELD_BYTES32 && value == WIRE_NULL)
	{
		bytes->data = NULL;
		bytes->len = 0;
		return in;
	}
	if ((uint64_t) (end - in) < value)
		return NULL;
	bytes->data = in;
	bytes->len = (uint32_t) value;
	return in + value;
}

bool
wire_frame_read(const char **cursor, const char *end, wire_frame *out)
{
	const char *p = *cursor;
	const layout *l;
	uint64_t length;

	if (end - p < WIRE_HEADER_SIZE)
		return false;
	l = find_layout((wire_type) (unsigned char) *p);
	length = get_integer(p + 1, 4);
	p += WIRE_HEADER_SIZE;
	if (l == NULL || (uint64_t) (end - p) < length)
		return false;
	end = p + length;
	memset(out, 0, sizeof(*out));
	out->type = l->type;
	for (int i = 0; i < l->count; i++)
	{
		p = get_field(p, end, l->fields[i].kind, (char *) out + l->fields[i].offset);
		if (p == NULL)
			return false;
	}
	if (p != end || (out->flags & ~WIRE_FLAGS) != 0)
		return false;
	*cursor = end;
	return true;
}
