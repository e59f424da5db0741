/*
 * wire/request.c
 *	  The head of a request's message; see request.h for the format.
 */
#include "wire/request.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MORE "more"
#define LAST "last"

size_t
request_head_format(const request_head *h, char *out)
{
	return (size_t) snprintf(out, REQUEST_HEAD_SIZE, "Q %" PRId64 " %" PRId64 " %s %s\n", h->id,
	                         h->number, h->kind, h->last ? LAST : MORE);
}

bool
request_is(const char *text, size_t len)
{
	return len >= 2 && text[0] == REQUEST_HEAD && text[1] == ' ';
}

/* Reads a number from 1 without leading zeros, and the blank behind it; returns what follows, or NULL. */
static const char *
read_number(const char *p, const char *end, int64_t *out)
{
	int64_t n = 0;

	for (; p < end && *p >= '0' && *p <= '9'; p++)
	{
		const int digit = *p - '0';

		if (n > (INT64_MAX - digit) / 10 || (n == 0 && digit == 0))
			return NULL;
		n = n * 10 + digit;
	}
	*out = n;
	return n > 0 && p < end && *p == ' ' ? p + 1 : NULL;
}

/* Reads lower-case letters and what ends them; returns what follows, or NULL. */
static const char *
read_word(const char *p, const char *end, char stop, char *out, size_t size)
{
	size_t n = 0;

	for (; p < end && *p >= 'a' && *p <= 'z'; p++)
	{
		if (n + 1 >= size)
			return NULL;
		out[n++] = *p;
	}
	out[n] = '\0';
	return n > 0 && p < end && *p == stop ? p + 1 : NULL;
}

bool
request_head_read(const char *text, size_t len, request_head *out, size_t *used)
{
	const char *end = text + len;
	char rest[sizeof(MORE)];
	const char *p;

	if (!request_is(text, len))
		return false;
	p = read_number(text + 2, end, &out->id);
	if (p != NULL)
		p = read_number(p, end, &out->number);
	if (p != NULL)
		p = read_word(p, end, ' ', out->kind, sizeof(out->kind));
	if (p != NULL)
		p = read_word(p, end, '\n', rest, sizeof(rest));
	if (p == NULL || (strcmp(rest, MORE) != 0 && strcmp(rest, LAST) != 0))
		return false;
	out->last = strcmp(rest, LAST) == 0;
	*used = (size_t) (p - text);
	return true;
}
