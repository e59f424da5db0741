/*
 * rows/bytes.h
 *	  Integers out of bytes, and a cursor that never reads past its end.
 */
#ifndef MWMIRROR_ROWS_BYTES_H
#define MWMIRROR_ROWS_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Little endian, n bytes (0 to 8). */
static inline uint64_t
bytes_little(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v |= (uint64_t) p[i] << (8 * i);
	return v;
}

/* Big endian, n bytes (0 to 8). */
static inline uint64_t
bytes_big(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

typedef struct cursor
{
	const uint8_t *next;
	const uint8_t *end;
} cursor;

static inline size_t
cursor_left(const cursor *c)
{
	return (size_t) (c->end - c->next);
}

/* Takes len bytes; NULL if there are not as many. */
static inline const uint8_t *
cursor_take(cursor *c, size_t len)
{
	const uint8_t *p = c->next;

	if (cursor_left(c) < len)
		return NULL;
	c->next += len;
	return p;
}

/* Takes a little endian integer of n bytes. */
static inline bool
cursor_little(cursor *c, unsigned n, uint64_t *out)
{
	const uint8_t *p = cursor_take(c, n);

	if (p == NULL)
		return false;
	*out = bytes_little(p, n);
	return true;
}

/*
 * Takes a length-encoded integer: one byte below 251, or 252, 253, 254 followed by 2, 3, 8 bytes.
 * False for 251 (NULL) and 255, too.
 */
static inline bool
cursor_packed(cursor *c, uint64_t *out)
{
	const uint8_t *p = cursor_take(c, 1);

	if (p == NULL)
		return false;
	if (*p < 251)
	{
		*out = *p;
		return true;
	}
	if (*p == 251 || *p == 255)
		return false;
	return cursor_little(c, *p == 252 ? 2 : *p == 253 ? 3 : 8, out);
}

#endif
