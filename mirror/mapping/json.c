/*
 * mapping/json.c
 *	  Checks JSON; see json.h.
 *
 * Each function reads one thing at p and returns where it ends, or NULL.
 */
#include "mapping/json.h"

#include <string.h>

#define DEPTH_MOST 100
#define EXPONENT_MOST 4 /* digits */
#define DIGITS_MOST                                                                                \
	1000 /* before or behind the point: with the exponent, fewer than numeric has room for */

static const char *read_value(const char *p, const char *end, int depth);

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

static const char *
read_digits(const char *p, const char *end)
{
	const char *start = p;

	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p > start && p - start <= DIGITS_MOST ? p : NULL;
}

static const char *
read_number(const char *p, const char *end)
{
	const char *digits;

	if (*p == '-')
		p++;
	digits = p;
	p = read_digits(p, end);
	if (p == NULL || (*digits == '0' && p - digits > 1))
		return NULL;
	if (p < end && *p == '.' && (p = read_digits(p + 1, end)) == NULL)
		return NULL;
	if (p == end || (*p != 'e' && *p != 'E'))
		return p;
	p++;
	if (p < end && (*p == '+' || *p == '-'))
		p++;
	digits = p;
	p = read_digits(p, end);
	return p != NULL && p - digits <= EXPONENT_MOST ? p : NULL;
}

/* The four digits behind \u as a number, or -1. */
static int
code_unit(const char *p, const char *end)
{
	int unit = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++)
	{
		const char *digit = memchr("0123456789abcdefABCDEF", p[i], 22);
		int n;

		if (digit == NULL)
			return -1;
		n = p[i] >= 'a' ? p[i] - 'a' + 10 : p[i] >= 'A' ? p[i] - 'A' + 10 : p[i] - '0';
		unit = unit << 4 | n;
	}
	return unit;
}

/* p is behind \u. */
static const char *
read_unicode(const char *p, const char *end)
{
	const int unit = code_unit(p, end);
	int low;

	if (unit <= 0 || (unit >= 0xDC00 && unit <= 0xDFFF))
		return NULL;
	p += 4;
	if (unit < 0xD800 || unit > 0xDBFF)
		return p;
	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return NULL;
	low = code_unit(p + 2, end);
	return low >= 0xDC00 && low <= 0xDFFF ? p + 6 : NULL;
}

static const char *
read_string(const char *p, const char *end)
{
	for (p++; p != NULL && p < end && *p != '"';)
	{
		if ((unsigned char) *p < 0x20)
			return NULL;
		if (*p++ != '\\')
			continue;
		if (p == end || memchr("\"\\/bfnrtu", *p, 9) == NULL)
			return NULL;
		p = *p == 'u' ? read_unicode(p + 1, end) : p + 1;
	}
	return p != NULL && p < end ? p + 1 : NULL;
}

/* p is behind the bracket that opens; close is the one that closes. */
static const char *
read_members(const char *p, const char *end, char close, int depth)
{
	p = skip_blanks(p, end);
	if (p < end && *p == close)
		return p + 1;
	while (p < end)
	{
		if (close == '}')
		{
			if (*p != '"' || (p = read_string(p, end)) == NULL)
				return NULL;
			p = skip_blanks(p, end);
			if (p == end || *p++ != ':')
				return NULL;
		}
		p = read_value(p, end, depth);
		if (p == NULL)
			return NULL;
		p = skip_blanks(p, end);
		if (p < end && *p == close)
			return p + 1;
		if (p == end || *p != ',')
			return NULL;
		p = skip_blanks(p + 1, end);
	}
	return NULL;
}

static const char *
read_word(const char *p, const char *end, const char *word)
{
	const size_t len = strlen(word);

	return (size_t) (end - p) >= len && memcmp(p, word, len) == 0 ? p + len : NULL;
}

static const char *
read_value(const char *p, const char *end, int depth)
{
	p = skip_blanks(p, end);
	if (p == end || depth > DEPTH_MOST)
		return NULL;
	switch (*p)
	{
		case '{':
			return read_members(p + 1, end, '}', depth + 1);
		case '[':
			return read_members(p + 1, end, ']', depth + 1);
		case '"':
			return read_string(p, end);
		case 't':
			return read_word(p, end, "true");
		case 'f':
			return read_word(p, end, "false");
		case 'n':
			return read_word(p, end, "null");
		default:
			return read_number(p, end);
	}
}

bool
json_is_valid(const char *text, size_t len)
{
	const char *end = text + len;
	const char *p = read_value(text, end, 0);

	return p != NULL && skip_blanks(p, end) == end;
}
