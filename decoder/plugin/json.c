/*
 * plugin/json.c
 *	  A JSON writer over StringInfo.
 */
#include "plugin/json.h"

#include "pgtime.h"
#include "utils/timestamp.h"

static void
json_separate(StringInfo out)
{
	/* No value ends with an opening bracket: a string ends with its quote. */
	if (out->len > 0 && out->data[out->len - 1] != '{' && out->data[out->len - 1] != '[')
		appendStringInfoChar(out, ',');
}

void
json_key(StringInfo out, const char *key)
{
	json_separate(out);
	appendStringInfoChar(out, '"');
	appendStringInfoString(out, key);
	appendBinaryStringInfo(out, "\":", 2);
}

void
json_key_escaped(StringInfo out, const char *key)
{
	json_separate(out);
	json_string(out, key);
	appendStringInfoChar(out, ':');
}

void
json_begin_object(StringInfo out)
{
	appendStringInfoChar(out, '{');
}

void
json_end_object(StringInfo out)
{
	appendStringInfoChar(out, '}');
}

void
json_begin_array(StringInfo out)
{
	appendStringInfoChar(out, '[');
}

void
json_end_array(StringInfo out)
{
	appendStringInfoChar(out, ']');
}

/* json_escape writes what stands for one byte that cannot stand for itself. */
static void
json_escape(StringInfo out, unsigned char c)
{
	static const char letters[] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r',
	                               ['\t'] = 't', ['"'] = '"',  ['\\'] = '\\'};

	if (c < sizeof(letters) && letters[c] != '\0')
	{
		appendStringInfoChar(out, '\\');
		appendStringInfoChar(out, letters[c]);
	}
	else
		appendStringInfo(out, "\\u%04x", c);
}

void
json_string(StringInfo out, const char *s)
{
	const char *plain = s;
	const char *p;

	appendStringInfoChar(out, '"');
	for (p = s; *p != '\0'; p++)
	{
		unsigned char c = (unsigned char) *p;

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		appendBinaryStringInfo(out, plain, p - plain);
		json_escape(out, c);
		plain = p + 1;
	}
	appendBinaryStringInfo(out, plain, p - plain);
	appendStringInfoChar(out, '"');
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
	appendStringInfo(out, INT64_FORMAT, value);
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

void
json_time(StringInfo out, TimestampTz value)
{
	struct pg_tm tm;
	fsec_t fraction;

	if (timestamp2tm(value, NULL, &tm, &fraction, NULL, NULL) != 0)
		ereport(ERROR,
		        (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range")));
	appendStringInfo(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year, tm.tm_mon, tm.tm_mday,
	                 tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void
json_put_time(StringInfo out, const char *key, TimestampTz value)
{
	json_key(out, key);
	appendStringInfoChar(out, '"');
	json_time(out, value);
	appendStringInfoChar(out, '"');
}

void
json_put_raw(StringInfo out, const char *key, const char *json)
{
	json_key(out, key);
	appendStringInfoString(out, json);
}
