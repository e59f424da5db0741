/*
 * mapping/utf8.c
 *	  Lenient UTF-8; see utf8.h.
 */
#include "mapping/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Length of the valid sequence at p (p < end, *p >= 0x80), or 0. */
static inline size_t
utf8_sequence(const uint8_t *p, const uint8_t *end)
{
	uint8_t first = p[0];
	size_t left = (size_t) (end - p);

	if (first < 0xC2 || first > 0xF4)
		return 0;
	if (left < 2 || (p[1] & 0xC0) != 0x80)
		return 0;
	if (first < 0xE0)
		return 2;
	if (left < 3 || (p[2] & 0xC0) != 0x80)
		return 0;
	if (first < 0xF0)
	{
		if ((first == 0xE0 && p[1] < 0xA0) || (first == 0xED && p[1] > 0x9F))
			return 0; /* overlong, surrogate */
		return 3;
	}
	if (left < 4 || (p[3] & 0xC0) != 0x80)
		return 0;
	if ((first == 0xF0 && p[1] < 0x90) || (first == 0xF4 && p[1] > 0x8F))
		return 0; /* overlong, beyond U+10FFFF */
	return 4;
}

/* True if none of the 8 bytes is NUL or has its high bit set. */
static inline bool
plain_ascii_word(uint64_t w)
{
	const uint64_t high = UINT64_C(0x8080808080808080);
	const uint64_t ones = UINT64_C(0x0101010101010101);

	return ((w | ((w - ones) & ~w)) & high) == 0;
}

size_t
utf8_valid_prefix(const char *data, size_t len)
{
	const uint8_t *start = (const uint8_t *) data;
	const uint8_t *end = start + len;
	const uint8_t *p = start;

	while (p < end)
	{
		uint64_t w;
		size_t n;

		while ((size_t) (end - p) >= sizeof(w))
		{
			memcpy(&w, p, sizeof(w));
			if (!plain_ascii_word(w))
				break;
			p += sizeof(w);
		}
		if (p == end)
			break;
		if (*p != 0 && *p < 0x80)
		{
			p++;
			continue;
		}
		n = *p == 0 ? 0 : utf8_sequence(p, end);
		if (n == 0)
			break;
		p += n;
	}
	return (size_t) (p - start);
}

size_t
utf8_replace_bad_bytes(const char *data, size_t len, char *out)
{
	size_t written = 0;

	while (len > 0)
	{
		size_t good = utf8_valid_prefix(data, len);

		if (out != NULL)
			memcpy(out + written, data, good);
		written += good;
		data += good;
		len -= good;
		if (len == 0)
			break;
		if (out != NULL)
			memcpy(out + written, UTF8_REPLACEMENT, UTF8_REPLACEMENT_LENGTH);
		written += UTF8_REPLACEMENT_LENGTH;
		data++;
		len--;
	}
	return written;
}
