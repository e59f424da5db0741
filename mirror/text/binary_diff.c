/*
 * text/binary_diff.c
 *	  Differences between two texts; see binary_diff.h. What xdl_rabdiff() and xdl_bdiff() of LibXDiff 0.23 give:
 *
 *	u32 checksum of the text that it is of, u32 its length, then until the end
 *		u8 1, u8 n, n bytes				these bytes
 *		u8 2, u32 offset, u32 n			n bytes of the text
 *		u8 3, u32 n, n bytes			these bytes
 *
 * Numbers are little endian. The checksum is Adler-32 that begins with 0, not 1.
 */
#include "text/binary_diff.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "rows/bytes.h"

enum
{
	OP_INSERT = 1,
	OP_COPY = 2,
	OP_INSERT_LONG = 3
};

/* What an operation adds to the result. */
typedef struct piece
{
	const uint8_t *at;
	uint64_t len;
} piece;

/* next_piece reads an operation; false: it is none. */
static bool
next_piece(cursor *c, const text_bytes *base, piece *out)
{
	uint64_t offset;
	uint64_t op;

	if (!cursor_little(c, 1, &op))
		return false;
	if (op == OP_COPY)
	{
		if (!cursor_little(c, 4, &offset) || !cursor_little(c, 4, &out->len) ||
		    offset > base->len || out->len > base->len - offset)
			return false;
		out->at = out->len == 0 ? NULL : (const uint8_t *) base->data + offset;
		return true;
	}
	if ((op != OP_INSERT && op != OP_INSERT_LONG) ||
	    !cursor_little(c, op == OP_INSERT ? 1 : 4, &out->len))
		return false;
	out->at = cursor_take(c, out->len);
	return out->at != NULL;
}

/* measure adds up the pieces, at most to a byte more than limit. */
static bool
measure(cursor c, const text_bytes *base, size_t limit, size_t *out)
{
	piece p;

	for (*out = 0; cursor_left(&c) > 0 && *out <= limit;)
	{
		if (!next_piece(&c, base, &p))
			return false;
		*out = p.len > limit - *out ? limit + 1 : *out + p.len;
	}
	return true;
}

static void
copy_pieces(cursor c, const text_bytes *base, char *out)
{
	piece p;

	while (cursor_left(&c) > 0 && next_piece(&c, base, &p))
	{
		if (p.len > 0)
			memcpy(out, p.at, p.len);
		out += p.len;
	}
}

/* of no bytes it is 0, for which zlib wants an address all the same */
static uint32_t
checksum(const text_bytes *b)
{
	return b->len == 0 ? 0 : (uint32_t) adler32_z(0, (const Bytef *) b->data, b->len);
}

text_status
binary_diff_apply(text_bytes *b, php_span diff, size_t limit, text_error *err)
{
	cursor c = {(const uint8_t *) diff.at, (const uint8_t *) diff.at + diff.len};
	uint64_t sum, base_len;
	size_t len;
	char *out;

	if (!cursor_little(&c, 4, &sum) || !cursor_little(&c, 4, &base_len))
		return text_fail(err, TEXT_BROKEN, "a binary difference has no head");
	if (base_len != b->len || sum != checksum(b))
		return text_fail(err, TEXT_BROKEN, "a binary difference is of another text");
	if (!measure(c, b, limit, &len))
		return text_fail(err, TEXT_BROKEN, "a binary difference is malformed");
	if (len > limit)
		return text_fail(err, TEXT_LARGE, "the text has more than %zu bytes", limit);
	out = malloc(len + 1);
	if (out == NULL)
		return text_fail(err, TEXT_FAILED, "no memory for %zu bytes", len);
	copy_pieces(c, b, out);
	text_bytes_replace(b, out, len);
	return TEXT_OK;
}
