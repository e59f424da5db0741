/*
 * mapping/timestamp.c
 *	  MediaWiki's and MariaDB's timestamps; see timestamp.h.
 */
#include "mapping/timestamp.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define UNIX_TO_POSTGRES_SECONDS INT64_C(946684800)
#define MICROSECONDS INT64_C(1000000)

/* Days from 1970-01-01 to a date of the proleptic Gregorian calendar. */
static int64_t
days_from_date(int64_t year, unsigned month, unsigned day)
{
	int64_t era;
	unsigned year_of_era;
	unsigned day_of_year;

	year -= month <= 2;
	era = (year >= 0 ? year : year - 399) / 400;
	year_of_era = (unsigned) (year - era * 400);
	day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
	       719468;
}

static unsigned
days_in_month(unsigned year, unsigned month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

/* The opposite: the date that is so many days after 1970-01-01. */
static void
date_from_days(int64_t days, unsigned *year, unsigned *month, unsigned *day)
{
	const int64_t from_march = days + 719468;
	const unsigned day_of_era = (unsigned) (from_march % 146097);
	const unsigned year_of_era =
	    (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	const unsigned day_of_year =
	    day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	const unsigned march_month = (5 * day_of_year + 2) / 153;

	*day = day_of_year - (153 * march_month + 2) / 5 + 1;
	*month = march_month < 10 ? march_month + 3 : march_month - 9;
	*year = (unsigned) (from_march / 146097 * 400 + year_of_era + (*month <= 2));
}

/* count digits at p as a number; false if one is not a digit. */
static inline bool
read_digits(const char *p, unsigned count, unsigned *out)
{
	unsigned n = 0;

	for (unsigned i = 0; i < count; i++)
	{
		unsigned digit = (unsigned) (uint8_t) p[i] - '0';

		if (digit > 9)
			return false;
		n = n * 10 + digit;
	}
	*out = n;
	return true;
}

/* The fraction '.d{1,6}' that may follow a DATETIME. */
static bool
read_fraction(const char *p, size_t len, unsigned *microseconds)
{
	*microseconds = 0;
	if (len == 0)
		return true;
	if (len < 2 || len > 7 || p[0] != '.' || !read_digits(p + 1, (unsigned) len - 1, microseconds))
		return false;
	for (size_t i = len - 1; i < 6; i++)
		*microseconds *= 10;
	return true;
}

/* MediaWiki's YYYYMMDDHHMMSS, or MariaDB's 'YYYY-MM-DD HH:MM:SS[.ffffff]', as PostgreSQL's microseconds. */
static bool
parse_timestamp(const char *p, size_t len, int64_t *out)
{
	static const uint8_t plain[] = {0, 4, 6, 8, 10, 12};
	static const uint8_t punctuated[] = {0, 5, 8, 11, 14, 17};
	const uint8_t *at = len == 14 ? plain : punctuated;
	unsigned part[6];
	unsigned fraction = 0;

	if (len != 14 && (len < 19 || p[4] != '-' || p[7] != '-' || p[10] != ' ' || p[13] != ':' ||
	                  p[16] != ':' || !read_fraction(p + 19, len - 19, &fraction)))
		return false;
	for (int i = 0; i < 6; i++)
	{
		if (!read_digits(p + at[i], i == 0 ? 4 : 2, &part[i]))
			return false;
	}
	if (part[0] < 1 || part[1] < 1 || part[1] > 12 || part[2] < 1 ||
	    part[2] > days_in_month(part[0], part[1]) || part[3] > 23 || part[4] > 59 || part[5] > 59)
		return false;
	*out = (days_from_date(part[0], part[1], part[2]) * 86400 + part[3] * 3600 + part[4] * 60 +
	        part[5] - UNIX_TO_POSTGRES_SECONDS) *
	           MICROSECONDS +
	       fraction;
	return true;
}

/* True for '', '00000000000000', '0000-00-00 00:00:00' and strings of NULs. */
static bool
is_zero_date(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
	{
		if (p[i] != '0' && p[i] != '\0' && strchr("-: .", p[i]) == NULL)
			return false;
	}
	return true;
}

bool
timestamp_convert(const value *v, target_value *out)
{
	size_t len;

	out->kind = TARGET_TIMESTAMPTZ;
	if (v->kind != VALUE_BYTES)
	{
		if (v->i == 0) /* the zero date */
			out->kind = TARGET_NULL;
		else
			out->i = v->i - UNIX_TO_POSTGRES_SECONDS * MICROSECONDS;
		return true;
	}
	len = v->bytes.len;
	while (len > 0 && v->bytes.data[len - 1] == '\0') /* BINARY(14) is padded */
		len--;
	if (len == 8 && memcmp(v->bytes.data, "infinity", 8) == 0)
		out->i = CONVERT_INFINITY;
	else if (!parse_timestamp(v->bytes.data, len, &out->i))
	{
		out->kind = TARGET_NULL;
		if (!is_zero_date(v->bytes.data, len))
		{
			out->raw_needed = true;
			out->raw = v->bytes.data;
			out->raw_len = v->bytes.len;
		}
	}
	return true;
}

/* NULL, its bytes kept unless they are zeros. */
static bool
keep_date(const value *v, target_value *out)
{
	out->kind = TARGET_NULL;
	out->raw_needed = !is_zero_date(v->bytes.data, v->bytes.len);
	out->raw = v->bytes.data;
	out->raw_len = v->bytes.len;
	return true;
}

bool
date_convert(const value *v, target_value *out)
{
	const char *p = v->bytes.data;
	unsigned year, month, day;

	if (v->bytes.len != 10 || p[4] != '-' || p[7] != '-' || !read_digits(p, 4, &year) ||
	    !read_digits(p + 5, 2, &month) || !read_digits(p + 8, 2, &day) || year < 1 || month < 1 ||
	    month > 12 || day < 1 || day > days_in_month(year, month))
		return keep_date(v, out);
	out->kind = TARGET_DATE;
	out->i = days_from_date(year, month, day) - UNIX_TO_POSTGRES_SECONDS / 86400;
	return true;
}

/* Hours of any number of digits up to four, ':MM:SS', and a fraction. */
static bool
parse_time(const char *p, size_t len, int64_t *out)
{
	const char *colon = memchr(p, ':', len);
	const size_t hour_digits = colon == NULL ? 0 : (size_t) (colon - p);
	unsigned hours, minutes, seconds, fraction;

	if (hour_digits < 1 || hour_digits > 4 || len < hour_digits + 6 || colon[3] != ':' ||
	    !read_digits(p, (unsigned) hour_digits, &hours) || !read_digits(colon + 1, 2, &minutes) ||
	    !read_digits(colon + 4, 2, &seconds) || minutes > 59 || seconds > 59 ||
	    !read_fraction(colon + 6, len - hour_digits - 6, &fraction))
		return false;
	*out = (int64_t) (hours * 3600 + minutes * 60 + seconds) * MICROSECONDS + fraction;
	return true;
}

bool
time_convert(const value *v, target_value *out)
{
	const size_t sign = v->bytes.len > 0 && v->bytes.data[0] == '-' ? 1 : 0;

	out->kind = TARGET_TIME;
	if (!parse_time(v->bytes.data + sign, v->bytes.len - sign, &out->i))
	{
		out->kind = TARGET_NULL;
		out->raw_needed = v->bytes.len > 0;
		out->raw = v->bytes.data;
		out->raw_len = v->bytes.len;
	}
	else if (sign > 0)
		out->i = -out->i;
	return true;
}

size_t
timestamp_print(const value *v, char out[TIMESTAMP_TEXT_SIZE])
{
	const int64_t seconds = v->i / MICROSECONDS;
	const unsigned of_day = (unsigned) (seconds % 86400);
	unsigned year = 0, month = 0, day = 0;
	int len;

	if (v->i != 0)
		date_from_days(seconds / 86400, &year, &month, &day);
	len = snprintf(out, TIMESTAMP_TEXT_SIZE, "%04u-%02u-%02u %02u:%02u:%02u.%06" PRId64, year,
	               month, day, of_day / 3600, of_day / 60 % 60, of_day % 60, v->i % MICROSECONDS);
	/* without the digits that the column does not have, and without the point if it has none */
	len -= v->digits == 0 ? 7 : 6 - v->digits;
	out[len] = '\0';
	return (size_t) len;
}
