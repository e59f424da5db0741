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

/* Writes a key and its colon; the value must follow. key must need no escapes. */
extern void json_key(StringInfo out, const char *key);
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

/* Key and value. */
extern void json_put_string(StringInfo out, const char *key, const char *value);
extern void json_put_int(StringInfo out, const char *key, int64 value);
extern void json_put_bool(StringInfo out, const char *key, bool value);
/* YYYY-MM-DDTHH:MM:SSZ, in UTC; for a time that is not json_time_is_writable the nearest that is. */
extern void json_put_time(StringInfo out, const char *key, TimestampTz value);
/* Key and a value that is JSON already. */
extern void json_put_raw(StringInfo out, const char *key, const char *json);

/* True if the time can be written with a year of four digits. */
extern bool json_time_is_writable(TimestampTz value);
/* True for 0 to 2^53 - 1: ids, sizes and counts that every reader of JSON holds, and that schemas allow. */
extern bool json_count_is_writable(int64 value);

#endif
