/*
 * mapping/target_binary.c
 *	  Values of mirror columns in PostgreSQL's binary form; see target_binary.h.
 */
#include "mapping/target_binary.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include "mapping/inet_uuid.h"

#define INET_IPV4 2 /* PostgreSQL's own numbers of address families */
#define INET_IPV6 3
#define INET_HEAD 4

static bool
wrong_kind(mapping_type type, convert_error *err)
{
	return convert_fail(err, "its kind does not give a value of type %s", mapping_type_name(type));
}

/* The low len bytes of n. */
static bool
make_number(uint64_t n, size_t len, char *number, target_binary *out)
{
	for (size_t i = 0; i < len; i++)
		number[i] = (char) (n >> 8 * (len - 1 - i));
	out->data = number;
	out->len = len;
	return true;
}

static bool
make_integer(mapping_type type, const target_value *v, char *number, target_binary *out,
             convert_error *err)
{
	const int64_t i = v->kind == TARGET_BOOL ? v->b : v->i;
	const size_t len = type == MAPPING_INT2 ? 2 : type == MAPPING_INT4 ? 4 : 8;

	if (v->kind != TARGET_BOOL && v->kind != TARGET_INT)
		return wrong_kind(type, err);
	if ((len == 2 && (i < INT16_MIN || i > INT16_MAX)) ||
	    (len == 4 && (i < INT32_MIN || i > INT32_MAX)))
		return convert_fail(err, "%" PRId64 " does not fit into %s", i, mapping_type_name(type));
	return make_number((uint64_t) i, len, number, out);
}

static bool
make_double(mapping_type type, const target_value *v, char *number, target_binary *out,
            convert_error *err)
{
	const double d = v->kind == TARGET_DOUBLE ? v->d : (double) v->i;
	const float f = (float) d;
	const bool lost = isinf(f) || (f == 0 && d != 0);
	uint32_t narrow;
	uint64_t wide;

	if (v->kind != TARGET_DOUBLE && v->kind != TARGET_INT)
		return wrong_kind(type, err);
	if (type == MAPPING_FLOAT4 && lost)
		return convert_fail(err, "%.17g does not fit into %s", d, mapping_type_name(type));
	memcpy(&narrow, &f, sizeof(narrow));
	memcpy(&wide, &d, sizeof(wide));
	return type == MAPPING_FLOAT4 ? make_number(narrow, 4, number, out)
	                              : make_number(wide, 8, number, out);
}

static bool
make_bytes(mapping_type type, const target_value *v, target_binary *out, convert_error *err)
{
	if (v->kind != TARGET_TEXT && (v->kind != TARGET_BYTES || type == MAPPING_TEXT))
		return wrong_kind(type, err);
	if (v->bytes.len > TARGET_BINARY_MOST)
		return convert_fail(err, "%zu bytes are more than a value can hold", v->bytes.len);
	out->data = v->bytes.len == 0 ? "" : v->bytes.data;
	out->len = v->bytes.len;
	return true;
}

static bool
make_inet(const char *address, size_t len, char *number, target_binary *out)
{
	number[0] = len == INET4_SIZE ? INET_IPV4 : INET_IPV6;
	number[1] = (char) (8 * len);
	number[2] = 0;
	number[3] = (char) len;
	memcpy(number + INET_HEAD, address, len);
	out->data = number;
	out->len = INET_HEAD + len;
	return true;
}

/* Of an address or a UUID: its own type, or its text. */
static bool
make_inet_uuid(mapping_type type, const target_value *v, char *number, target_binary *out,
               convert_error *err)
{
	_Static_assert(INET_UUID_TEXT_SIZE <= TARGET_BINARY_NUMBER, "room for their text");

	if (type == MAPPING_INET && v->kind == TARGET_INET)
		return make_inet(v->bytes.data, v->bytes.len, number, out);
	out->data = v->bytes.data;
	out->len = v->bytes.len;
	if (type == MAPPING_UUID && v->kind == TARGET_UUID)
		return true;
	if (type != MAPPING_TEXT)
		return wrong_kind(type, err);
	out->data = number;
	out->len = v->kind == TARGET_INET ? inet_write(v->bytes.data, v->bytes.len, number)
	                                  : uuid_write(v->bytes.data, number);
	return true;
}

/* A TIME in a day, or an interval of any length and sign. */
static bool
make_time(mapping_type type, const target_value *v, char *number, target_binary *out,
          convert_error *err)
{
	if (v->kind != TARGET_TIME)
		return wrong_kind(type, err);
	if (type == MAPPING_TIME && (v->i < 0 || v->i >= INT64_C(86400000000)))
		return convert_fail(err,
		                    "a TIME that is negative, or a day or longer, does not fit into time");
	make_number((uint64_t) v->i, 8, number, out);
	if (type == MAPPING_INTERVAL)
	{
		memset(number + out->len, 0, 8);
		out->len += 8;
	}
	return true;
}

/* What has its binary form already. */
static bool
make_ready(mapping_type type, const target_value *v, target_binary *out, convert_error *err)
{
	const bool jsonb = type == MAPPING_JSONB;
	const target_kind kind = type == MAPPING_NUMERIC      ? TARGET_NUMERIC
	                         : type == MAPPING_TEXT_ARRAY ? TARGET_TEXT_ARRAY
	                         : type == MAPPING_INT8_ARRAY ? TARGET_INT_ARRAY
	                                                      : TARGET_JSON;

	if (v->kind != kind)
		return wrong_kind(type, err);
	if (v->bytes.len >= TARGET_BINARY_MOST)
		return convert_fail(err, "%zu bytes are more than a value can hold", v->bytes.len);
	out->data = v->bytes.data - (jsonb ? 1 : 0);
	out->len = v->bytes.len + (jsonb ? 1 : 0);
	return true;
}

bool
target_binary_make(mapping_type type, const target_value *v, char number[TARGET_BINARY_NUMBER],
                   target_binary *out, convert_error *err)
{
	out->data = NULL;
	out->len = 0;
	if (v->kind == TARGET_NULL || v->kind == TARGET_ABSENT)
		return true;
	if (v->kind == TARGET_INET || v->kind == TARGET_UUID)
		return make_inet_uuid(type, v, number, out, err);
	switch (type)
	{
		case MAPPING_BOOL:
			if (v->kind != TARGET_BOOL && v->kind != TARGET_INT)
				return wrong_kind(type, err);
			return make_number(v->kind == TARGET_BOOL ? v->b : v->i != 0, 1, number, out);
		case MAPPING_INT2:
		case MAPPING_INT4:
		case MAPPING_INT8:
			return make_integer(type, v, number, out, err);
		case MAPPING_FLOAT4:
		case MAPPING_FLOAT8:
			return make_double(type, v, number, out, err);
		case MAPPING_TEXT:
		case MAPPING_BYTEA:
			return make_bytes(type, v, out, err);
		case MAPPING_TIMESTAMPTZ:
		case MAPPING_TIMESTAMP:
			if (v->kind != TARGET_TIMESTAMPTZ)
				return wrong_kind(type, err);
			return make_number((uint64_t) v->i, 8, number, out);
		case MAPPING_DATE:
			if (v->kind != TARGET_DATE)
				return wrong_kind(type, err);
			return make_number((uint64_t) v->i, 4, number, out);
		case MAPPING_TIME:
		case MAPPING_INTERVAL:
			return make_time(type, v, number, out, err);
		case MAPPING_NUMERIC:
		case MAPPING_TEXT_ARRAY:
		case MAPPING_INT8_ARRAY:
		case MAPPING_JSON:
		case MAPPING_JSONB:
			return make_ready(type, v, out, err);
		case MAPPING_INET:
		case MAPPING_UUID:
			break;
	}
	return wrong_kind(type, err);
}
