/*
 * text/encoding.c
 *	  Text of a time before UTF-8; see encoding.h.
 *
 * MediaWiki asks PHP for iconv( $wgLegacyEncoding, 'UTF-8//IGNORE', ... ) (SqlBlobStore::decompressData, 1.39 to 1.43). PHP
 * calls the C library's with that very name, which leaves out what is not valid, to the end, and then says EILSEQ; PHP does
 * not take that for an error. A character that is cut off is one.
 */
#include "text/encoding.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>

/* What has been written, in memory from malloc. */
typedef struct output
{
	char *data;
	size_t len;
	size_t size;
	size_t limit;
} output;

/* Makes the output twice as large, or as large as it may be. */
static text_status
grow(output *o, text_error *err)
{
	size_t size = o->size > o->limit / 2 ? o->limit : o->size * 2;
	char *grown;

	if (o->size == o->limit)
		return text_fail(err, TEXT_LARGE, "the text has more than %zu bytes in UTF-8", o->limit);
	grown = realloc(o->data, size);
	if (grown == NULL)
		return text_fail(err, TEXT_FAILED, "no memory for %zu bytes", size);
	o->data = grown;
	o->size = size;
	return TEXT_OK;
}

/* convert_some converts what there is room for; returns 0 if that was all, else errno. */
static int
convert_some(iconv_t converter, char **in, size_t *in_left, output *o)
{
	char *next = o->data + o->len;
	size_t room = o->size - o->len;
	size_t answer = iconv(converter, in, in_left, &next, &room);

	o->len = o->size - room;
	return answer == (size_t) -1 ? errno : 0;
}

/* convert converts all, and then (in is NULL) what the converter has kept of it. */
static text_status
convert(iconv_t converter, char *in, size_t in_left, output *o, text_error *err)
{
	for (;;)
	{
		int error = convert_some(converter, in == NULL ? NULL : &in, &in_left, o);
		text_status status;

		if (error == E2BIG)
		{
			status = grow(o, err);
			if (status != TEXT_OK)
				return status;
		}
		else if (error == 0 || (error == EILSEQ && in_left == 0))
			return TEXT_OK;
		else
			return text_fail(err, TEXT_BROKEN, "the text ends within a character");
	}
}

text_status
text_decode(text_bytes *b, const char *encoding, size_t limit, text_error *err)
{
	output o = {.size = b->len < limit ? b->len + 1 : limit, .limit = limit};
	iconv_t converter = iconv_open("UTF-8//IGNORE", encoding);
	text_status status;

	if (converter == (iconv_t) -1)
		return text_fail(err, TEXT_UNKNOWN, "iconv does not know the encoding %s", encoding);
	o.data = malloc(o.size + 1);
	if (o.data == NULL)
		status = text_fail(err, TEXT_FAILED, "no memory for %zu bytes", o.size);
	else
		status = convert(converter, (char *) b->data, b->len, &o, err);
	if (status == TEXT_OK)
		status = convert(converter, NULL, 0, &o, err);
	iconv_close(converter);
	if (status == TEXT_OK)
		text_bytes_replace(b, o.data, o.len);
	else
		free(o.data);
	return status;
}
