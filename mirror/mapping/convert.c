/*
 * mapping/convert.c
 *	  One or more source values to one target value; see convert.h.
 */
#include "mapping/convert.h"

#include <inttypes.h>
#include <string.h>
#include "mapping/content.h"
#include "mapping/number.h"
#include "mapping/timestamp.h"

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
    {"system_user", CONVERT_SYSTEM_USER, true},
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
		case VALUE_DOUBLE:
			return v->d == 0;
		case VALUE_BYTES:
			for (size_t i = 0; i < v->bytes.len; i++)
			{
				if (v->bytes.data[i] != '0' && v->bytes.data[i] != '\0')
					return false;
			}
			return true;
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

/*
 * Sources: user_token, user_email, user_password. A system user (1.39 User::isSystemUser) has the invalid
 * token, no email and no usable password. A MINIMAL image may lack some of them: one that says no decides,
 * the token alone says yes, and without the token nothing is known.
 */
static void
convert_system_user(const value *const *sources, target_value *out)
{
	const value *token = sources[0];
	const value *email = sources[1];
	const value *password = sources[2];

	out->kind = TARGET_BOOL;
	out->b = false;
	if (email->kind != VALUE_ABSENT && !bytes_are(email, ""))
		return;
	if (password->kind != VALUE_ABSENT && !bytes_are(password, "") &&
	    !bytes_are(password, ":null:"))
		return;
	if (token->kind == VALUE_ABSENT)
		out->kind = TARGET_ABSENT;
	else
		out->b = bytes_are(token, INVALID_TOKEN);
}

/* ---- dispatch ---- */

/* Strings and, for columns that were once numbers, numbers as text. */
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
		len = (size_t) number_print(v, number);
		data = arena_copy(a, number, len);
		if (data == NULL)
			return convert_fail_memory(err, len);
	}
	if (!as_bytes)
		return target_value_set_text(data, len, key, a, out, err);
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

static bool
convert_gathered(convert_kind kind, const value *const *sources, unsigned source_count,
                 bool as_bytes, arena *a, target_value *out, convert_error *err)
{
	const value *last;

	if (kind == CONVERT_SYSTEM_USER)
	{
		if (source_count != 3)
			return convert_fail(err, "kind system_user wants three source columns");
		convert_system_user(sources, out);
		return true;
	}
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
	if (v->kind == VALUE_ABSENT || v->kind == VALUE_NULL)
	{
		out->kind = v->kind == VALUE_NULL ? TARGET_NULL : TARGET_ABSENT;
		return true;
	}
	switch (kind)
	{
		case CONVERT_INT:
		case CONVERT_NEGATED:
		case CONVERT_BOOL:
		case CONVERT_FLOAT:
			return convert_number(kind, v, out, err);
		case CONVERT_TIMESTAMP:
			return timestamp_convert(v, out);
		case CONVERT_BYTES:
			return convert_text(v, false, true, a, out, err);
		default:
			return convert_text(v, kind == CONVERT_KEY_TEXT, as_bytes, a, out, err);
	}
}
