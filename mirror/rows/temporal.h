/*
 * rows/temporal.h
 *	  Dates and times in the binlog's packed forms, to the text that a SELECT prints.
 *
 * "2" marks the forms of MariaDB 10.1 and later (mysql56_temporal_format): big endian, with 0 to 6
 * digits of fraction behind. Each function returns the text's length, or 0 if the bytes are out of range.
 */
#ifndef MWMIRROR_ROWS_TEMPORAL_H
#define MWMIRROR_ROWS_TEMPORAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEMPORAL_TEXT_SIZE 40
#define TEMPORAL_MOST_DIGITS 6

/* Bytes of a fraction with so many digits. */
static inline unsigned
temporal_fraction_size(unsigned digits)
{
	return (digits + 1) / 2;
}

/* 3 bytes: 15 bits year, 4 month, 5 day. */
size_t temporal_format_date(const uint8_t *p, char out[TEMPORAL_TEXT_SIZE]);

/* 3 bytes: hours * 10000 + minutes * 100 + seconds, signed. */
size_t temporal_format_time(const uint8_t *p, char out[TEMPORAL_TEXT_SIZE]);

/* 8 bytes: the decimal number YYYYMMDDhhmmss. */
size_t temporal_format_datetime(const uint8_t *p, char out[TEMPORAL_TEXT_SIZE]);

/* 3 bytes and the fraction. */
size_t temporal_format_time2(const uint8_t *p, unsigned digits, char out[TEMPORAL_TEXT_SIZE]);

/* 5 bytes and the fraction. */
size_t temporal_format_datetime2(const uint8_t *p, unsigned digits, char out[TEMPORAL_TEXT_SIZE]);

/* 4 bytes and the fraction: microseconds since 1970. */
int64_t temporal_timestamp2(const uint8_t *p, unsigned digits);

#endif
