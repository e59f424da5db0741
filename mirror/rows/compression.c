/*
 * rows/compression.c
 *	  MariaDB's two ways to put zlib data into a binlog.
 */
#include "rows/compression.h"

#include <string.h>
#define ZLIB_CONST
#include <zlib.h>
#include "rows/bytes.h"

/* zlib cannot make more of a byte; a length beyond that is a lie that must not be allocated. */
#define MOST_RATIO 1040

/* Inflates exactly out_len bytes. */
static const char *
inflate_exactly(const uint8_t *data, size_t len, bool raw, uint8_t *out, size_t out_len)
{
	z_stream z = {0};
	int answer;

	if (len > UINT32_MAX || out_len > UINT32_MAX)
		return "compressed data is too long";
	if (inflateInit2(&z, raw ? -MAX_WBITS : MAX_WBITS) != Z_OK)
		return "out of memory for zlib";
	z.next_in = data;
	z.avail_in = (uInt) len;
	z.next_out = out;
	z.avail_out = (uInt) out_len;
	answer = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	if (answer != Z_STREAM_END || z.avail_out != 0)
		return "compressed data does not inflate to its length";
	return NULL;
}

const char *
compression_inflate_event(const uint8_t *prefix, size_t prefix_len, const uint8_t *part,
                          size_t part_len, arena *a, const uint8_t **out, size_t *out_len)
{
	cursor c = {part, part + part_len};
	const uint8_t *head = cursor_take(&c, 1), *length;
	uint8_t *all;
	size_t plain;

	if (head == NULL || (*head & 0x80) == 0)
		return "compressed event has no compression header";
	if ((*head & 0x70) != 0)
		return "compressed event uses an algorithm other than zlib";
	length = cursor_take(&c, *head & 7);
	if ((*head & 7) == 0 || (*head & 7) > 4 || length == NULL)
		return "compressed event has a malformed compression header";
	plain = bytes_big(length, *head & 7);
	if (plain / MOST_RATIO > cursor_left(&c))
		return "compressed event claims an impossible length";
	all = arena_alloc(a, prefix_len + plain + 1);
	if (all == NULL)
		return "out of memory for a compressed event";
	if (prefix_len > 0)
		memcpy(all, prefix, prefix_len);
	*out = all;
	*out_len = prefix_len + plain;
	return inflate_exactly(c.next, cursor_left(&c), false, all + prefix_len, plain);
}

const char *
compression_inflate_column(const uint8_t *data, size_t len, arena *a, const uint8_t **out,
                           size_t *out_len)
{
	cursor c = {data, data + len};
	const uint8_t *head = cursor_take(&c, 1), *length;
	uint8_t *plain;
	unsigned n;

	*out = c.next;
	*out_len = cursor_left(&c);
	if (head == NULL || *head >> 4 == 0)
		return NULL;
	if (*head >> 4 != 8)
		return "its value is compressed by an algorithm other than zlib";
	n = *head & 7;
	length = cursor_take(&c, n);
	if (n == 0 || n > 4 || length == NULL)
		return "its value has a malformed compression header";
	*out_len = bytes_big(length, n);
	if (*out_len / MOST_RATIO > cursor_left(&c))
		return "its value claims an impossible length";
	*out = plain = arena_alloc(a, *out_len + 1);
	if (plain == NULL)
		return "out of memory";
	return inflate_exactly(c.next, cursor_left(&c), (*head & 8) != 0, plain, *out_len);
}
