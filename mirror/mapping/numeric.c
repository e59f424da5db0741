/*
 * mapping/numeric.c
 *	  Decimal numbers as PostgreSQL's numeric; see numeric.h.
 */
#include "mapping/numeric.h"

#include <stdint.h>
#include <string.h>

#define GROUP 4
#define HEAD 8
#define GROUPS_MOST ((NUMERIC_BINARY_SIZE - HEAD) / 2)
#define NEGATIVE 0x4000

static size_t
count_digits(const char *p, const char *end)
{
	size_t count = 0;

	while (p + count < end && p[count] >= '0' && p[count] <= '9')
		count++;
	return count;
}

static void
put_16(char *out, unsigned n)
{
	out[0] = (char) (n >> 8);
	out[1] = (char) n;
}

/* The decimal digit at a place before (from 0 up) or behind the point (from -1 down). */
static unsigned
digit_at(const char *whole, size_t whole_len, const char *fraction, size_t fraction_len, int place)
{
	if (place >= 0)
		return (size_t) place < whole_len ? (unsigned) (whole[whole_len - 1 - (size_t) place] - '0')
		                                  : 0;
	return (size_t) -place <= fraction_len ? (unsigned) (fraction[-place - 1] - '0') : 0;
}

size_t
numeric_write(const char *text, size_t len, char out[NUMERIC_BINARY_SIZE])
{
	const char *end = text + len;
	const bool negative = len > 0 && *text == '-';
	const char *whole = text + (negative ? 1 : 0);
	size_t whole_len = count_digits(whole, end);
	const char *p = whole + whole_len, *fraction = p;
	size_t fraction_len = 0;
	int highest, lowest;
	unsigned groups = 0, used = 0;

	if (p < end && *p == '.')
	{
		fraction = p + 1;
		fraction_len = count_digits(fraction, end);
		p = fraction + fraction_len;
	}
	if (p != end || whole_len + fraction_len == 0 || len > NUMERIC_TEXT_MOST)
		return 0;
	for (; whole_len > 0 && *whole == '0'; whole_len--)
		whole++;
	highest = (int) ((whole_len + GROUP - 1) / GROUP) - 1;
	lowest = -(int) ((fraction_len + GROUP - 1) / GROUP);
	for (int g = highest; g >= lowest; g--)
	{
		unsigned n = 0;

		for (int i = GROUP - 1; i >= 0; i--)
			n = n * 10 + digit_at(whole, whole_len, fraction, fraction_len, g * GROUP + i);
		if (groups == 0 && n == 0)
		{
			highest = g - 1; /* zeros at the front have no group */
			continue;
		}
		if (groups == GROUPS_MOST)
			return 0;
		put_16(out + HEAD + 2 * groups++, n);
		used = n == 0 ? used : groups; /* nor have zeros at the end */
	}
	put_16(out, used);
	put_16(out + 2, (unsigned) (used == 0 ? 0 : highest));
	put_16(out + 4, negative && used > 0 ? NEGATIVE : 0);
	put_16(out + 6, (unsigned) fraction_len);
	return HEAD + 2 * used;
}
