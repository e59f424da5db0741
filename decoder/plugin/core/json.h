/*
 * plugin/core/json.h
 *	  Writes JSON text, compact, in the order of the calls. Knows nothing but StringInfo.
 *
 * A comma is put before a key or an array element unless it is the first.
 */
#ifndef MWMIRROR_CORE_JSON_H
#define MWMIRROR_CORE_JSON_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "lib/stringinfo.h"

/* Makes room for n bytes more and the NUL behind them: most calls of the server's function find that there is. */
static inline void
json_reserve(StringInfo out, size_t n)
{
	if ((size_t) (out->maxlen - out->len) <= n)
		enlargeStringInfo(out, (int) n);
}

/* Writes the comma, if there must be one, and a quote; returns where the text of a key goes, with room for len bytes and 3. */
extern char *json_begin_key(StringInfo out, size_t len);

/* Writes a key and its colon; the value must follow. key must need no escapes. Inline, for most keys have a known length. */
static inline void
json_key(StringInfo out, const char *key)
{
	size_t len = strlen(key);
	char *p = json_begin_key(out, len);

	memcpy(p, key, len);
	memcpy(p + len, "\":", 3);
	out->len = (int) (p + len + 2 - out->data);
}

/* As json_key, for a key that may need escapes. */
extern void json_key_escaped(StringInfo out, const char *key);

extern void json_begin_object(StringInfo out);
extern void json_end_object(StringInfo out);
/* As json_begin_object, for an object that is an element of an array. */
extern void json_begin_element(StringInfo out);
extern void json_begin_array(StringInfo out);
extern void json_end_array(StringInfo out);
/* Before an element of an array, which must follow. */
extern void json_element(StringInfo out);

/* A string value of valid UTF-8; quotes, backslashes and control characters are escaped. */
extern void json_string(StringInfo out, const char *s);
/* The same as an element of an array. */
extern void json_element_string(StringInfo out, const char *s);

extern void json_int(StringInfo out, int64 value);
/* YYYY-MM-DDTHH:MM:SSZ as a string, in UTC; for a time that is not json_time_is_writable the nearest that is. */
extern void json_time(StringInfo out, TimestampTz value);
/* What is JSON already. */
extern void json_raw(StringInfo out, const char *json, size_t len);

/* Key and value. */
static inline void
json_put_string(StringInfo out, const char *key, const char *value)
{
	json_key(out, key);
	json_string(out, value);
}

static inline void
json_put_int(StringInfo out, const char *key, int64 value)
{
	json_key(out, key);
	json_int(out, value);
}

static inline void
json_put_bool(StringInfo out, const char *key, bool value)
{
	json_key(out, key);
	json_raw(out, value ? "true" : "false", value ? 4 : 5);
}

static inline void
json_put_time(StringInfo out, const char *key, TimestampTz value)
{
	json_key(out, key);
	json_time(out, value);
}

static inline void
json_put_raw(StringInfo out, const char *key, const char *json)
{
	json_key(out, key);
	json_raw(out, json, strlen(json));
}

/* True if the time can be written with a year of four digits. */
extern bool json_time_is_writable(TimestampTz value);
/* True for 0 to 2^53 - 1: ids, sizes and counts that every reader of JSON holds, and that schemas allow. */
extern bool json_count_is_writable(int64 value);

#endif
