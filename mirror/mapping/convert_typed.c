/*
 * mapping/convert_typed.c
 *	  Kinds for types that are neither text nor plain numbers; see convert_typed.h.
 */
#include "mapping/convert_typed.h"

#include <string.h>
#include "mapping/inet_uuid.h"
#include "mapping/json.h"
#include "mapping/list.h"
#include "mapping/number.h"
#include "mapping/numeric.h"
#include "mapping/timestamp.h"

/* Nothing of the type: NULL, and unless the text is empty its bytes are kept. */
static bool
keep_text(const value *v, target_value *out)
{
	out->kind = TARGET_NULL;
	out->raw_needed = v->bytes.len > 0;
	out->raw = v->bytes.data;
	out->raw_len = v->bytes.len;
	return true;
}

/* What INET4, INET6 and UUID hold. */
static bool
convert_inet_uuid(convert_kind kind, const value *v, target_value *out, convert_error *err)
{
	const bool uuid = kind == CONVERT_UUID;

	if (v->kind != VALUE_BYTES ||
	    (v->bytes.len != INET_UUID_SIZE && (uuid || v->bytes.len != INET4_SIZE)))
		return convert_fail(err, "expected %s, found %s", uuid ? "UUID" : "INET4 or INET6",
		                    convert_kind_of_value(v));
	out->kind = uuid ? TARGET_UUID : TARGET_INET;
	out->bytes.data = v->bytes.data;
	out->bytes.len = v->bytes.len;
	return true;
}

/* Text that is no address or UUID is NULL, and kept. */
static bool
convert_inet_uuid_text(convert_kind kind, const value *v, arena *a, target_value *out,
                       convert_error *err)
{
	const bool uuid = kind == CONVERT_UUID_TEXT;
	char *bytes = arena_alloc(a, INET_UUID_SIZE);

	if (bytes == NULL)
		return convert_fail_memory(err, INET_UUID_SIZE);
	out->kind = uuid ? TARGET_UUID : TARGET_INET;
	out->bytes.data = bytes;
	out->bytes.len = uuid ? uuid_read(v->bytes.data, v->bytes.len, bytes)
	                      : inet_read(v->bytes.data, v->bytes.len, bytes);
	if (out->bytes.len > 0)
		return true;
	return keep_text(v, out);
}

/* A DECIMAL, an integer of any size, or text that is a number. */
static bool
convert_numeric(const value *v, arena *a, target_value *out, convert_error *err)
{
	char text[NUMBER_TEXT_SIZE];
	char *binary = arena_alloc(a, NUMERIC_BINARY_SIZE);
	const char *data = v->bytes.data;
	size_t len = v->bytes.len;

	if (binary == NULL)
		return convert_fail_memory(err, NUMERIC_BINARY_SIZE);
	if (v->kind == VALUE_INT || v->kind == VALUE_UINT)
	{
		len = (size_t) number_print(v, text);
		data = text;
	}
	else if (v->kind != VALUE_BYTES)
		return convert_fail(err, "expected an exact number, found %s", convert_kind_of_value(v));
	out->kind = TARGET_NUMERIC;
	out->bytes.data = binary;
	out->bytes.len = numeric_write(data, len, binary);
	return out->bytes.len > 0 ||
	       convert_fail(err, "a string that is no number, or a long one: \"%.*s\"",
	                    (int) (len > 40 ? 40 : len), data);
}

/* The byte before the text is the version that jsonb's binary form begins with. */
static bool
convert_json(const value *v, arena *a, target_value *out, convert_error *err)
{
	char *copy;

	if (!json_is_valid(v->bytes.data, v->bytes.len))
		return keep_text(v, out);
	copy = arena_alloc(a, v->bytes.len + 1);
	if (copy == NULL)
		return convert_fail_memory(err, v->bytes.len);
	copy[0] = TARGET_JSONB_VERSION;
	memcpy(copy + 1, v->bytes.data, v->bytes.len);
	out->kind = TARGET_JSON;
	out->bytes.data = copy + 1;
	out->bytes.len = v->bytes.len;
	return true;
}

static bool
convert_list(bool integers, const value *v, arena *a, target_value *out, convert_error *err)
{
	switch (list_make(v->bytes.data, v->bytes.len, integers, a, &out->bytes.data, &out->bytes.len))
	{
		case LIST_MADE:
			out->kind = integers ? TARGET_INT_ARRAY : TARGET_TEXT_ARRAY;
			return true;
		case LIST_MALFORMED:
			return keep_text(v, out);
		case LIST_NO_MEMORY:
			break;
	}
	return convert_fail_memory(err, v->bytes.len);
}

bool
convert_typed(convert_kind kind, const value *v, arena *a, target_value *out, convert_error *err)
{
	if (kind == CONVERT_NUMERIC)
		return convert_numeric(v, a, out, err);
	if (kind == CONVERT_INET || kind == CONVERT_UUID)
		return convert_inet_uuid(kind, v, out, err);
	if (v->kind != VALUE_BYTES)
		return convert_fail(err, "expected text, found %s", convert_kind_of_value(v));
	switch (kind)
	{
		case CONVERT_DATE:
			return date_convert(v, out);
		case CONVERT_TIME:
			return time_convert(v, out);
		case CONVERT_JSON:
			return convert_json(v, a, out, err);
		case CONVERT_LIST:
		case CONVERT_INT_LIST:
			return convert_list(kind == CONVERT_INT_LIST, v, a, out, err);
		default:
			return convert_inet_uuid_text(kind, v, a, out, err);
	}
}
