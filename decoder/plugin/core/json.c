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
#define TIME_LENGTH 22  /* with its quotes */
#define COUNT_MOST ((INT64CONST(1) << 53) - 1)

/* 0000-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z */
#define FIRST_TIME (INT64CONST(-730485) * USECS_PER_DAY)
#define LAST_TIME (INT64CONST(2921940) * USECS_PER_DAY - 1)

/* json_byte appends one byte, and the NUL that a StringInfo ends with. */
static inline void
json_byte(StringInfo out, char c)
{
	json_reserve(out, 1);
	out->data[out->len++] = c;
	out->data[out->len] = '\0';
}

/* needs_comma: no value ends with an opening bracket, for a string ends with its quote. */
static inline bool
needs_comma(const StringInfoData *out)
{
	return out->len > 0 && out->data[out->len - 1] != '{' && out->data[out->len - 1] != '[';
}

static void
json_separate(StringInfo out)
{
	if (needs_comma(out))
		json_byte(out, ',');
}

char *
json_begin_key(StringInfo out, size_t len)
{
	char *p;

	json_reserve(out, len + 4);
	p = out->data + out->len;
	if (needs_comma(out))
		*p++ = ',';
	*p++ = '"';
	return p;
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

void
json_raw(StringInfo out, const char *json, size_t len)
{
	json_reserve(out, len);
	memcpy(out->data + out->len, json, len);
	out->len += (int) len;
	out->data[out->len] = '\0';
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
		json_raw(out, "\\u00", 4);
		json_byte(out, hex[c >> 4]);
		json_byte(out, hex[c & 15]);
	}
}

static inline bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c != '"' && c != '\\';
}

/* all_plain is true if none of eight bytes needs an escape: a byte's high bit is what tells that it is below 0x20, or, after XOR, 0. */
static inline bool
all_plain(const char *s)
{
	const uint64 ones = UINT64CONST(0x0101010101010101);
	const uint64 highs = ones << 7;
	uint64 bytes;
	uint64 quote;
	uint64 backslash;

	memcpy(&bytes, s, sizeof(bytes));
	quote = bytes ^ ones * '"';
	backslash = bytes ^ ones * '\\';
	return ((((bytes - ones * 0x20) & ~bytes) | ((quote - ones) & ~quote) |
	         ((backslash - ones) & ~backslash)) &
	        highs) == 0;
}

/* find_escaped returns the first byte from at on that cannot stand for itself; len: there is none. */
static size_t
find_escaped(const char *s, size_t at, size_t len)
{
	while (len - at >= sizeof(uint64) && all_plain(s + at))
		at += sizeof(uint64);
	if (len - at < sizeof(uint64) && at >= sizeof(uint64) && all_plain(s + len - sizeof(uint64)))
		return len; /* what is left is less than that: some bytes are looked at again */
	while (at < len && is_plain((unsigned char) s[at]))
		at++;
	return at;
}

void
json_string(StringInfo out, const char *s)
{
	size_t len = strlen(s);
	size_t plain = 0;
	size_t end;

	json_reserve(out, len + 2);
	out->data[out->len++] = '"';
	while ((end = find_escaped(s, plain, len)) < len)
	{
		json_raw(out, s + plain, end - plain);
		json_escape(out, (unsigned char) s[end]);
		plain = end + 1;
	}
	json_raw(out, s + plain, len - plain);
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
json_int(StringInfo out, int64 value)
{
	json_reserve(out, INTEGER_SIZE);
	out->len += pg_lltoa(value, out->data + out->len);
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
	for (int i = width - 1; i >= 0; i--)
	{
		p[i] = (char) ('0' + value % 10);
		value /= 10;
	}
	p[width] = after;
	return p + width + 1;
}

void
json_time(StringInfo out, TimestampTz value)
{
	struct pg_tm tm;
	fsec_t fraction;
	char *p;

	timestamp2tm(Min(Max(value, FIRST_TIME), LAST_TIME), NULL, &tm, &fraction, NULL, NULL);
	json_reserve(out, TIME_LENGTH);
	p = out->data + out->len;
	*p++ = '"';
	p = put_digits(p, tm.tm_year, 4, '-');
	p = put_digits(p, tm.tm_mon, 2, '-');
	p = put_digits(p, tm.tm_mday, 2, 'T');
	p = put_digits(p, tm.tm_hour, 2, ':');
	p = put_digits(p, tm.tm_min, 2, ':');
	p = put_digits(p, tm.tm_sec, 2, 'Z');
	*p++ = '"';
	*p = '\0';
	out->len += TIME_LENGTH;
}
