/*
 * mapping/number.c
 *	  Source values as numbers; see number.h.
 */
#include "mapping/number.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_LONGEST 100 /* characters of a DECIMAL(65, 38) and more */
#define PLAIN_MOST                                                                                 \
	15 /* digits before the point, or zeros and digits behind it, without an exponent */

/* An integer, also one written with a fraction of zeros, as a DECIMAL is. */
static bool
parse_number(const char *data, size_t len, int64_t *out)
{
	uint64_t n = 0;
	bool negative = len > 0 && data[0] == '-';
	size_t i = negative ? 1 : 0;

	if (i == len || data[i] == '.')
		return false;
	for (; i < len && data[i] != '.'; i++)
	{
		uint8_t digit = (uint8_t) (data[i] - '0');

		if (digit > 9 || n > (UINT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	while (i < len && ++i < len)
	{
		if (data[i] != '0')
			return false;
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

/* A decimal number, which strtod alone does not insist on: it also takes blanks, words and hexadecimal digits. */
static bool
parse_double(const char *data, size_t len, double *out)
{
	char text[NUMBER_LONGEST + 1];
	char *end;

	if (len == 0 || len > NUMBER_LONGEST || memchr(data, '\0', len) != NULL)
		return false;
	memcpy(text, data, len);
	text[len] = '\0';
	if (strspn(text, "0123456789+-.eE") != len)
		return false;
	*out = strtod(text, &end);
	return *end == '\0' && isfinite(*out);
}

bool
number_read_double(const value *v, double *out, convert_error *err)
{
	int64_t i;

	if (v->kind == VALUE_DOUBLE || v->kind == VALUE_FLOAT)
	{
		*out = v->d;
		return true;
	}
	if (v->kind == VALUE_UINT)
	{
		*out = (double) v->u;
		return true;
	}
	if (v->kind == VALUE_BYTES)
		return parse_double(v->bytes.data, v->bytes.len, out) ||
		       convert_fail(err, "a string that is not a number: \"%.*s\"",
		                    (int) (v->bytes.len > 40 ? 40 : v->bytes.len), v->bytes.data);
	if (!number_read_int(v, &i, err))
		return false;
	*out = (double) i;
	return true;
}

/* ---- text ---- */

static bool
same_number(const char *text, double d, bool narrow)
{
	return narrow ? strtof(text, NULL) == (float) d : strtod(text, NULL) == d;
}

/* The next number up with as many digits, of a text as %e makes it. False if a digit more were needed. */
static bool
step_up(char *text)
{
	char *digit = strchr(text, 'e');

	while (--digit >= text)
	{
		if (*digit == '.')
			continue;
		if (*digit != '9')
		{
			(*digit)++;
			return true;
		}
		*digit = '0';
	}
	return false;
}

/*
 * The fewest digits that are this number and no other, as [d].[ddd]e[x]: one digit fewer is also tried a step up, as around
 * a power of two the nearest number with so many digits may be further away than another. Numbers so small that they have
 * fewer digits than others are tried from one digit on.
 */
static void
shortest(double d, bool narrow, char out[NUMBER_TEXT_SIZE])
{
	const int most = narrow ? 9 : 17;
	char next[NUMBER_TEXT_SIZE];

	for (int digits = d < (narrow ? FLT_MIN : DBL_MIN) ? 1 : narrow ? FLT_DIG : DBL_DIG;; digits++)
	{
		snprintf(out, NUMBER_TEXT_SIZE, "%.*e", digits - 1, d);
		if (digits == most || same_number(out, d, narrow))
			return;
		memcpy(next, out, NUMBER_TEXT_SIZE);
		if (step_up(next) && same_number(next, d, narrow))
		{
			memcpy(out, next, NUMBER_TEXT_SIZE);
			return;
		}
	}
}

/* Takes the digits out of what %e made, without zeros at the end. Returns their number. */
static int
take_digits(const char *text, char digits[NUMBER_TEXT_SIZE])
{
	int count = 0;

	for (; *text != 'e'; text++)
	{
		if (*text != '.')
			digits[count++] = *text;
	}
	while (count > 1 && digits[count - 1] == '0')
		count--;
	return count;
}

/* point: where it stands, counted from before the first digit. */
static int
print_plain(const char *sign, const char *digits, int count, int point, char *out)
{
	static const char zeros[] = "00000000000000";

	if (point <= 0)
		return snprintf(out, NUMBER_TEXT_SIZE, "%s0.%.*s%.*s", sign, -point, zeros, count, digits);
	if (point < count)
		return snprintf(out, NUMBER_TEXT_SIZE, "%s%.*s.%.*s", sign, point, digits, count - point,
		                digits + point);
	return snprintf(out, NUMBER_TEXT_SIZE, "%s%.*s%.*s", sign, count, digits, point - count, zeros);
}

static int
print_exponent(const char *sign, const char *digits, int count, int point, char *out)
{
	return snprintf(out, NUMBER_TEXT_SIZE, "%s%c%s%.*se%d", sign, digits[0], count > 1 ? "." : "",
	                count - 1, digits + 1, point - 1);
}

/* As MariaDB: plain from 1e-15 up to 1e15, and beyond what is no integer; no sign or zeros in an exponent. */
static int
print_real(double d, bool narrow, char out[NUMBER_TEXT_SIZE])
{
	char text[NUMBER_TEXT_SIZE], digits[NUMBER_TEXT_SIZE];
	const char *sign = signbit(d) ? "-" : "";
	int count, point;

	shortest(fabs(d), narrow, text);
	count = take_digits(text, digits);
	point = d == 0 ? 1 : atoi(strchr(text, 'e') + 1) + 1;
	return point > -PLAIN_MOST && (point <= PLAIN_MOST || point < count)
	           ? print_plain(sign, digits, count, point, out)
	           : print_exponent(sign, digits, count, point, out);
}

int
number_print(const value *v, char out[NUMBER_TEXT_SIZE])
{
	if (v->kind == VALUE_UINT)
		return snprintf(out, NUMBER_TEXT_SIZE, "%" PRIu64, v->u);
	if (v->kind == VALUE_DOUBLE || v->kind == VALUE_FLOAT)
		return print_real(v->d, v->kind == VALUE_FLOAT, out);
	return snprintf(out, NUMBER_TEXT_SIZE, "%" PRId64, v->i);
}
