/*
 * php/serialized.c
 *	  Values as PHP's serialize() writes them; see serialized.h.
 *
 * Lengths and counts are decimal; a text is its bytes, without escapes.
 *
 *	value	N;						null
 *			b:0; b:1;				false, true
 *			i:DIGITS;				integer of 64 bits, with a sign '-' if it is negative
 *			d:NUMBER;				double: as JSON writes one, INF, -INF or NAN
 *			s:LENGTH:"BYTES";		text
 *			a:COUNT:{ key value ... }	array: COUNT of these, with nothing between; a key is i or s
 *			O:LENGTH:"CLASS":COUNT:{ name value ... }	object: members alike
 *
 * A member's name is s: NAME, or 0 '*' 0 NAME if it is protected, or 0 CLASS 0 NAME if it is private.
 * Not references, enumerations and what a class writes itself (R r E C): these are refused.
 */
#include "php/serialized.h"

#include <string.h>

#define LENGTH_DIGITS 10 /* of a length or count, at most */
#define LONG_DIGITS 19   /* of an integer of 64 bits, at most */
#define DOUBLE_MOST 64   /* bytes */

static size_t
left(const php_reader *r)
{
	return (size_t) (r->end - r->next);
}

static bool
take(php_reader *r, const char *text)
{
	size_t len = strlen(text);

	if (left(r) < len || memcmp(r->next, text, len) != 0)
		return false;
	r->next += len;
	return true;
}

static bool
at_digit(const php_reader *r)
{
	return r->next < r->end && *r->next >= '0' && *r->next <= '9';
}

/* take_digits reads at least one digit and at most so many. */
static bool
take_digits(php_reader *r, int most, uint64_t *out)
{
	int digits = 0;

	for (*out = 0; digits < most && at_digit(r); digits++)
		*out = *out * 10 + (uint64_t) (*r->next++ - '0');
	return digits > 0 && !at_digit(r);
}

static bool
read_length(php_reader *r, const char *after, size_t *out)
{
	uint64_t value;

	if (!take_digits(r, LENGTH_DIGITS, &value) || !take(r, after))
		return false;
	*out = (size_t) value;
	return true;
}

static bool
read_int(php_reader *r, php_value *out)
{
	bool negative;
	uint64_t value;

	out->kind = PHP_INT;
	out->text.at = r->next;
	negative = take(r, "-");
	if (!take_digits(r, LONG_DIGITS, &value) || value > (uint64_t) INT64_MAX + (negative ? 1 : 0))
		return false;
	out->number = negative ? (int64_t) (0 - value) : (int64_t) value;
	out->text.len = (size_t) (r->next - out->text.at);
	return take(r, ";");
}

static bool
read_double(php_reader *r, php_value *out)
{
	size_t most = left(r) < DOUBLE_MOST ? left(r) : DOUBLE_MOST;
	const char *end = memchr(r->next, ';', most);

	if (end == NULL)
		return false;
	out->kind = PHP_DOUBLE;
	out->text = (php_span){r->next, (size_t) (end - r->next)};
	r->next = end + 1;
	for (size_t i = 0; i < out->text.len; i++)
		if (memchr("0123456789+-.eEINFA", out->text.at[i], 19) == NULL)
			return false;
	return out->text.len > 0;
}

/* read_text reads LENGTH:"BYTES" and what follows. */
static bool
read_text(php_reader *r, const char *after, php_span *out)
{
	if (!read_length(r, ":\"", &out->len) || left(r) < out->len)
		return false;
	out->at = r->next;
	r->next += out->len;
	return take(r, after);
}

bool
php_read(php_reader *r, php_value *out)
{
	memset(out, 0, sizeof(*out));
	if (take(r, "s:"))
	{
		out->kind = PHP_STRING;
		return read_text(r, "\";", &out->text);
	}
	if (take(r, "i:"))
		return read_int(r, out);
	if (take(r, "a:"))
	{
		out->kind = PHP_ARRAY;
		return read_length(r, ":{", &out->count);
	}
	if (take(r, "O:"))
	{
		out->kind = PHP_OBJECT;
		return read_text(r, "\":", &out->text) && read_length(r, ":{", &out->count);
	}
	if (take(r, "b:"))
	{
		out->kind = PHP_BOOL;
		out->number = take(r, "1;");
		return out->number == 1 || take(r, "0;");
	}
	if (take(r, "d:"))
		return read_double(r, out);
	return take(r, "N;");
}

bool
php_read_key(php_reader *r, php_value *out)
{
	return php_read(r, out) && (out->kind == PHP_INT || out->kind == PHP_STRING);
}

bool
php_read_end(php_reader *r)
{
	return take(r, "}");
}

bool
php_skip(php_reader *r, int depth)
{
	php_value v, key;

	if (!php_read(r, &v))
		return false;
	if (v.kind != PHP_ARRAY && v.kind != PHP_OBJECT)
		return true;
	if (depth == 0)
		return false;
	for (size_t i = 0; i < v.count; i++)
		if (!php_read_key(r, &key) || !php_skip(r, depth - 1))
			return false;
	return php_read_end(r);
}

bool
php_member(php_span key, const char *name)
{
	const char *end = key.at + key.len;
	const char *second;

	if (key.len > 0 && key.at[0] == '\0')
	{
		second = memchr(key.at + 1, '\0', key.len - 1);
		if (second == NULL)
			return false;
		key = (php_span){second + 1, (size_t) (end - second - 1)};
	}
	return key.len == strlen(name) && memcmp(key.at, name, key.len) == 0;
}

#define FIND_DEPTH 8

bool
php_find_text(php_span array, const char *name, php_span *out)
{
	php_reader r = {array.at, array.at + array.len};
	php_value head;
	php_value key;
	php_value value;

	if (!php_read(&r, &head) || head.kind != PHP_ARRAY)
		return false;
	for (size_t i = 0; i < head.count; i++)
	{
		bool found;

		if (!php_read_key(&r, &key))
			return false;
		found = key.kind == PHP_STRING && key.text.len == strlen(name) &&
		        memcmp(key.text.at, name, key.text.len) == 0;
		if (!found && !php_skip(&r, FIND_DEPTH))
			return false;
		if (!found)
			continue;
		if (!php_read(&r, &value) || value.kind != PHP_STRING)
			return false;
		*out = value.text;
		return true;
	}
	return false;
}
