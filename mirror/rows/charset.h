/*
 * rows/charset.h
 *	  Text in MariaDB's charsets, which a column's collation names, to UTF-8.
 *
 * What MariaDB's CONVERT(... USING utf8mb4) gives, by iconv(3) with the few characters that MariaDB reads otherwise; where
 * MariaDB has none, that of iconv. Thread-safe.
 */
#ifndef MWMIRROR_ROWS_CHARSET_H
#define MWMIRROR_ROWS_CHARSET_H

#include <stdbool.h>
#include <stddef.h>
#include "support/arena.h"

typedef enum charset_answer
{
	CHARSET_AS_IT_IS, /* binary, ASCII, UTF-8, or only ASCII in it: the bytes themselves */
	CHARSET_DECODED,
	CHARSET_DAMAGED, /* decoded, with U+FFFD for what is no character: a byte, a code unit, or two or three bytes that could be one */
	CHARSET_UNKNOWN, /* the collation is not known, or nothing here converts its charset */
	CHARSET_NO_MEMORY
} charset_answer;

/* Decodes into the arena if it must. */
charset_answer charset_decode(unsigned collation, const char *data, size_t len, arena *a,
                              const char **text, size_t *text_len);

/* How ',' is written in the charset; len is its length. Static. */
const char *charset_comma(unsigned collation, size_t *len);

/* The charset's name; "unknown" for a collation that is not known. Static. */
const char *charset_name(unsigned collation);

#endif
