/*
 * snapshot/text_value.c
 *	  A column of a SELECT as the value that the binlog has for it; see text_value.h.
 */
#include "snapshot/text_value.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "mapping/inet_uuid.h"
#include "mapping/convert.h"
#include "rows/geometry.h"

#define NUMBER_MAX 64
#define TIMESTAMP_LENGTH 19 /* without a fraction */
#define POSTGRES_TO_UNIX INT64_C(946684800000000)

static bool
read_real(source_type type, const char *text, value *out)
{
	char *end;

	/* ERANGE also says that a number is very near to zero */
	out->kind = type == SOURCE_FLOAT ? VALUE_FLOAT : VALUE_DOUBLE;
	out->d = strtod(text, &end);
	return *end == '\0' && isfinite(out->d);
}

static bool
read_integer(const MYSQL_FIELD *field, const char *text, value *out)
{
	char *end;

	errno = 0;
	if (field->type == MYSQL_TYPE_YEAR || (field->flags & UNSIGNED_FLAG) != 0)
	{
		out->kind = VALUE_UINT;
		out->u = strtoull(text, &end, 10);
	}
	else
	{
		out->kind = VALUE_INT;
		out->i = strtoll(text, &end, 10);
	}
	return errno == 0 && *end == '\0';
}

static bool
read_number(source_type type, const MYSQL_FIELD *field, const char *data, size_t len, value *out)
{
	char text[NUMBER_MAX];

	if (len == 0 || len >= sizeof(text))
		return false;
	memcpy(text, data, len);
	text[len] = '\0';
	return field->type == MYSQL_TYPE_DOUBLE ? read_real(type, text, out)
	                                        : read_integer(field, text, out);
}

/* ZEROFILL prints zeros before the number, which are not in its value. */
static bool
read_decimal(const char *data, size_t len, value *out)
{
	while (len > 1 && data[0] == '0' && data[1] != '.')
	{
		data++;
		len--;
	}
	out->kind = VALUE_BYTES;
	out->bytes.data = data;
	out->bytes.len = len;
	return len > 0;
}

/* INET4, INET6 and UUID. */
static bool
read_printed(source_type type, const char *data, size_t len, arena *a, value *out)
{
	char *bytes = arena_alloc(a, INET_UUID_SIZE);

	out->kind = VALUE_BYTES;
	out->bytes.data = bytes;
	if (bytes == NULL)
		return false;
	out->bytes.len =
	    type == SOURCE_UUID ? uuid_read(data, len, bytes) : inet_read(data, len, bytes);
	return out->bytes.len == (type == SOURCE_INET4 ? INET4_SIZE : INET_UUID_SIZE);
}

/* A BIT column arrives as big endian bytes. */
static bool
read_bits(const char *data, size_t len, value *out)
{
	if (len > sizeof(out->u))
		return false;
	out->kind = VALUE_UINT;
	out->u = 0;
	for (size_t i = 0; i < len; i++)
		out->u = out->u << 8 | (uint8_t) data[i];
	return true;
}

static bool
read_timestamp(const char *data, size_t len, value *out)
{
	const value text = {.kind = VALUE_BYTES, .bytes = {data, len}};
	const value *sources[] = {&text};
	target_value converted;
	convert_error err;

	if (!convert_value(CONVERT_TIMESTAMP, sources, 1, false, NULL, &converted, &err) ||
	    converted.raw_needed)
		return false;
	out->kind = VALUE_TIMESTAMP;
	out->digits = len > TIMESTAMP_LENGTH ? (uint8_t) (len - TIMESTAMP_LENGTH - 1) : 0;
	out->i = converted.kind == TARGET_NULL ? 0 : converted.i + POSTGRES_TO_UNIX;
	return true;
}

static bool
read_geometry(const char *data, size_t len, arena *a, value *out)
{
	return geometry_read(data, len, a, out) == GEOMETRY_READ;
}

bool
text_value_read(source_type type, const MYSQL_FIELD *field, const char *data, size_t len, arena *a,
                value *out)
{
	out->charset = 0;
	out->digits = 0;
	if (data == NULL)
	{
		out->kind = VALUE_NULL;
		return true;
	}
	if (type == SOURCE_INET4 || type == SOURCE_INET6 || type == SOURCE_UUID)
		return read_printed(type, data, len, a, out);
	switch (field->type)
	{
		case MYSQL_TYPE_TINY:
		case MYSQL_TYPE_SHORT:
		case MYSQL_TYPE_INT24:
		case MYSQL_TYPE_LONG:
		case MYSQL_TYPE_LONGLONG:
		case MYSQL_TYPE_YEAR:
		case MYSQL_TYPE_DOUBLE:
			return read_number(type, field, data, len, out);
		case MYSQL_TYPE_NEWDECIMAL:
			return read_decimal(data, len, out);
		case MYSQL_TYPE_BIT:
			return read_bits(data, len, out);
		case MYSQL_TYPE_TIMESTAMP:
			return read_timestamp(data, len, out);
		case MYSQL_TYPE_GEOMETRY:
			return read_geometry(data, len, a, out);
		default:
			out->kind = VALUE_BYTES;
			out->charset = (uint16_t) field->charsetnr;
			out->bytes.data = data;
			out->bytes.len = len;
			return true;
	}
}
