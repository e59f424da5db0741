/*
 * mapping/target_value.c
 *	  The value of a mirror column; see target_value.h.
 */
#include "mapping/target_value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "mapping/utf8.h"
#include "rows/charset.h"

static uint64_t
fnv1a_64(const char *data, size_t len)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t) data[i]) * UINT64_C(0x100000001b3);
	return hash;
}

bool
target_value_read_text(const char *data, size_t len, unsigned collation, arena *a,
                       const char **text, size_t *text_len, bool *damaged, convert_error *err)
{
	char *replaced;

	*damaged = false;
	switch (charset_decode(collation, data, len, a, text, text_len))
	{
		case CHARSET_AS_IT_IS:
			break;
		case CHARSET_DAMAGED:
			*damaged = true;
			return true;
		case CHARSET_DECODED:
			return true;
		case CHARSET_NO_MEMORY:
			return convert_fail_memory(err, len);
		case CHARSET_UNKNOWN:
			return convert_fail(
			    err,
			    "text in charset %s (collation %u), which cannot be read here: MODIFY "
			    "the column to utf8mb4, or map it by kind bytes",
			    charset_name(collation), collation);
	}
	if (utf8_valid_prefix(data, len) == len)
		return true;
	*damaged = true;
	*text_len = utf8_replace_bad_bytes(data, len, NULL);
	*text = replaced = arena_alloc(a, *text_len);
	if (replaced == NULL)
		return convert_fail_memory(err, *text_len);
	utf8_replace_bad_bytes(data, len, replaced);
	return true;
}

/* Adds what tells bad text from other bad text. */
static bool
add_suffix(const char *data, size_t len, arena *a, target_value *out, convert_error *err)
{
	const size_t suffix = UTF8_REPLACEMENT_LENGTH + 16;
	char *text = arena_alloc(a, out->bytes.len + suffix + 1);

	if (text == NULL)
		return convert_fail_memory(err, out->bytes.len + suffix);
	memcpy(text, out->bytes.data, out->bytes.len);
	snprintf(text + out->bytes.len, suffix + 1, UTF8_REPLACEMENT "%016" PRIx64,
	         fnv1a_64(data, len));
	out->bytes.data = text;
	out->bytes.len += suffix;
	return true;
}

bool
target_value_set_text(const char *data, size_t len, unsigned collation, bool key, arena *a,
                      target_value *out, convert_error *err)
{
	bool damaged;

	out->kind = TARGET_TEXT;
	if (!target_value_read_text(data, len, collation, a, &out->bytes.data, &out->bytes.len,
	                            &damaged, err))
		return false;
	if (!damaged)
		return true;
	out->raw_needed = true;
	out->raw = data;
	out->raw_len = len;
	return !key || add_suffix(data, len, a, out, err);
}
