/*
 * rows/column.c
 *	  One column's value in a row image.
 *
 * Numbers are little endian. Strings and blobs have their length in front: as many bytes as a BLOB's metadata
 * says, else 1 byte if the column holds at most 255 bytes and 2 if more.
 */
#include "rows/column.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "rows/charset.h"
#include "rows/compression.h"
#include "rows/decimal.h"
#include "rows/geometry.h"
#include "rows/temporal.h"
#include "rows/types.h"

static bool
fail(const column_def *col, decode_error *err, const char *what)
{
	snprintf(err->message, sizeof(err->message), "%s column %s: %s", column_type_name(col->type),
	         col->name != NULL ? col->name : "?", what);
	return false;
}

static bool
fail_short(const column_def *col, decode_error *err)
{
	return fail(col, err, "the row ends inside its value");
}

static bool
fail_memory(const column_def *col, decode_error *err)
{
	return fail(col, err, "out of memory");
}

static bool
read_integer(const column_def *col, unsigned size, cursor *c, value *out, decode_error *err)
{
	uint64_t v;
	unsigned unused_bits = 64 - 8 * size;

	if (!cursor_little(c, size, &v))
		return fail_short(col, err);
	if (col->is_unsigned)
	{
		out->kind = VALUE_UINT;
		out->u = v;
	}
	else
	{
		out->kind = VALUE_INT;
		out->i = (int64_t) (v << unused_bits) >> unused_bits;
	}
	return true;
}

/* MariaDB stores neither infinities nor what is no number. */
static bool
read_float(const column_def *col, unsigned size, cursor *c, value *out, decode_error *err)
{
	uint64_t bits;
	uint32_t half;
	float f;

	if (!cursor_little(c, size, &bits))
		return fail_short(col, err);
	if (size == 8)
	{
		out->kind = VALUE_DOUBLE;
		memcpy(&out->d, &bits, sizeof(out->d));
	}
	else
	{
		out->kind = VALUE_FLOAT;
		half = (uint32_t) bits;
		memcpy(&f, &half, sizeof(f));
		out->d = f;
	}
	return isfinite(out->d) || fail(col, err, "its bytes are no number");
}

/* Takes a length of so many bytes and then that many bytes. */
static bool
read_bytes(const column_def *col, unsigned length_size, cursor *c, value *out, decode_error *err)
{
	uint64_t len;

	if (!cursor_little(c, length_size, &len) || len > cursor_left(c))
		return fail_short(col, err);
	out->kind = VALUE_BYTES;
	out->bytes.len = len;
	out->bytes.data = (const char *) cursor_take(c, len);
	return true;
}

static bool
read_blob(const column_def *col, cursor *c, value *out, decode_error *err)
{
	unsigned length_size = col->meta & 0xff;

	if (length_size < 1 || length_size > 4)
		return fail(col, err, "its metadata is no length size");
	return read_bytes(col, length_size, c, out, err);
}

static bool
read_geometry(const column_def *col, cursor *c, arena *a, value *out, decode_error *err)
{
	if (!read_blob(col, c, out, err))
		return false;
	switch (geometry_read(out->bytes.data, out->bytes.len, a, out))
	{
		case GEOMETRY_READ:
			return true;
		case GEOMETRY_NO_MEMORY:
			return fail_memory(col, err);
		case GEOMETRY_MALFORMED:
			break;
	}
	return fail(col, err, "its bytes are no SRID and WKB");
}

/* CHAR comes without trailing spaces, as a SELECT prints it; BINARY without trailing NULs, which a SELECT has. */
static bool
read_fixed_string(const column_def *col, cursor *c, arena *a, value *out, decode_error *err)
{
	char *padded;

	if (!read_bytes(col, col->length > 255 ? 2 : 1, c, out, err))
		return false;
	if (col->charset != COLLATION_BINARY || out->bytes.len >= col->length)
		return true;
	padded = arena_alloc(a, col->length);
	if (padded == NULL)
		return fail_memory(col, err);
	memcpy(padded, out->bytes.data, out->bytes.len);
	memset(padded + out->bytes.len, 0, col->length - out->bytes.len);
	out->bytes.data = padded;
	out->bytes.len = col->length;
	return true;
}

static bool
read_compressed(const column_def *col, bool blob, cursor *c, arena *a, value *out,
                decode_error *err)
{
	const uint8_t *data;
	size_t len;
	const char *wrong;

	if (blob ? !read_blob(col, c, out, err)
	         : !read_bytes(col, col->length > 255 ? 2 : 1, c, out, err))
		return false;
	wrong = compression_inflate_column((const uint8_t *) out->bytes.data, out->bytes.len, a, &data,
	                                   &len);
	if (wrong != NULL)
		return fail(col, err, wrong);
	out->bytes.data = (const char *) data;
	out->bytes.len = len;
	return true;
}

static bool
read_enum(const column_def *col, cursor *c, value *out, decode_error *err)
{
	uint64_t number;
	unsigned size = col->meta >> 8;

	if (size < 1 || size > 2)
		return fail(col, err, "its metadata is no size");
	if (!cursor_little(c, size, &number))
		return fail_short(col, err);
	out->kind = VALUE_BYTES;
	if (number == 0)
	{
		/* the empty string that stands for an invalid value */
		out->bytes.data = "";
		out->bytes.len = 0;
		return true;
	}
	if (number > col->label_count)
		return fail(col, err, "a number without a label");
	out->bytes.data = col->labels[number - 1];
	out->bytes.len = col->label_lengths[number - 1];
	return true;
}

static bool
read_set(const column_def *col, cursor *c, arena *a, value *out, decode_error *err)
{
	uint64_t bits;
	unsigned size = col->meta >> 8;
	size_t len = 0, comma_len;
	const char *comma = charset_comma(col->charset, &comma_len);
	char *text, *t;

	if (size < 1 || size > 8)
		return fail(col, err, "its metadata is no size");
	if (!cursor_little(c, size, &bits))
		return fail_short(col, err);
	if (col->label_count < 64 && bits >> col->label_count != 0)
		return fail(col, err, "a bit without a label");
	for (unsigned i = 0; i < 64; i++)
		if (bits >> i & 1)
			len += col->label_lengths[i] + comma_len;
	text = t = arena_alloc(a, len + 1);
	if (text == NULL)
		return fail_memory(col, err);
	for (unsigned i = 0; i < 64; i++)
	{
		if ((bits >> i & 1) == 0)
			continue;
		if (t != text)
			t = (char *) memcpy(t, comma, comma_len) + comma_len;
		memcpy(t, col->labels[i], col->label_lengths[i]);
		t += col->label_lengths[i];
	}
	out->kind = VALUE_BYTES;
	out->bytes.data = text;
	out->bytes.len = (size_t) (t - text);
	return true;
}

static bool
read_bit(const column_def *col, cursor *c, value *out, decode_error *err)
{
	unsigned bits = (col->meta & 0xff) + 8u * (col->meta >> 8);
	unsigned size = (bits + 7) / 8;
	const uint8_t *p;

	if (bits < 1 || bits > 64)
		return fail(col, err, "its metadata is no number of bits");
	p = cursor_take(c, size);
	if (p == NULL)
		return fail_short(col, err);
	out->kind = VALUE_UINT;
	out->u = bytes_big(p, size);
	return true;
}

/* Copies a converted text into the arena; len 0 means that the bytes were out of range. */
static bool
take_text(const column_def *col, const char *text, size_t len, arena *a, value *out,
          decode_error *err)
{
	if (len == 0)
		return fail(col, err, "its bytes are out of range");
	out->kind = VALUE_BYTES;
	out->bytes.len = len;
	out->bytes.data = arena_copy(a, text, len);
	return out->bytes.data != NULL || fail_memory(col, err);
}

static bool
read_decimal(const column_def *col, cursor *c, arena *a, value *out, decode_error *err)
{
	/* the first byte of metadata is the precision, the second the scale */
	unsigned precision = col->meta & 0xff, scale = col->meta >> 8;
	char text[DECIMAL_TEXT_SIZE];
	size_t size = decimal_size(precision, scale);
	const uint8_t *p;

	if (size == 0)
		return fail(col, err, "its metadata is no precision and scale");
	p = cursor_take(c, size);
	if (p == NULL)
		return fail_short(col, err);
	return take_text(col, text, decimal_format(p, precision, scale, text), a, out, err);
}

static bool
read_temporal_text(const column_def *col, cursor *c, arena *a, value *out, decode_error *err)
{
	static const uint8_t sizes[] = {[TYPE_DATE] = 3,    [TYPE_TIME] = 3,  [TYPE_DATETIME] = 8,
	                                [TYPE_NEWDATE] = 3, [TYPE_TIME2] = 3, [TYPE_DATETIME2] = 5};
	bool packed = col->type == TYPE_TIME2 || col->type == TYPE_DATETIME2;
	unsigned digits = packed ? col->meta : 0;
	char text[TEMPORAL_TEXT_SIZE];
	const uint8_t *p;
	size_t len;

	if (digits > TEMPORAL_MOST_DIGITS)
		return fail(col, err, "its metadata is no number of digits");
	p = cursor_take(c, sizes[col->type] + temporal_fraction_size(digits));
	if (p == NULL)
		return fail_short(col, err);
	switch (col->type)
	{
		case TYPE_TIME:
			len = temporal_format_time(p, text);
			break;
		case TYPE_DATETIME:
			len = temporal_format_datetime(p, text);
			break;
		case TYPE_TIME2:
			len = temporal_format_time2(p, digits, text);
			break;
		case TYPE_DATETIME2:
			len = temporal_format_datetime2(p, digits, text);
			break;
		default:
			len = temporal_format_date(p, text);
	}
	return take_text(col, text, len, a, out, err);
}

static bool
read_timestamp(const column_def *col, cursor *c, value *out, decode_error *err)
{
	unsigned digits = col->type == TYPE_TIMESTAMP2 ? col->meta : 0;
	const uint8_t *p;

	if (digits > TEMPORAL_MOST_DIGITS)
		return fail(col, err, "its metadata is no number of digits");
	p = cursor_take(c, 4 + temporal_fraction_size(digits));
	if (p == NULL)
		return fail_short(col, err);
	out->kind = VALUE_TIMESTAMP;
	out->digits = (uint8_t) digits;
	out->i = col->type == TYPE_TIMESTAMP2 ? temporal_timestamp2(p, digits)
	                                      : (int64_t) bytes_little(p, 4) * 1000000;
	return true;
}

static bool
read_year(const column_def *col, cursor *c, value *out, decode_error *err)
{
	uint64_t v;

	if (!cursor_little(c, 1, &v))
		return fail_short(col, err);
	out->kind = VALUE_UINT;
	out->u = v == 0 ? 0 : 1900 + v;
	return true;
}

bool
column_read(const column_def *col, cursor *c, arena *a, value *out, decode_error *err)
{
	out->charset = (uint16_t) col->charset;
	out->digits = 0;
	switch ((column_type) col->type)
	{
		case TYPE_TINY:
			return read_integer(col, 1, c, out, err);
		case TYPE_SHORT:
			return read_integer(col, 2, c, out, err);
		case TYPE_INT24:
			return read_integer(col, 3, c, out, err);
		case TYPE_LONG:
			return read_integer(col, 4, c, out, err);
		case TYPE_LONGLONG:
			return read_integer(col, 8, c, out, err);
		case TYPE_FLOAT:
			return read_float(col, 4, c, out, err);
		case TYPE_DOUBLE:
			return read_float(col, 8, c, out, err);
		case TYPE_YEAR:
			return read_year(col, c, out, err);
		case TYPE_VARCHAR:
		case TYPE_VAR_STRING:
			return read_bytes(col, col->length > 255 ? 2 : 1, c, out, err);
		case TYPE_STRING:
			return read_fixed_string(col, c, a, out, err);
		case TYPE_TINY_BLOB:
		case TYPE_BLOB:
		case TYPE_MEDIUM_BLOB:
		case TYPE_LONG_BLOB:
			return read_blob(col, c, out, err);
		case TYPE_GEOMETRY:
			return read_geometry(col, c, a, out, err);
		case TYPE_BLOB_COMPRESSED:
		case TYPE_VARCHAR_COMPRESSED:
			return read_compressed(col, col->type == TYPE_BLOB_COMPRESSED, c, a, out, err);
		case TYPE_ENUM:
			return read_enum(col, c, out, err);
		case TYPE_SET:
			return read_set(col, c, a, out, err);
		case TYPE_BIT:
			return read_bit(col, c, out, err);
		case TYPE_NEWDECIMAL:
			return read_decimal(col, c, a, out, err);
		case TYPE_DATE:
		case TYPE_NEWDATE:
		case TYPE_TIME:
		case TYPE_TIME2:
		case TYPE_DATETIME:
		case TYPE_DATETIME2:
			return read_temporal_text(col, c, a, out, err);
		case TYPE_TIMESTAMP:
		case TYPE_TIMESTAMP2:
			return read_timestamp(col, c, out, err);
		case TYPE_DECIMAL:
		case TYPE_NULL:
		case TYPE_JSON:
			break;
	}
	return fail(col, err, "the type is not supported");
}
