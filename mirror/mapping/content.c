/*
 * mapping/content.c
 *	  Text with flags (MediaWiki's SqlBlobStore::expandBlob, 1.39); see content.h.
 */
#include "mapping/content.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* True if the comma list holds the word. */
static bool
flags_hold(const char *flags, size_t len, const char *word)
{
	size_t word_len = strlen(word);

	while (len > 0)
	{
		const char *comma = memchr(flags, ',', len);
		size_t item = comma == NULL ? len : (size_t) (comma - flags);

		if (item == word_len && memcmp(flags, word, item) == 0)
			return true;
		if (comma == NULL)
			break;
		flags += item + 1;
		len -= item + 1;
	}
	return false;
}

typedef enum inflate_result
{
	INFLATE_OK,
	INFLATE_BAD,
	INFLATE_MEMORY
} inflate_result;

/* Inflates PHP's gzdeflate() (raw deflate), growing by doubling up to CONVERT_CONTENT_MAX. */
static inflate_result
inflate_raw(const char *data, size_t len, arena *a, char **out, size_t *out_len)
{
	z_stream z = {0};
	size_t size = len * 4 + 256;
	inflate_result result = INFLATE_MEMORY;
	char *buffer;
	int rc = Z_OK;

	if (len > CONVERT_CONTENT_MAX || inflateInit2(&z, -MAX_WBITS) != Z_OK)
		return INFLATE_MEMORY;
	buffer = malloc(size);
	z.next_in = (Bytef *) data;
	z.avail_in = (uInt) len;
	while (buffer != NULL)
	{
		char *grown;

		z.next_out = (Bytef *) buffer + z.total_out;
		z.avail_out = (uInt) (size - z.total_out);
		rc = inflate(&z, Z_NO_FLUSH);
		if (rc != Z_OK || z.avail_out > 0)
			break;
		if (size >= CONVERT_CONTENT_MAX)
			break;
		size *= 2;
		grown = realloc(buffer, size);
		if (grown == NULL)
			free(buffer);
		buffer = grown;
	}
	if (buffer != NULL && rc != Z_STREAM_END)
		result = INFLATE_BAD;
	else if (buffer != NULL)
	{
		*out = arena_copy(a, buffer, z.total_out);
		*out_len = z.total_out;
		result = *out == NULL ? INFLATE_MEMORY : INFLATE_OK;
	}
	free(buffer);
	inflateEnd(&z);
	return result;
}

bool
content_convert(const value *text, const value *flags, bool as_bytes, arena *a, target_value *out,
                convert_error *err)
{
	const char *data = text->bytes.data;
	size_t len = text->bytes.len;
	char *inflated;

	if (text->kind != VALUE_BYTES)
		return convert_fail(err, "expected a string, found %s", convert_kind_of_value(text));
	if (flags->kind == VALUE_ABSENT)
		return convert_fail(err, "the row image holds a changed text without its flags");
	if (flags->kind == VALUE_BYTES && flags_hold(flags->bytes.data, flags->bytes.len, "gzip") &&
	    !flags_hold(flags->bytes.data, flags->bytes.len, "external"))
	{
		inflate_result result = inflate_raw(data, len, a, &inflated, &len);

		if (result == INFLATE_MEMORY)
			return convert_fail_memory(err, text->bytes.len);
		if (result == INFLATE_OK)
			data = inflated;
		else
			len = text->bytes.len;
	}
	if (!as_bytes)
		return target_value_set_text(data, len, false, a, out, err);
	out->kind = TARGET_BYTES;
	out->bytes.data = data;
	out->bytes.len = len;
	return true;
}

bool
content_convert_flags(const value *text, const value *flags, arena *a, target_value *out,
                      convert_error *err)
{
	size_t kept = 0;
	const char *item = flags->bytes.data;
	const char *end = item + flags->bytes.len;
	char *list;
	char *inflated;
	size_t inflated_len;

	if (flags->kind != VALUE_BYTES)
		return convert_fail(err, "expected a string, found %s", convert_kind_of_value(flags));
	if (!flags_hold(flags->bytes.data, flags->bytes.len, "gzip") ||
	    flags_hold(flags->bytes.data, flags->bytes.len, "external") ||
	    (text != NULL && text->kind == VALUE_BYTES &&
	     inflate_raw(text->bytes.data, text->bytes.len, a, &inflated, &inflated_len) != INFLATE_OK))
		return target_value_set_text(flags->bytes.data, flags->bytes.len, false, a, out, err);
	list = arena_alloc(a, flags->bytes.len + 1);
	if (list == NULL)
		return convert_fail_memory(err, flags->bytes.len);
	while (item < end)
	{
		const char *comma = memchr(item, ',', (size_t) (end - item));
		size_t len = (size_t) ((comma == NULL ? end : comma) - item);

		if (!(len == 4 && memcmp(item, "gzip", 4) == 0))
		{
			if (kept > 0)
				list[kept++] = ',';
			memcpy(list + kept, item, len);
			kept += len;
		}
		item += len + 1;
	}
	return target_value_set_text(list, kept, false, a, out, err);
}
