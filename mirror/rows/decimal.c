/*
 * rows/decimal.c
 *	  DECIMAL in MariaDB's binary form.
 *
 * Digits before and after the point are stored apart, nine to a group of four bytes, big endian. The group
 * that is not full, first of the integer part and last of the fraction, takes 0 to 4 bytes by its digits.
 * The first bit is flipped, so that bytes sort as numbers; a negative number has all bits flipped.
 */
#include "rows/decimal.h"

#include <string.h>
#include "rows/bytes.h"

#define DIGITS_PER_GROUP 9

static const uint8_t bytes_for_digits[DIGITS_PER_GROUP + 1] = {0, 1, 1, 2, 2, 3, 3, 4, 4, 4};

static const uint32_t power_of_ten[DIGITS_PER_GROUP + 1] = {
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};

size_t
decimal_size(unsigned precision, unsigned scale)
{
	unsigned whole = precision - scale;

	if (precision == 0 || precision > DECIMAL_MOST_DIGITS || scale > DECIMAL_MOST_SCALE ||
	    scale > precision)
		return 0;
	return whole / DIGITS_PER_GROUP * 4 + bytes_for_digits[whole % DIGITS_PER_GROUP] +
	       scale / DIGITS_PER_GROUP * 4 + bytes_for_digits[scale % DIGITS_PER_GROUP];
}

/* Appends a group of digits with leading zeros; false if its bytes exceed it. */
static bool
take_group(const uint8_t **p, unsigned digits, char **out)
{
	unsigned size = bytes_for_digits[digits];
	uint32_t group = (uint32_t) bytes_big(*p, size);

	if (group >= power_of_ten[digits])
		return false;
	*p += size;
	for (unsigned i = digits; i-- > 0; group /= 10)
		(*out)[i] = (char) ('0' + group % 10);
	*out += digits;
	return true;
}

size_t
decimal_format(const uint8_t *p, unsigned precision, unsigned scale, char out[DECIMAL_TEXT_SIZE])
{
	uint8_t plain[40];
	char digits[DECIMAL_MOST_DIGITS];
	size_t size = decimal_size(precision, scale);
	unsigned whole = precision - scale;
	const uint8_t *next = plain;
	char *d = digits, *o = out;
	bool negative;
	unsigned i;

	if (size == 0 || size > sizeof(plain))
		return 0;
	negative = (p[0] & 0x80) == 0;
	for (i = 0; i < size; i++)
		plain[i] = negative ? (uint8_t) ~p[i] : p[i];
	plain[0] ^= 0x80;

	if (whole % DIGITS_PER_GROUP != 0 && !take_group(&next, whole % DIGITS_PER_GROUP, &d))
		return 0;
	for (i = 0; i < whole / DIGITS_PER_GROUP; i++)
		if (!take_group(&next, DIGITS_PER_GROUP, &d))
			return 0;
	for (i = 0; i < scale / DIGITS_PER_GROUP; i++)
		if (!take_group(&next, DIGITS_PER_GROUP, &d))
			return 0;
	if (scale % DIGITS_PER_GROUP != 0 && !take_group(&next, scale % DIGITS_PER_GROUP, &d))
		return 0;

	if (negative)
		*o++ = '-';
	for (i = 0; i < whole && digits[i] == '0';)
		i++;
	if (i == whole)
		*o++ = '0';
	memcpy(o, digits + i, whole - i);
	o += whole - i;
	if (scale > 0)
	{
		*o++ = '.';
		memcpy(o, digits + whole, scale);
		o += scale;
	}
	*o = '\0';
	return (size_t) (o - out);
}
