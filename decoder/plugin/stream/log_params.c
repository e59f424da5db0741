/*
 * plugin/stream/log_params.c
 *	  Parameters of log entries; see log_params.h.
 *
 * PHP's serialization, as far as it is read here. Lengths and counts are decimal; a text is its bytes, without escapes.
 *
 *	value	N;						null
 *			b:0; b:1;				false, true
 *			i:DIGITS;				integer of 64 bits, with a sign '-' if it is negative
 *			d:NUMBER;				double, as JSON writes one; not INF and NAN
 *			s:LENGTH:"BYTES";		text
 *			a:COUNT:{ key value ... }	array: COUNT of these, with nothing between; a key is i or s
 *
 * Not objects, references and enumerations (O C R r E): these are refused. So is whatever else does not fit to the last byte.
 * An array with the keys 0, 1, 2, ... in that order is JSON's array, another an object, as PHP's json_encode has it.
 */
#include "plugin/stream/log_params.h"

#include "plugin/core/json.h"

#define DEPTH_MOST 8
#define VALUES_MOST 20000 /* in all */
#define KEYS_MOST 200     /* of an object: each is compared with all */
#define DIGITS_MOST 10    /* of a length or count */
#define LONG_DIGITS 19    /* of an integer of 64 bits, at most */

typedef struct reader
{
	const char *at; /* ends with a NUL, which nothing passes over */
	const char *end;
	int values;
} reader;

/* A text of the input. */
typedef struct span
{
	const char *at;
	size_t len;
} span;

static bool read_value(reader *r, StringInfo out, int depth);

static bool
take(reader *r, const char *text)
{
	size_t len = strlen(text);

	if ((size_t) (r->end - r->at) < len || memcmp(r->at, text, len) != 0)
		return false;
	r->at += len;
	return true;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* read_size reads a length or count and what follows it. */
static bool
read_size(reader *r, const char *after, size_t *out)
{
	int digits = 0;

	for (*out = 0; is_digit(*r->at) && digits <= DIGITS_MOST; r->at++, digits++)
		*out = *out * 10 + (size_t) (*r->at - '0');
	return digits > 0 && digits <= DIGITS_MOST && take(r, after);
}

/* read_integer reads the digits of an integer, without "i:", up to ';'. */
static bool
read_integer(reader *r, int64 *out)
{
	uint64 limit = (uint64) PG_INT64_MAX;
	bool negative = *r->at == '-';
	uint64 value = 0;
	int digits = 0;

	if (negative)
		r->at++;
	for (; is_digit(*r->at) && digits <= LONG_DIGITS; r->at++, digits++)
		value = value * 10 + (uint64) (*r->at - '0');
	if (digits == 0 || digits > LONG_DIGITS || value > limit + (negative ? 1 : 0))
		return false;
	*out = negative ? (int64) (0 - value) : (int64) value;
	return take(r, ";");
}

/* skip_digits returns where at least one digit ends; NULL: there is none. */
static const char *
skip_digits(const char *p)
{
	if (!is_digit(*p))
		return NULL;
	while (is_digit(*p))
		p++;
	return p;
}

/* read_double takes what is a number in JSON too, up to ';'. */
static bool
read_double(reader *r, span *out)
{
	const char *p = r->at;

	out->at = p;
	if (*p == '-')
		p++;
	p = p[0] == '0' && is_digit(p[1]) ? NULL : skip_digits(p);
	if (p != NULL && *p == '.')
		p = skip_digits(p + 1);
	if (p != NULL && (*p == 'e' || *p == 'E'))
		p = skip_digits(p[1] == '+' || p[1] == '-' ? p + 2 : p + 1);
	if (p == NULL)
		return false;
	out->len = (size_t) (p - out->at);
	r->at = p;
	return take(r, ";");
}

/* True where a character begins, or the text ends. */
static bool
begins_character(const char *p)
{
	return ((unsigned char) *p & 0xC0) != 0x80;
}

/* read_text reads a text behind "s:". */
static bool
read_text(reader *r, span *out)
{
	if (!read_size(r, ":\"", &out->len) || (size_t) (r->end - r->at) < out->len)
		return false;
	out->at = r->at;
	r->at += out->len;
	return begins_character(out->at) && begins_character(r->at) && take(r, "\";");
}

static void
put_span(StringInfo out, span text, bool is_key)
{
	char *copy = pnstrdup(text.at, text.len);

	if (is_key)
		json_key_escaped(out, copy);
	else
		json_string(out, copy);
	pfree(copy);
}

/* ---- arrays ---- */

/* read_key reads a key: *number is what an integer says, else -1. *out is its text. */
static bool
read_key(reader *r, span *out, int64 *number)
{
	*number = -1;
	if (take(r, "s:"))
		return read_text(r, out);
	if (!take(r, "i:"))
		return false;
	out->at = r->at;
	if (!read_integer(r, number))
		return false;
	out->len = (size_t) (r->at - out->at) - 1;
	return true;
}

/* name_of: of parameters MediaWiki says the name alone, "user" of "4::user" (ApiQueryLogEvents). */
static span
name_of(span key)
{
	const char *end = key.at + key.len;
	const char *p = memchr(key.at, ':', key.len);

	if (p != NULL)
		p = memchr(p + 1, ':', (size_t) (end - p - 1));
	return p == NULL ? key : (span){p + 1, (size_t) (end - p - 1)};
}

static bool
is_known(const span *keys, size_t count, span key)
{
	for (size_t i = 0; i < count; i++)
		if (keys[i].len == key.len && memcmp(keys[i].at, key.at, key.len) == 0)
			return true;
	return false;
}

/* is_list is true if the keys are 0, 1, 2, ...; of what cannot be read it does not matter. */
static bool
is_list(reader r, size_t count, int depth)
{
	int64 number;
	span key;

	for (size_t i = 0; i < count; i++)
		if (!read_key(&r, &key, &number) || number != (int64) i || !read_value(&r, NULL, depth))
			return false;
	return true;
}

static bool
read_list(reader *r, size_t count, StringInfo out, int depth)
{
	int64 number;
	span key;

	json_begin_array(out);
	for (size_t i = 0; i < count; i++)
	{
		if (!read_key(r, &key, &number))
			return false;
		json_element(out);
		if (!read_value(r, out, depth))
			return false;
	}
	json_end_array(out);
	return true;
}

/* read_object: of a key that comes twice PHP takes the later, a reader of JSON whichever it likes. */
static bool
read_object(reader *r, size_t count, StringInfo out, int depth)
{
	span keys[KEYS_MOST];
	int64 number;

	if (count > KEYS_MOST)
		return false;
	json_begin_object(out);
	for (size_t i = 0; i < count; i++)
	{
		if (!read_key(r, &keys[i], &number))
			return false;
		if (depth == 1)
			keys[i] = name_of(keys[i]);
		if (is_known(keys, i, keys[i]))
			return false;
		put_span(out, keys[i], true);
		if (!read_value(r, out, depth))
			return false;
	}
	json_end_object(out);
	return true;
}

/* skip_array reads without writing. */
static bool
skip_array(reader *r, size_t count, int depth)
{
	int64 number;
	span key;

	for (size_t i = 0; i < count; i++)
		if (!read_key(r, &key, &number) || !read_value(r, NULL, depth))
			return false;
	return true;
}

/* read_array reads an array behind "a:"; depth: of its values. */
static bool
read_array(reader *r, StringInfo out, int depth)
{
	size_t count;
	bool read;

	if (depth > DEPTH_MOST || !read_size(r, ":{", &count))
		return false;
	if (out == NULL)
		read = skip_array(r, count, depth);
	else if (is_list(*r, count, depth))
		read = read_list(r, count, out, depth);
	else
		read = read_object(r, count, out, depth);
	return read && take(r, "}");
}

/* ---- values ---- */

/* read_plain reads null, false or true. */
static bool
read_plain(reader *r, StringInfo out)
{
	const char *plain = take(r, "N;")     ? "null"
	                    : take(r, "b:0;") ? "false"
	                    : take(r, "b:1;") ? "true"
	                                      : NULL;

	if (plain != NULL && out != NULL)
		appendStringInfoString(out, plain);
	return plain != NULL;
}

/* read_scalar reads a value that holds no others. */
static bool
read_scalar(reader *r, StringInfo out)
{
	int64 number;
	span text;

	if (take(r, "s:"))
	{
		if (!read_text(r, &text))
			return false;
		if (out != NULL)
			put_span(out, text, false);
		return true;
	}
	if (take(r, "i:"))
	{
		if (!read_integer(r, &number))
			return false;
		if (out != NULL)
			appendStringInfo(out, INT64_FORMAT, number);
		return true;
	}
	if (!take(r, "d:"))
		return read_plain(r, out);
	if (!read_double(r, &text))
		return false;
	if (out != NULL)
		appendBinaryStringInfo(out, text.at, (int) text.len);
	return true;
}

/* read_value reads a value, and writes it unless out is NULL. depth: arrays that it is in. */
static bool
read_value(reader *r, StringInfo out, int depth)
{
	if (++r->values > VALUES_MOST)
		return false;
	return take(r, "a:") ? read_array(r, out, depth + 1) : read_scalar(r, out);
}

/* ---- parameters ---- */

/* put_lines writes the lines of old entries. */
static void
put_lines(StringInfo out, const char *params)
{
	json_begin_array(out);
	for (;;)
	{
		size_t len = strcspn(params, "\n");

		json_element(out);
		put_span(out, (span){params, len}, false);
		if (params[len] == '\0')
			break;
		params += len + 1;
	}
	json_end_array(out);
}

bool
log_params_put(StringInfo out, const char *params)
{
	reader r = {.at = params, .end = params + strlen(params)};
	int before = out->len;

	/* what PHP takes for false */
	if (params[0] == '\0' || strcmp(params, "0") == 0)
		return false;
	json_key(out, "log_params");
	if (strncmp(params, "a:", 2) != 0 || !is_digit(params[2]))
		put_lines(out, params);
	else if (!read_value(&r, out, 0) || r.at != r.end)
	{
		out->len = before;
		out->data[before] = '\0';
		return false;
	}
	return true;
}
