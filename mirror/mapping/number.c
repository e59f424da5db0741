/*
 * mapping/number.c
 *	  Source values as numbers; see number.h.
 */
#include "mapping/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
parse_number(const char *data, size_t len, int64_t *out)
{
	uint64_t n = 0;
	bool negative = len > 0 && data[0] == '-';
	size_t i = negative ? 1 : 0;

	if (i == len)
		return false;
	for (; i < len; i++)
	{
		uint8_t digit = (uint8_t) (data[i] - '0');

		if (digit > 9 || n > (UINT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	if (n > (uint64_t) INT64_MAX + (negative ? 1 : 0))
		return false;
	*out = negative ? (int64_t) (0 - n) : (int64_t) n;
	return true;
}

bool
number_read_int(const value *v, int64_t *out, convert_error *err)
{
	switch (v->kind)
	{
		case VALUE_INT:
		case VALUE_TIMESTAMP:
			*out = v->i;
			return true;
		case VALUE_UINT:
			if (v->u > INT64_MAX)
				return convert_fail(err, "%" PRIu64 " does not fit into bigint", v->u);
			*out = (int64_t) v->u;
			return true;
		case VALUE_BYTES:
			if (parse_number(v->bytes.data, v->bytes.len, out))
				return true;
			return convert_fail(err, "a string that is not an integer: \"%.*s\"",
			                    (int) (v->bytes.len > 40 ? 40 : v->bytes.len), v->bytes.data);
		default:
			return convert_fail(err, "expected an integer, found %s", convert_kind_of_value(v));
	}
}

bool
number_read_double(const value *v, double *out, convert_error *err)
{
	char text[64];
	char *end;
	int64_t i;

	if (v->kind == VALUE_DOUBLE)
	{
		*out = v->d;
		return true;
	}
	if (v->kind == VALUE_BYTES && v->bytes.len > 0 && v->bytes.len < sizeof(text))
	{
		memcpy(text, v->bytes.data, v->bytes.len);
		text[v->bytes.len] = '\0';
		*out = strtod(text, &end);
		if (*end == '\0')
			return true;
		return convert_fail(err, "a string that is not a number: \"%s\"", text);
	}
	if (!number_read_int(v, &i, err))
		return false;
	*out = (double) i;
	return true;
}

int
number_print(const value *v, char out[NUMBER_TEXT_SIZE])
{
	if (v->kind == VALUE_UINT)
		return snprintf(out, NUMBER_TEXT_SIZE, "%" PRIu64, v->u);
	if (v->kind == VALUE_DOUBLE)
		return snprintf(out, NUMBER_TEXT_SIZE, "%.17g", v->d);
	return snprintf(out, NUMBER_TEXT_SIZE, "%" PRId64, v->i);
}
