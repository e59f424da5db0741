/*
 * wire/mark.c
 *	  The mark's text form; see mark.h for the format.
 */
#include "wire/mark.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MICROSECONDS 1000000
#define REQUEST_ID 'Q'

static bool
is_source_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
	       c == '.' || c == '-';
}

bool
mark_source_is_valid(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_source_byte(name[i]))
			return false;
	return len > 0 && len < MARK_SOURCE_SIZE;
}

size_t
mark_format(const mark *m, char *out)
{
	int64_t seconds = m->commit_time / MICROSECONDS;
	int64_t fraction = m->commit_time % MICROSECONDS;
	char *p = out;

	p += sprintf(p, "U %.*s %" PRId64, MARK_GTID_SIZE - 1, m->gtid, seconds);
	if (fraction != 0)
		p += sprintf(p, ".%06" PRId64, fraction);
	p += sprintf(p, " %.*s", MARK_SOURCE_SIZE - 1, m->source);
	if (m->wikis.len > 0)
		memcpy(p, m->wikis.data, m->wikis.len);
	p += m->wikis.len;
	memcpy(p, "\n", 2);
	return (size_t) (p + 1 - out);
}

size_t
mark_put_wiki(const char *wiki_id, char *out, size_t room)
{
	size_t len = strlen(wiki_id);
	char head[24];
	size_t head_len = (size_t) snprintf(head, sizeof(head), " %zu:", len);

	if (head_len + len <= room)
	{
		memcpy(out, head, head_len);
		memcpy(out + head_len, wiki_id, len);
	}
	return head_len + len;
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

/* Reads seconds, maybe with a fraction; returns what follows them or NULL. */
static const char *
read_time(const char *p, const char *end, int64_t *out)
{
	uint64_t seconds;
	uint64_t fraction = 0;
	const char *digits;

	p = read_number(p, end, INT64_MAX / MICROSECONDS - 1, &seconds);
	if (p == NULL)
		return NULL;
	if (p < end && *p == '.')
	{
		digits = p + 1;
		p = read_number(digits, end, MICROSECONDS - 1, &fraction);
		if (p == NULL || p - digits != 6)
			return NULL;
	}
	*out = (int64_t) seconds * MICROSECONDS + (int64_t) fraction;
	return p;
}

/* Copies a word up to the first blank or end of line; returns what follows it, NULL if it does not fit. */
static const char *
read_word(const char *p, const char *end, char *out, size_t size)
{
	const char *start = p;

	while (p < end && *p != ' ' && *p != '\n')
		p++;
	if ((size_t) (p - start) >= size)
		return NULL;
	memcpy(out, start, (size_t) (p - start));
	out[p - start] = '\0';
	return p;
}

bool
mark_id_is_request(const char *id, size_t len)
{
	return len > 0 && id[0] == REQUEST_ID;
}

/* Reads the id of what a request made; returns what follows it or NULL. */
static const char *
read_request(const char *p, const char *end)
{
	uint64_t number[2];

	if (p == end || *p != REQUEST_ID)
		return NULL;
	p = read_number(p + 1, end, INT64_MAX, &number[0]);
	if (p == NULL || p == end || *p != '.')
		return NULL;
	p = read_number(p + 1, end, INT64_MAX, &number[1]);
	return p != NULL && number[0] > 0 && number[1] > 0 ? p : NULL;
}

/* True if the word from p up to end is the id of a source transaction. */
static bool
is_id(const char *p, const char *end)
{
	const char *after =
	    mark_id_is_request(p, (size_t) (end - p)) ? read_request(p, end) : read_gtid(p, end);

	return after == end;
}

bool
mark_next_wiki(mark_text *wikis, mark_text *wiki_id)
{
	const char *p = wikis->data;
	const char *end = p + wikis->len;
	uint64_t len;

	if (wikis->len == 0 || *p != ' ')
		return false;
	p = read_number(p + 1, end, MARK_WIKI_MOST, &len);
	if (p == NULL || p == end || *p != ':' || len == 0 || (uint64_t) (end - p - 1) < len)
		return false;
	wiki_id->data = p + 1;
	wiki_id->len = (size_t) len;
	wikis->data = p + 1 + len;
	wikis->len = (size_t) (end - wikis->data);
	return true;
}

/* Reads wikis up to what is none; returns that. */
static const char *
read_wikis(const char *p, const char *end, mark_text *out)
{
	mark_text rest = {p, (size_t) (end - p)};
	mark_text ignored;

	while (mark_next_wiki(&rest, &ignored))
		;
	*out = (mark_text){p, (size_t) (rest.data - p)};
	return rest.data;
}

bool
mark_read(const char *text, size_t len, mark *out, size_t *used)
{
	const char *end = text + len;
	const char *p;

	if (len < 3 || text[0] != 'U' || text[1] != ' ')
		return false;
	p = read_word(text + 2, end, out->gtid, sizeof(out->gtid));
	if (p == NULL || !is_id(text + 2, p) || p == end || *p != ' ')
		return false;
	p = read_time(p + 1, end, &out->commit_time);
	if (p == NULL || p == end || *p != ' ')
		return false;
	p = read_word(p + 1, end, out->source, sizeof(out->source));
	if (p == NULL || !mark_source_is_valid(out->source, strlen(out->source)))
		return false;
	p = read_wikis(p, end, &out->wikis);
	if (p == end || *p != '\n')
		return false;
	*used = (size_t) (p + 1 - text);
	return true;
}

bool
mark_parse(const char *text, size_t len, mark *out)
{
	size_t used;

	return mark_read(text, len, out, &used) && used == len;
}
