/*
 * mapping/convert.c
 *	  One or more source values to one target value; see convert.h.
 */
#include "mapping/convert.h"

#include <inttypes.h>
#include <string.h>
#include "mapping/content.h"
#include "mapping/convert_typed.h"
#include "mapping/number.h"
#include "mapping/timestamp.h"
#include "rows/types.h"

/* MediaWiki 1.39 User.php: INVALID_TOKEN, what newSystemUser() leaves in user_token. */
#define INVALID_TOKEN "*** INVALID ***"

static const struct
{
	const char *name;
	convert_kind kind;
	bool gathers;
} kinds[] = {
    {"int", CONVERT_INT, false},
    {"bool", CONVERT_BOOL, false},
    {"float", CONVERT_FLOAT, false},
    {"text", CONVERT_TEXT, false},
    {"key_text", CONVERT_KEY_TEXT, false},
    {"bytes", CONVERT_BYTES, false},
    {"timestamp", CONVERT_TIMESTAMP, false},
    {"enum", CONVERT_ENUM, false},
    {"content", CONVERT_CONTENT, true},
    {"content_flags", CONVERT_CONTENT_FLAGS, true},
    {"body", CONVERT_BODY, false},
    {"body_status", CONVERT_BODY_STATUS, false},
    {"negated", CONVERT_NEGATED, false},
    {"constant", CONVERT_CONSTANT, true},
    {"token_invalid", CONVERT_TOKEN_INVALID, false},
    {"email_empty", CONVERT_EMAIL_EMPTY, false},
    {"password_unusable", CONVERT_PASSWORD_UNUSABLE, false},
    {"inet", CONVERT_INET, false},
    {"inet_text", CONVERT_INET_TEXT, false},
    {"uuid", CONVERT_UUID, false},
    {"uuid_text", CONVERT_UUID_TEXT, false},
    {"numeric", CONVERT_NUMERIC, false},
    {"date", CONVERT_DATE, false},
    {"time", CONVERT_TIME, false},
    {"json", CONVERT_JSON, false},
    {"list", CONVERT_LIST, false},
    {"int_list", CONVERT_INT_LIST, false},
};

bool
convert_kind_parse(const char *name, convert_kind *out)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
	{
		if (strcmp(kinds[i].name, name) == 0)
		{
			*out = kinds[i].kind;
			return true;
		}
	}
	return false;
}

const char *
convert_kind_name(convert_kind kind)
{
	return kinds[kind].name;
}

bool
convert_kind_gathers(convert_kind kind)
{
	return kinds[kind].gathers;
}

/* Zeros, and what stands between them in a DECIMAL and in a date. */
static bool
bytes_are_zero(const char *data, size_t len)
{
	bool zeros = false;

	for (size_t i = 0; i < len; i++)
	{
		if (data[i] == '0' || data[i] == '\0')
			zeros = true;
		else if (memchr("-.: ", data[i], 4) == NULL)
			return false;
	}
	return zeros || len == 0;
}

bool
convert_is_zero(const value *v)
{
	switch (v->kind)
	{
		case VALUE_INT:
		case VALUE_TIMESTAMP:
			return v->i == 0;
		case VALUE_UINT:
			return v->u == 0;
		case VALUE_FLOAT:
		case VALUE_DOUBLE:
			return v->d == 0;
		case VALUE_BYTES:
			return bytes_are_zero(v->bytes.data, v->bytes.len);
		default:
			return true;
	}
}

bool
convert_same(const value *a, const value *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind)
	{
		case VALUE_ABSENT:
		case VALUE_NULL:
			return true;
		case VALUE_FLOAT:
		case VALUE_DOUBLE:
			return memcmp(&a->d, &b->d, sizeof(a->d)) == 0;
		case VALUE_BYTES:
			return a->bytes.len == b->bytes.len &&
			       memcmp(a->bytes.data, b->bytes.data, a->bytes.len) == 0;
		default:
			return a->u == b->u;
	}
}

/* ---- users ---- */

static bool
bytes_are(const value *v, const char *text)
{
	size_t len = v->bytes.len;

	if (v->kind == VALUE_NULL)
		return *text == '\0';
	if (v->kind != VALUE_BYTES)
		return false;
	while (len > 0 && v->bytes.data[len - 1] == '\0') /* user_token is BINARY(32) */
		len--;
	return len == strlen(text) && memcmp(v->bytes.data, text, len) == 0;
}

/* What makes a system user (1.39 User::isSystemUser): the invalid token, no email, and no usable password. */
static void
convert_login(convert_kind kind, const value *v, target_value *out)
{
	out->kind = TARGET_BOOL;
	if (kind == CONVERT_TOKEN_INVALID)
		out->b = bytes_are(v, INVALID_TOKEN);
	else
		out->b = bytes_are(v, "") || (kind == CONVERT_PASSWORD_UNUSABLE && bytes_are(v, ":null:"));
}

/* ---- dispatch ---- */

/* What is no string as a SELECT prints it. */
static size_t
print_value(const value *v, char out[NUMBER_TEXT_SIZE])
{
	_Static_assert(TIMESTAMP_TEXT_SIZE <= NUMBER_TEXT_SIZE, "room for either");

	return v->kind == VALUE_TIMESTAMP ? timestamp_print(v, out) : (size_t) number_print(v, out);
}

/* Strings, and numbers and times as text. */
static bool
convert_text(const value *v, bool key, bool as_bytes, arena *a, target_value *out,
             convert_error *err)
{
	char number[NUMBER_TEXT_SIZE];
	const char *data = v->bytes.data;
	size_t len;

	if (v->kind == VALUE_BYTES)
		len = v->bytes.len;
	else
	{
		len = print_value(v, number);
		data = arena_copy(a, number, len);
		if (data == NULL)
			return convert_fail_memory(err, len);
	}
	if (!as_bytes)
		return target_value_set_text(data, len, v->kind == VALUE_BYTES ? v->charset : 0, key, a,
		                             out, err);
	out->kind = TARGET_BYTES;
	out->bytes.data = data;
	out->bytes.len = len;
	return true;
}

static bool
convert_number(convert_kind kind, const value *v, target_value *out, convert_error *err)
{
	if (kind == CONVERT_FLOAT)
	{
		out->kind = TARGET_DOUBLE;
		return number_read_double(v, &out->d, err);
	}
	if (kind == CONVERT_BOOL)
	{
		out->kind = TARGET_BOOL;
		out->b = !convert_is_zero(v);
		return true;
	}
	out->kind = TARGET_INT;
	if (!number_read_int(v, &out->i, err))
		return false;
	if (kind == CONVERT_NEGATED)
	{
		if (out->i == INT64_MIN)
			return convert_fail(err, "%" PRId64 " has no negative in bigint", out->i);
		out->i = -out->i;
	}
	return true;
}

/* Integers do not occur in MediaWiki and read as unix seconds. */
static bool
convert_timestamp(const value *v, target_value *out, convert_error *err)
{
	value seconds = *v;

	if (v->kind == VALUE_FLOAT || v->kind == VALUE_DOUBLE)
		return convert_fail(err, "expected a timestamp, found %s", convert_kind_of_value(v));
	if (v->kind == VALUE_INT || v->kind == VALUE_UINT)
	{
		if (v->u > UINT32_MAX)
			return convert_fail(err, "%s of a time that MariaDB cannot hold",
			                    convert_kind_of_value(v));
		seconds.kind = VALUE_TIMESTAMP;
		seconds.i *= 1000000;
	}
	return timestamp_convert(&seconds, out);
}

static bool
convert_gathered(convert_kind kind, const value *const *sources, unsigned source_count,
                 bool as_bytes, arena *a, target_value *out, convert_error *err)
{
	const value *last;

	if (source_count < 1 || source_count > 2 || (kind == CONVERT_CONTENT && source_count != 2))
		return convert_fail(err, "kind %s has a wrong number of source columns",
		                    convert_kind_name(kind));
	last = sources[source_count - 1];
	if (kind == CONVERT_CONTENT)
	{
		out->kind = sources[0]->kind == VALUE_NULL ? TARGET_NULL : TARGET_ABSENT;
		if (sources[0]->kind == VALUE_NULL || sources[0]->kind == VALUE_ABSENT)
			return true;
		return content_convert(sources[0], last, as_bytes, a, out, err);
	}
	out->kind = last->kind == VALUE_NULL ? TARGET_NULL : TARGET_ABSENT;
	if (last->kind == VALUE_NULL || last->kind == VALUE_ABSENT)
		return true;
	return content_convert_flags(source_count == 2 ? sources[0] : NULL, last, a, out, err);
}

/* A value that is not NULL by a kind that makes one value of one source column. */
static bool
convert_one(convert_kind kind, const value *v, bool as_bytes, arena *a, target_value *out,
            convert_error *err)
{
	switch (kind)
	{
		case CONVERT_INT:
		case CONVERT_NEGATED:
		case CONVERT_BOOL:
		case CONVERT_FLOAT:
			return convert_number(kind, v, out, err);
		case CONVERT_TIMESTAMP:
			return convert_timestamp(v, out, err);
		case CONVERT_INET:
		case CONVERT_UUID:
		case CONVERT_INET_TEXT:
		case CONVERT_UUID_TEXT:
		case CONVERT_NUMERIC:
		case CONVERT_DATE:
		case CONVERT_TIME:
		case CONVERT_JSON:
		case CONVERT_LIST:
		case CONVERT_INT_LIST:
			return convert_typed(kind, v, a, out, err);
		case CONVERT_BYTES:
			return convert_text(v, false, true, a, out, err);
		default:
			return convert_text(v, kind == CONVERT_KEY_TEXT, as_bytes, a, out, err);
	}
}

/* True for kinds that read numbers, times and the like out of text, so that its charset matters. */
static bool
reads_text(convert_kind kind)
{
	switch (kind)
	{
		case CONVERT_INT:
		case CONVERT_NEGATED:
		case CONVERT_BOOL:
		case CONVERT_FLOAT:
		case CONVERT_TIMESTAMP:
		case CONVERT_INET_TEXT:
		case CONVERT_UUID_TEXT:
		case CONVERT_NUMERIC:
		case CONVERT_DATE:
		case CONVERT_TIME:
		case CONVERT_JSON:
		case CONVERT_LIST:
		case CONVERT_INT_LIST:
			return true;
		default:
			return false;
	}
}

/* True for those whose values have text in them, which must be UTF-8 in any case. */
static bool
shows_text(convert_kind kind)
{
	return kind == CONVERT_JSON || kind == CONVERT_LIST;
}

/* Of a string that has a charset, or whose text is shown. */
static bool
convert_decoded(convert_kind kind, const value *v, bool as_bytes, arena *a, target_value *out,
                convert_error *err)
{
	value text = {.kind = VALUE_BYTES};
	bool damaged;

	if (!target_value_read_text(v->bytes.data, v->bytes.len, v->charset, a, &text.bytes.data,
	                            &text.bytes.len, &damaged, err) ||
	    !convert_one(kind, &text, as_bytes, a, out, err))
		return false;
	if (out->raw_needed || damaged)
	{
		out->raw_needed = true;
		out->raw = v->bytes.data;
		out->raw_len = v->bytes.len;
	}
	return true;
}

bool
convert_value(convert_kind kind, const value *const *sources, unsigned source_count, bool as_bytes,
              arena *a, target_value *out, convert_error *err)
{
	const value *v = source_count > 0 ? sources[0] : NULL;

	out->raw_needed = false;
	if (kind == CONVERT_CONSTANT || v == NULL)
		return convert_fail(err, "kind %s takes no source column", convert_kind_name(kind));
	if (convert_kind_gathers(kind))
		return convert_gathered(kind, sources, source_count, as_bytes, a, out, err);
	if (v->kind != VALUE_ABSENT && (kind == CONVERT_TOKEN_INVALID || kind == CONVERT_EMAIL_EMPTY ||
	                                kind == CONVERT_PASSWORD_UNUSABLE))
	{
		convert_login(kind, v, out);
		return true;
	}
	if (v->kind == VALUE_ABSENT || v->kind == VALUE_NULL)
	{
		out->kind = v->kind == VALUE_NULL ? TARGET_NULL : TARGET_ABSENT;
		return true;
	}
	if (v->kind == VALUE_BYTES && reads_text(kind) &&
	    (shows_text(kind) || (v->charset != 0 && v->charset != COLLATION_BINARY)))
		return convert_decoded(kind, v, as_bytes, a, out, err);
	return convert_one(kind, v, as_bytes, a, out, err);
}
