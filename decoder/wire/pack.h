/*
 * wire/pack.h
 *	  Numbers of few bytes, as batches and messages of rows hold many.
 *
 * A number below 2^32 is seven bits a byte, the lowest first, the high bit set in all bytes but the last; never more bytes
 * than it needs.
 */
#ifndef MWMIRROR_WIRE_PACK_H
#define MWMIRROR_WIRE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACK_BYTES_MAX 5 /* of a number */

/* Reads the number at *next and moves that past it. False: it is malformed, or goes beyond the end; *next is undefined. */
static inline bool
pack_read(const char **next, const char *end, uint32_t *out)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < PACK_BYTES_MAX && *next < end; i++)
	{
		uint8_t byte = (uint8_t) * (*next)++;

		n |= (uint64_t) (byte & 0x7F) << 7 * i;
		if ((byte & 0x80) != 0)
			continue;
		*out = (uint32_t) n;
		return n <= UINT32_MAX && (byte != 0 || i == 0);
	}
	return false;
}

/* Writes the number to out if that is not NULL; returns its size in bytes. */
static inline size_t
pack_write(char *out, uint32_t n)
{
	size_t size = 0;

	for (; n > 0x7F; n >>= 7)
	{
		if (out != NULL)
			out[size] = (char) (n | 0x80);
		size++;
	}
	if (out != NULL)
		out[size] = (char) n;
	return size + 1;
}

#endif
