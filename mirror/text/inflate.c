/*
 * text/inflate.c
 *	  Raw deflate; see inflate.h.
 *
 * As PHP does it, bytes behind the end of the deflated data are no error, and one NUL is read behind the bytes that are there:
 * data whose last byte was NUL and has been cut off is whole.
 */
#include "text/inflate.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#define ZLIB_CONST
#include <zlib.h>

#define FIRST_RATIO 4 /* wikitext's, about */

typedef struct room
{
	char *buffer;
	size_t size;
	size_t limit;
} room;

/* Makes the room so large. One byte more than the limit is allowed, to see that there is more. */
static text_status
grow(z_stream *z, room *r, size_t size, text_error *err)
{
	char *grown;

	if (r->size > r->limit)
		return text_fail(err, TEXT_LARGE, "the text inflates to more than %zu bytes", r->limit);
	if (size > r->limit)
		size = r->limit + 1;
	grown = realloc(r->buffer, size);
	if (grown == NULL)
		return text_fail(err, TEXT_FAILED, "no memory for %zu bytes", size);
	z->next_out = (Bytef *) grown + r->size;
	z->avail_out = (uInt) (size - r->size);
	r->buffer = grown;
	r->size = size;
	return TEXT_OK;
}

static text_status
inflate_into(z_stream *z, room *r, text_error *err)
{
	static const Bytef behind = 0;
	bool at_end = false;
	text_status status;

	for (;;)
	{
		int answer = inflate(z, Z_NO_FLUSH);

		if (answer == Z_STREAM_END && z->total_out > r->limit)
			return text_fail(err, TEXT_LARGE, "the text inflates to more than %zu bytes", r->limit);
		if (answer == Z_STREAM_END)
			return TEXT_OK;
		if (answer == Z_MEM_ERROR)
			return text_fail(err, TEXT_FAILED, "no memory for zlib");
		if (answer != Z_OK && answer != Z_BUF_ERROR)
			return text_fail(err, TEXT_BROKEN, "the text does not inflate: %s",
			                 z->msg == NULL ? "bad data" : z->msg);
		if (z->avail_out == 0)
		{
			status = grow(z, r, r->size * 2, err);
			if (status != TEXT_OK)
				return status;
			continue;
		}
		if (at_end || z->avail_in > 0)
			return text_fail(err, TEXT_BROKEN, "the text does not inflate: its end is missing");
		at_end = true;
		z->next_in = &behind;
		z->avail_in = 1;
	}
}

text_status
text_inflate(text_bytes *b, size_t limit, text_error *err)
{
	z_stream z = {0};
	room r = {.limit = limit < INT_MAX ? limit : INT_MAX - 1};
	text_status status;
	char *fitting;

	if (b->len > INT_MAX / FIRST_RATIO)
		return text_fail(err, TEXT_LARGE, "%zu bytes are too many to inflate", b->len);
	if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
		return text_fail(err, TEXT_FAILED, "no memory for zlib");
	z.next_in = (const Bytef *) b->data;
	z.avail_in = (uInt) b->len;
	status = grow(&z, &r, b->len * FIRST_RATIO + 256, err);
	if (status == TEXT_OK)
		status = inflate_into(&z, &r, err);
	inflateEnd(&z);
	if (status != TEXT_OK)
	{
		free(r.buffer);
		return status;
	}
	fitting = realloc(r.buffer, z.total_out + 1);
	text_bytes_replace(b, fitting == NULL ? r.buffer : fitting, z.total_out);
	return TEXT_OK;
}
