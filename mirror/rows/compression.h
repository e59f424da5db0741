/*
 * rows/compression.h
 *	  MariaDB's two ways to put zlib data into a binlog: log_bin_compress and COMPRESSED columns.
 */
#ifndef MWMIRROR_ROWS_COMPRESSION_H
#define MWMIRROR_ROWS_COMPRESSION_H

#include <stddef.h>
#include <stdint.h>
#include "support/arena.h"

/*
 * Inflates the compressed part of an event behind prefix_len bytes, which are copied in front of it. *out is in
 * the arena. Returns NULL, or what is wrong (a static string).
 *
 * The part: u8 0x80 | algorithm << 4 (0: zlib) | n; n bytes big endian: the plain length; zlib stream.
 */
const char *compression_inflate_event(const uint8_t *prefix, size_t prefix_len, const uint8_t *part,
                                      size_t part_len, arena *a, const uint8_t **out,
                                      size_t *out_len);

/*
 * Inflates the value of a COMPRESSED column. *out is in the arena, or in the value if it was stored plain.
 *
 * The value: nothing for the empty string; else u8 algorithm << 4 (0: plain, 8: zlib) | raw deflate << 3 | n;
 * n bytes big endian: the plain length; the stream.
 */
const char *compression_inflate_column(const uint8_t *data, size_t len, arena *a,
                                       const uint8_t **out, size_t *out_len);

#endif
