/*
 * plugin/stream/log_params.c
 *	  Parameters of log entries; see log_params.h.
 *
 * A serialized value (php/serialized.c) becomes JSON. An array with the keys 0, 1, 2, ... in that order is JSON's array, another
 * an object, as PHP's json_encode has it. Objects are refused, and so is whatever does not fit to the last byte.
 */
#include "plugin/stream/log_params.h"

#include "php/serialized.h"
#include "plugin/core/json.h"

#define DEPTH_MOST 8
#define VALUES_MOST 20000 /* in all */
#define KEYS_MOST 200     /* of an object: each is compared with all */

typedef struct reader
{
	php_reader in;
	int values;
} reader;

static bool read_value(reader *r, StringInfo out, int depth);

/* skip_digits returns where at least one digit ends; NULL: there is none, or p is NULL. */
static const char *
skip_digits(const char *p)
{
	size_t digits = p == NULL ? 0 : strspn(p, "0123456789");

	return digits == 0 ? NULL : p + digits;
}

/* True if a double is a number in JSON too. A ';' follows it. */
static bool
is_json_number(php_span number)
{
	const char *p = number.at;

	if (*p == '-')
		p++;
	p = p[0] == '0' && p[1] >= '0' && p[1] <= '9' ? NULL : skip_digits(p);
	if (p != NULL && *p == '.')
		p = skip_digits(p + 1);
	if (p != NULL && (*p == 'e' || *p == 'E'))
		p = skip_digits(p[1] == '+' || p[1] == '-' ? p + 2 : p + 1);
	return p == number.at + number.len;
}

static void
put_span(StringInfo out, php_span text, bool is_key)
{
	char *copy = pnstrdup(text.at, text.len);

	if (is_key)
		json_key_escaped(out, copy);
	else
		json_string(out, copy);
	pfree(copy);
}

/* ---- arrays ---- */

/* name_of: of parameters MediaWiki says the name alone, "user" of "4::user" (ApiQueryLogEvents). */
static php_span
name_of(php_span key)
{
	const char *end = key.at + key.len;
	const char *p = memchr(key.at, ':', key.len);

	if (p != NULL)
		p = memchr(p + 1, ':', (size_t) (end - p - 1));
	return p == NULL ? key : (php_span){p + 1, (size_t) (end - p - 1)};
}

static bool
is_known(const php_span *keys, size_t count, php_span key)
{
	for (size_t i = 0; i < count; i++)
		if (keys[i].len == key.len && memcmp(keys[i].at, key.at, key.len) == 0)
			return true;
	return false;
}

/* is_list is true if the keys are 0, 1, 2, ...; of what cannot be read it does not matter. */
static bool
is_list(php_reader r, size_t count, int depth)
{
	php_value key;

	for (size_t i = 0; i < count; i++)
		if (!php_read_key(&r, &key) || key.kind != PHP_INT || key.number != (int64) i ||
		    !php_skip(&r, DEPTH_MOST - depth))
			return false;
	return true;
}

static bool
read_list(reader *r, size_t count, StringInfo out, int depth)
{
	php_value key;

	json_begin_array(out);
	for (size_t i = 0; i < count; i++)
	{
		if (!php_read_key(&r->in, &key))
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
	php_span keys[KEYS_MOST];
	php_value key;

	if (count > KEYS_MOST)
		return false;
	json_begin_object(out);
	for (size_t i = 0; i < count; i++)
	{
		if (!php_read_key(&r->in, &key))
			return false;
		keys[i] = depth == 1 ? name_of(key.text) : key.text;
		if (is_known(keys, i, keys[i]))
			return false;
		put_span(out, keys[i], true);
		if (!read_value(r, out, depth))
			return false;
	}
	json_end_object(out);
	return true;
}

/* read_array reads what is in an array; depth: of its values. */
static bool
read_array(reader *r, size_t count, StringInfo out, int depth)
{
	bool read;

	if (depth > DEPTH_MOST)
		return false;
	read = is_list(r->in, count, depth) ? read_list(r, count, out, depth)
	                                    : read_object(r, count, out, depth);
	return read && php_read_end(&r->in);
}

/* ---- values ---- */

/* read_value writes the value that comes next. depth: arrays that it is in. */
static bool
read_value(reader *r, StringInfo out, int depth)
{
	php_value v;

	if (++r->values > VALUES_MOST || !php_read(&r->in, &v))
		return false;
	switch (v.kind)
	{
		case PHP_NULL:
			appendStringInfoString(out, "null");
			return true;
		case PHP_BOOL:
			appendStringInfoString(out, v.number != 0 ? "true" : "false");
			return true;
		case PHP_INT:
			appendStringInfo(out, INT64_FORMAT, v.number);
			return true;
		case PHP_DOUBLE:
			appendBinaryStringInfo(out, v.text.at, (int) v.text.len);
			return is_json_number(v.text);
		case PHP_STRING:
			put_span(out, v.text, false);
			return true;
		case PHP_ARRAY:
			return read_array(r, v.count, out, depth + 1);
		case PHP_OBJECT:
			break;
	}
	return false;
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
		put_span(out, (php_span){params, len}, false);
		if (params[len] == '\0')
			break;
		params += len + 1;
	}
	json_end_array(out);
}

bool
log_params_put(StringInfo out, const char *params)
{
	reader r = {.in = {params, params + strlen(params)}};
	int before = out->len;

	/* what PHP takes for false */
	if (params[0] == '\0' || strcmp(params, "0") == 0)
		return false;
	json_key(out, "log_params");
	if (strncmp(params, "a:", 2) != 0 || skip_digits(params + 2) == NULL)
		put_lines(out, params);
	else if (!read_value(&r, out, 0) || r.in.next != r.in.end)
	{
		out->len = before;
		out->data[before] = '\0';
		return false;
	}
	return true;
}
