/*
 * plugin/core/json.c
 *	  A JSON writer over StringInfo.
 *
 * Calls nothing of the server but StringInfo, so that it can be tested without one.
 */
#include "plugin/core/json.h"

#define INTEGER_LENGTH 20 /* of the least int64, with its sign */
#define COUNT_MOST ((INT64CONST(1) << 53) - 1)

#define DAYS_OF_ERA 146097 /* 400 years */
#define SECONDS_OF_DAY INT64CONST(86400)
/* 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z, in seconds since 2000 */
#define FIRST_SECOND (INT64CONST(-730485) * SECONDS_OF_DAY)
#define LAST_SECOND (INT64CONST(2921940) * SECONDS_OF_DAY - 1)

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
	char digits[INTEGER_LENGTH];
	char *end = digits + sizeof(digits);
	char *p = end;
	uint64 rest = value < 0 ? 0 - (uint64) value : (uint64) value;

	do
		*--p = (char) ('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (value < 0)
		*--p = '-';
	json_key(out, key);
	appendBinaryStringInfo(out, p, (int) (end - p));
}

void
json_put_bool(StringInfo out, const char *key, bool value)
{
	json_key(out, key);
	appendStringInfoString(out, value ? "true" : "false");
}

/* floor_divide rounds towards the past, as time before an epoch needs. */
static inline int64
floor_divide(int64 a, int64 b)
{
	return a / b - (a % b < 0 ? 1 : 0);
}

bool
json_time_is_writable(TimestampTz value)
{
	int64 second = floor_divide(value, USECS_PER_SEC);

	return second >= FIRST_SECOND && second <= LAST_SECOND;
}

bool
json_count_is_writable(int64 value)
{
	return value >= 0 && value <= COUNT_MOST;
}

/* put_digits writes a number of two digits; returns what follows. */
static inline char *
put_digits(char *p, int value)
{
	*p++ = (char) ('0' + value / 10);
	*p++ = (char) ('0' + value % 10);
	return p;
}

/*
 * put_date writes the date of a day since 2000-01-01, by the Gregorian calendar. Years are counted from March,
 * so that the leap day is the last of its year, and from 400 years early, so that no number is negative.
 */
static char *
put_date(char *p, int64 day)
{
	int64 since = day + 730425 + DAYS_OF_ERA; /* days since -0400-03-01 */
	int64 of_era = since % DAYS_OF_ERA;
	int64 year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64 of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int month_from_march = (int) ((5 * of_year + 2) / 153);
	int month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
	int year = (int) (since / DAYS_OF_ERA * 400 + year_of_era - 400) + (month <= 2 ? 1 : 0);

	p = put_digits(p, year / 100);
	p = put_digits(p, year % 100);
	*p++ = '-';
	p = put_digits(p, month);
	*p++ = '-';
	return put_digits(p, (int) (of_year - (153 * month_from_march + 2) / 5) + 1);
}

void
json_time(StringInfo out, TimestampTz value)
{
	int64 second = floor_divide(value, USECS_PER_SEC);
	int of_day;
	char *p;

	second = Min(Max(second, FIRST_SECOND), LAST_SECOND);
	of_day = (int) (second - floor_divide(second, SECONDS_OF_DAY) * SECONDS_OF_DAY);
	enlargeStringInfo(out, JSON_TIME_LENGTH);
	p = put_date(out->data + out->len, floor_divide(second, SECONDS_OF_DAY));
	*p++ = 'T';
	p = put_digits(p, of_day / 3600);
	*p++ = ':';
	p = put_digits(p, of_day / 60 % 60);
	*p++ = ':';
	p = put_digits(p, of_day % 60);
	*p++ = 'Z';
	*p = '\0';
	out->len += JSON_TIME_LENGTH;
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
