/*
 * mapping/content.c
 *	  Text with flags (MediaWiki's SqlBlobStore::expandBlob, 1.39); see content.h.
 */
#include "mapping/content.h"

#include <string.h>
#include "text/flags.h"
#include "text/inflate.h"

/* True if the flags say that the bytes of the row itself are deflated. */
static bool
is_deflated(const char *flags, size_t len)
{
	return (text_flags_parse(flags, len) & (TEXT_FLAG_GZIP | TEXT_FLAG_EXTERNAL)) == TEXT_FLAG_GZIP;
}

/* Inflates into the arena. */
static text_status
inflate_into(const char *data, size_t len, arena *a, char **out, size_t *out_len)
{
	text_bytes b = {data, len, NULL};
	text_error err;
	text_status status = text_inflate(&b, CONVERT_CONTENT_MAX, &err);

	if (status != TEXT_OK)
		return status;
	*out_len = b.len;
	*out = arena_copy(a, b.data, b.len);
	text_bytes_free(&b);
	return *out == NULL ? TEXT_FAILED : TEXT_OK;
}

static bool
inflates(const value *text)
{
	text_bytes b = {text->bytes.data, text->bytes.len, NULL};
	text_error err;
	text_status status = text_inflate(&b, CONVERT_CONTENT_MAX, &err);

	text_bytes_free(&b);
	return status == TEXT_OK;
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
	if (flags->kind == VALUE_BYTES && is_deflated(flags->bytes.data, flags->bytes.len))
	{
		text_status status = inflate_into(data, len, a, &inflated, &len);

		if (status == TEXT_FAILED)
			return convert_fail_memory(err, text->bytes.len);
		if (status == TEXT_OK)
			data = inflated;
	}
	if (!as_bytes)
		return target_value_set_text(data, len, 0, false, a, out, err);
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
	const char *item, *end;
	char *list;

	if (flags->kind != VALUE_BYTES)
		return convert_fail(err, "expected a string, found %s", convert_kind_of_value(flags));
	item = flags->bytes.data;
	end = item + flags->bytes.len;
	if (!is_deflated(flags->bytes.data, flags->bytes.len) ||
	    (text != NULL && text->kind == VALUE_BYTES && !inflates(text)))
		return target_value_set_text(flags->bytes.data, flags->bytes.len, 0, false, a, out, err);
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
	return target_value_set_text(list, kept, 0, false, a, out, err);
}
