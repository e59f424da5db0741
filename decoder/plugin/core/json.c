/*
 * plugin/core/json.c
 *	  A JSON writer over StringInfo.
 *
 * Of the server it calls only functions that the unit test can stand in for. Strings are escaped here and not by its escape_json():
 * that copies byte by byte before PostgreSQL 18.
 */
#include "plugin/core/json.h"

#include "utils/builtins.h"
#include "utils/datetime.h"

#define INTEGER_SIZE 21 /* of the least int64, with its sign and a NUL */
#define TIME_LENGTH 20
#define COUNT_MOST ((INT64CONST(1) << 53) - 1)

/* 0000-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z */
#define FIRST_TIME (INT64CONST(-730485) * USECS_PER_DAY)
#define LAST_TIME (INT64CONST(2921940) * USECS_PER_DAY - 1)

/* json_byte appends one byte, and the NUL that a StringInfo ends with. */
static inline void
json_byte(StringInfo out, char c)
{
	if (out->len + 1 >= out->maxlen)
		enlargeStringInfo(out, 1);
	out->data[out->len++] = c;
	out->data[out->len] = '\0';
}

static void
json_separate(StringInfo out)
{
	/* No value ends with an opening bracket: a string ends with its quote. */
	if (out->len > 0 && out->data[out->len - 1] != '{' && out->data[out->len - 1] != '[')
		json_byte(out, ',');
}

void
json_key(StringInfo out, const char *key)
{
	size_t len = strlen(key);
	char *p;

	json_separate(out);
	enlargeStringInfo(out, (int) len + 3);
	p = out->data + out->len;
	*p++ = '"';
	memcpy(p, key, len);
	memcpy(p + len, "\":", 3);
	out->len += (int) len + 3;
}

void
json_key_escaped(StringInfo out, const char *key)
{
	json_separate(out);
	json_string(out, key);
	json_byte(out, ':');
}

void
json_begin_object(StringInfo out)
{
	json_byte(out, '{');
}

void
json_begin_element(StringInfo out)
{
	json_separate(out);
	json_byte(out, '{');
}

void
json_end_object(StringInfo out)
{
	json_byte(out, '}');
}

void
json_begin_array(StringInfo out)
{
	json_byte(out, '[');
}

void
json_end_array(StringInfo out)
{
	json_byte(out, ']');
}

/* json_escape writes what stands for one byte that cannot stand for itself. */
static void
json_escape(StringInfo out, unsigned char c)
{
	static const char letters[] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r',
	                               ['\t'] = 't', ['"'] = '"',  ['\\'] = '\\'};
	static const char hex[] = "0123456789abcdef";

	if (c < sizeof(letters) && letters[c] != '\0')
	{
		json_byte(out, '\\');
		json_byte(out, letters[c]);
	}
	else
	{
		appendStringInfoString(out, "\\u00");
		json_byte(out, hex[c >> 4]);
		json_byte(out, hex[c & 15]);
	}
}

void
json_string(StringInfo out, const char *s)
{
	const char *plain = s;
	const char *p;

	json_byte(out, '"');
	for (p = s; *p != '\0'; p++)
	{
		unsigned char c = (unsigned char) *p;

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		if (p > plain)
			appendBinaryStringInfo(out, plain, p - plain);
		json_escape(out, c);
		plain = p + 1;
	}
	appendBinaryStringInfo(out, plain, p - plain);
	json_byte(out, '"');
}

void
json_element(StringInfo out)
{
	json_separate(out);
}

void
json_element_string(StringInfo out, const char *s)
{
	json_separate(out);
	json_string(out, s);
}

void
json_put_string(StringInfo out, const char *key, const char *value)
{
	json_key(out, key);
	json_string(out, value);
}

void
json_put_int(StringInfo out, const char *key, int64 value)
{
	json_key(out, key);
	enlargeStringInfo(out, INTEGER_SIZE);
	out->len += pg_lltoa(value, out->data + out->len);
}

void
json_put_bool(StringInfo out, const char *key, bool value)
{
	json_key(out, key);
	appendStringInfoString(out, value ? "true" : "false");
}

bool
json_time_is_writable(TimestampTz value)
{
	return value >= FIRST_TIME && value <= LAST_TIME;
}

bool
json_count_is_writable(int64 value)
{
	return value >= 0 && value <= COUNT_MOST;
}

/* put_digits writes a number with leading zeros, and what follows it; returns where that ends. */
static inline char *
put_digits(char *p, int value, int width, char after)
{
	p = pg_ultostr_zeropad(p, (uint32) value, width);
	*p++ = after;
	return p;
}

static void
json_time(StringInfo out, TimestampTz value)
{
	struct pg_tm tm;
	fsec_t fraction;
	char *p;

	timestamp2tm(Min(Max(value, FIRST_TIME), LAST_TIME), NULL, &tm, &fraction, NULL, NULL);
	enlargeStringInfo(out, TIME_LENGTH);
	p = out->data + out->len;
	p = put_digits(p, tm.tm_year, 4, '-');
	p = put_digits(p, tm.tm_mon, 2, '-');
	p = put_digits(p, tm.tm_mday, 2, 'T');
	p = put_digits(p, tm.tm_hour, 2, ':');
	p = put_digits(p, tm.tm_min, 2, ':');
	p = put_digits(p, tm.tm_sec, 2, 'Z');
	*p = '\0';
	out->len += TIME_LENGTH;
}

void
json_put_time(StringInfo out, const char *key, TimestampTz value)
{
	json_key(out, key);
	json_byte(out, '"');
	json_time(out, value);
	json_byte(out, '"');
}

void
json_put_raw(StringInfo out, const char *key, const char *json)
{
	json_key(out, key);
	appendStringInfoString(out, json);
}
