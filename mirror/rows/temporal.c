/*
 * rows/temporal.c
 *	  Dates and times in the binlog's packed forms.
 */
#include "rows/temporal.h"

#include <stdio.h>
#include "rows/bytes.h"

static const uint32_t fraction_unit[TEMPORAL_MOST_DIGITS + 1] = {0,   100000, 10000, 1000,
                                                                 100, 10,     1};

/* Appends .ffffff cut to the digits. */
static size_t
append_fraction(char *out, size_t len, uint32_t micros, unsigned digits)
{
	if (digits == 0)
		return len;
	return len + (size_t) snprintf(out + len, TEMPORAL_TEXT_SIZE - len, ".%0*u", (int) digits,
	                               micros / fraction_unit[digits]);
}

/* The stored fraction counts hundredths in 1 byte, ten-thousandths in 2, millionths in 3. */
static uint32_t
stored_fraction_unit(unsigned digits)
{
	static const uint32_t unit[] = {0, 10000, 100, 1};

	return unit[temporal_fraction_size(digits)];
}

size_t
temporal_format_date(const uint8_t *p, char out[TEMPORAL_TEXT_SIZE])
{
	uint32_t v = (uint32_t) bytes_little(p, 3);

	return (size_t) snprintf(out, TEMPORAL_TEXT_SIZE, "%04u-%02u-%02u", v >> 9, v >> 5 & 15,
	                         v & 31);
}

size_t
temporal_format_time(const uint8_t *p, char out[TEMPORAL_TEXT_SIZE])
{
	int32_t v = (int32_t) bytes_little(p, 3);

	if (v & 0x800000)
		v -= 0x1000000;
	return (size_t) snprintf(out, TEMPORAL_TEXT_SIZE, "%s%02d:%02d:%02d", v < 0 ? "-" : "",
	                         (v < 0 ? -v : v) / 10000, (v < 0 ? -v : v) / 100 % 100,
	                         (v < 0 ? -v : v) % 100);
}

size_t
temporal_format_datetime(const uint8_t *p, char out[TEMPORAL_TEXT_SIZE])
{
	uint64_t v = bytes_little(p, 8);
	uint32_t date = (uint32_t) (v / 1000000), time = (uint32_t) (v % 1000000);

	if (v > UINT64_C(99991231235959))
		return 0;
	return (size_t) snprintf(out, TEMPORAL_TEXT_SIZE, "%04u-%02u-%02u %02u:%02u:%02u", date / 10000,
	                         date / 100 % 100, date % 100, time / 10000, time / 100 % 100,
	                         time % 100);
}

/*
 * TIME2: 1 bit sign (1: positive), 1 unused, 10 hours, 6 minutes, 6 seconds, and the fraction; together one
 * number with an offset, so that a negative time is the two's complement of the positive.
 */
size_t
temporal_format_time2(const uint8_t *p, unsigned digits, char out[TEMPORAL_TEXT_SIZE])
{
	unsigned fraction_bytes = temporal_fraction_size(digits);
	int64_t v =
	    (int64_t) bytes_big(p, 3 + fraction_bytes) - (INT64_C(0x800000) << (8 * fraction_bytes));
	uint64_t magnitude = v < 0 ? (uint64_t) -v : (uint64_t) v;
	uint32_t hms = (uint32_t) (magnitude >> (8 * fraction_bytes));
	uint32_t micros = (uint32_t) (magnitude & ((UINT64_C(1) << (8 * fraction_bytes)) - 1)) *
	                  stored_fraction_unit(digits);
	int len = snprintf(out, TEMPORAL_TEXT_SIZE, "%s%02u:%02u:%02u", v < 0 ? "-" : "",
	                   hms >> 12 & 0x3ff, hms >> 6 & 63, hms & 63);

	if (micros > 999999)
		return 0;
	return append_fraction(out, (size_t) len, micros, digits);
}

/* DATETIME2: 1 bit sign (always 1), 17 year * 13 + month, 5 day, 5 hour, 6 minute, 6 second; the fraction. */
size_t
temporal_format_datetime2(const uint8_t *p, unsigned digits, char out[TEMPORAL_TEXT_SIZE])
{
	uint64_t v = bytes_big(p, 5);
	uint32_t micros =
	    (uint32_t) bytes_big(p + 5, temporal_fraction_size(digits)) * stored_fraction_unit(digits);
	uint32_t months, time;
	int len;

	if ((v & UINT64_C(0x8000000000)) == 0 || micros > 999999)
		return 0;
	v &= UINT64_C(0x7fffffffff);
	months = (uint32_t) (v >> 22);
	time = (uint32_t) (v & 0x1ffff);
	len = snprintf(out, TEMPORAL_TEXT_SIZE, "%04u-%02u-%02u %02u:%02u:%02u", months / 13,
	               months % 13, (uint32_t) (v >> 17 & 31), time >> 12, time >> 6 & 63, time & 63);
	return append_fraction(out, (size_t) len, micros, digits);
}

int64_t
temporal_timestamp2(const uint8_t *p, unsigned digits)
{
	int64_t seconds = (int64_t) bytes_big(p, 4);

	return seconds * 1000000 + (int64_t) bytes_big(p + 4, temporal_fraction_size(digits)) *
	                               stored_fraction_unit(digits);
}
