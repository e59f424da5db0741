/*
 * wire/mark.c
 *	  The mark's text form; see mark.h for the format.
 */
#include "wire/mark.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MICROSECONDS 1000000

size_t
mark_format(const mark *m, char out[MARK_TEXT_SIZE])
{
	int64_t seconds = m->commit_time / MICROSECONDS;
	int64_t fraction = m->commit_time % MICROSECONDS;

	if (fraction == 0)
		return (size_t) snprintf(out, MARK_TEXT_SIZE, "T %s %" PRId64, m->gtid, seconds);
	return (size_t) snprintf(out, MARK_TEXT_SIZE, "T %s %" PRId64 ".%06" PRId64, m->gtid, seconds,
	                         fraction);
}

/* Reads digits as a number of at most max; returns what follows them, NULL if there are none or too many. */
static const char *
read_number(const char *p, const char *end, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;
	const char *start = p;

	for (; p < end && *p >= '0' && *p <= '9'; p++)
	{
		uint64_t digit = (uint64_t) (*p - '0');

		if (n > (max - digit) / 10)
			return NULL;
		n = n * 10 + digit;
	}
	*out = n;
	return p > start ? p : NULL;
}

/* Reads domain-server-sequence; returns what follows it or NULL. */
static const char *
read_gtid(const char *p, const char *end)
{
	static const uint64_t limits[3] = {UINT32_MAX, UINT32_MAX, UINT64_MAX};
	uint64_t ignored;

	for (int i = 0; i < 3; i++)
	{
		if (i > 0 && (p == end || *p++ != '-'))
			return NULL;
		p = read_number(p, end, limits[i], &ignored);
		if (p == NULL)
			return NULL;
	}
	return p;
}

bool
mark_parse(const char *text, size_t len, mark *out)
{
	const char *end = text + len;
	const char *gtid = text + 2;
	const char *p;
	uint64_t seconds;
	uint64_t fraction = 0;

	if (len < 2 || text[0] != 'T' || text[1] != ' ')
		return false;
	p = read_gtid(gtid, end);
	if (p == NULL || p == end || *p != ' ' || p - gtid >= MARK_GTID_SIZE)
		return false;
	memcpy(out->gtid, gtid, (size_t) (p - gtid));
	out->gtid[p - gtid] = '\0';
	p = read_number(p + 1, end, INT64_MAX / MICROSECONDS - 1, &seconds);
	if (p == NULL)
		return false;
	if (p < end && *p == '.')
	{
		if (end - p != 7)
			return false;
		p = read_number(p + 1, end, MICROSECONDS - 1, &fraction);
	}
	if (p != end)
		return false;
	out->commit_time = (int64_t) seconds * MICROSECONDS + (int64_t) fraction;
	return true;
}
