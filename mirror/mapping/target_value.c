/*
 * mapping/target_value.c
 *	  The value of a mirror column; see target_value.h.
 */
#include "mapping/target_value.h"

#include <inttypes.h>
#include <stdio.h>
#include "mapping/utf8.h"

static uint64_t
fnv1a_64(const char *data, size_t len)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t) data[i]) * UINT64_C(0x100000001b3);
	return hash;
}

bool
target_value_set_text(const char *data, size_t len, bool key, arena *a, target_value *out,
                      convert_error *err)
{
	const size_t suffix = UTF8_REPLACEMENT_LENGTH + 16;
	size_t size;
	char *text;

	out->kind = TARGET_TEXT;
	if (utf8_valid_prefix(data, len) == len)
	{
		out->bytes.data = data;
		out->bytes.len = len;
		return true;
	}
	size = utf8_replace_bad_bytes(data, len, NULL);
	text = arena_alloc(a, size + suffix + 1);
	if (text == NULL)
		return convert_fail_memory(err, size);
	utf8_replace_bad_bytes(data, len, text);
	if (key)
	{
		snprintf(text + size, suffix + 1, UTF8_REPLACEMENT "%016" PRIx64, fnv1a_64(data, len));
		size += suffix;
	}
	out->bytes.data = text;
	out->bytes.len = size;
	out->raw_needed = true;
	out->raw = data;
	out->raw_len = len;
	return true;
}
