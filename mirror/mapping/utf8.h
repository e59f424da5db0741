/*
 * mapping/utf8.h
 *	  Lenient UTF-8: how much of some bytes is text to PostgreSQL, and text made of bytes that are not.
 */
#ifndef MWMIRROR_MAPPING_UTF8_H
#define MWMIRROR_MAPPING_UTF8_H

#include <stddef.h>

#define UTF8_REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */
#define UTF8_REPLACEMENT_LENGTH 3

/* Returns how many of the len bytes are valid UTF-8 without NUL, as PostgreSQL understands it. */
size_t utf8_valid_prefix(const char *data, size_t len);

/* Copies text with U+FFFD for each bad byte into out, or only counts if out is NULL; returns bytes. */
size_t utf8_replace_bad_bytes(const char *data, size_t len, char *out);

#endif
