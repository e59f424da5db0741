/*
 * plugin/json.c
 *	  A JSON writer over StringInfo.
 */
#include "plugin/json.h"

#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#define TIME_LENGTH 20 /* YYYY-MM-DDTHH:MM:SSZ */

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

	if (c < sizeof(letters) && letters[c] != '\0')
	{
		json_byte(out, '\\');
		json_byte(out, letters[c]);
	}
	else
		appendStringInfo(out, "\\u%04x", c);
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
	enlargeStringInfo(out, MAXINT8LEN + 1);
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
	struct pg_tm tm;
	fsec_t fraction;

	return !TIMESTAMP_NOT_FINITE(value) &&
	       timestamp2tm(value, NULL, &tm, &fraction, NULL, NULL) == 0 && tm.tm_year >= 0 &&
	       tm.tm_year <= 9999;
}

/* put_digits writes a number of two digits; returns what follows. */
static inline char *
put_digits(char *p, int value)
{
	*p++ = (char) ('0' + value / 10);
	*p++ = (char) ('0' + value % 10);
	return p;
}

void
json_time(StringInfo out, TimestampTz value)
{
	struct pg_tm tm;
	fsec_t fraction;
	char *p;

	if (timestamp2tm(value, NULL, &tm, &fraction, NULL, NULL) != 0)
		ereport(ERROR,
		        (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range")));
	if (tm.tm_year < 0 || tm.tm_year > 9999)
	{
		appendStringInfo(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year, tm.tm_mon, tm.tm_mday,
		                 tm.tm_hour, tm.tm_min, tm.tm_sec);
		return;
	}
	enlargeStringInfo(out, TIME_LENGTH);
	p = put_digits(out->data + out->len, tm.tm_year / 100);
	p = put_digits(p, tm.tm_year % 100);
	*p++ = '-';
	p = put_digits(p, tm.tm_mon);
	*p++ = '-';
	p = put_digits(p, tm.tm_mday);
	*p++ = 'T';
	p = put_digits(p, tm.tm_hour);
	*p++ = ':';
	p = put_digits(p, tm.tm_min);
	*p++ = ':';
	p = put_digits(p, tm.tm_sec);
	*p++ = 'Z';
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
