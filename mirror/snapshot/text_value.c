/*
 * snapshot/text_value.c
 *	  A column of a SELECT as the value that the binlog has for it; see text_value.h.
 */
#include "snapshot/text_value.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "mapping/convert.h"

#define NUMBER_MAX 64
#define POSTGRES_TO_UNIX INT64_C(946684800000000)

static bool
read_number(const MYSQL_FIELD *field, const char *data, size_t len, value *out)
{
	char text[NUMBER_MAX];
	char *end;

	if (len == 0 || len >= sizeof(text))
		return false;
	memcpy(text, data, len);
	text[len] = '\0';
	errno = 0;
	if (field->type == MYSQL_TYPE_FLOAT || field->type == MYSQL_TYPE_DOUBLE)
	{
		out->kind = VALUE_DOUBLE;
		out->d = field->type == MYSQL_TYPE_FLOAT ? (double) strtof(text, &end) : strtod(text, &end);
		/* ERANGE also says that a number is very near to zero */
		return *end == '\0' && isfinite(out->d);
	}
	else if (field->type == MYSQL_TYPE_YEAR || (field->flags & UNSIGNED_FLAG) != 0)
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
	out->i = converted.kind == TARGET_NULL ? 0 : converted.i + POSTGRES_TO_UNIX;
	return true;
}

bool
text_value_read(const MYSQL_FIELD *field, const char *data, size_t len, value *out)
{
	if (data == NULL)
	{
		out->kind = VALUE_NULL;
		return true;
	}
	switch (field->type)
	{
		case MYSQL_TYPE_TINY:
		case MYSQL_TYPE_SHORT:
		case MYSQL_TYPE_INT24:
		case MYSQL_TYPE_LONG:
		case MYSQL_TYPE_LONGLONG:
		case MYSQL_TYPE_YEAR:
		case MYSQL_TYPE_FLOAT:
		case MYSQL_TYPE_DOUBLE:
			return read_number(field, data, len, out);
		case MYSQL_TYPE_BIT:
			return read_bits(data, len, out);
		case MYSQL_TYPE_TIMESTAMP:
			return read_timestamp(data, len, out);
		default:
			out->kind = VALUE_BYTES;
			out->bytes.data = data;
			out->bytes.len = len;
			return true;
	}
}
