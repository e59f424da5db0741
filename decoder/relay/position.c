#define _GNU_SOURCE
/*
 * relay/position.c
 *	  The JSON form of a position; see position.h.
 */
#include "relay/position.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MICROSECONDS 1000000

void
relay_lsn_format(uint64_t lsn, char out[RELAY_LSN_SIZE])
{
	snprintf(out, RELAY_LSN_SIZE, "%" PRIX32 "/%" PRIX32, (uint32_t) (lsn >> 32), (uint32_t) lsn);
}

/* Reads one to eight hexadecimal digits; returns what follows, NULL if it is not so. */
static const char *
read_hex(const char *p, uint32_t *out)
{
	size_t digits = strspn(p, "0123456789abcdefABCDEF");

	if (digits < 1 || digits > 8)
		return NULL;
	*out = (uint32_t) strtoul(p, NULL, 16);
	return p + digits;
}

bool
relay_lsn_parse(const char *text, uint64_t *out)
{
	uint32_t high;
	uint32_t low;
	const char *p = read_hex(text, &high);

	if (p == NULL || *p != '/')
		return false;
	p = read_hex(p + 1, &low);
	if (p == NULL || *p != '\0')
		return false;
	*out = ((uint64_t) high << 32) | low;
	return true;
}

void
relay_time_format(int64_t microseconds, char out[RELAY_TIME_SIZE])
{
	int64_t fraction = microseconds % MICROSECONDS;
	time_t seconds = (time_t) (microseconds / MICROSECONDS);
	struct tm tm;
	size_t len;

	if (fraction < 0)
	{
		fraction += MICROSECONDS;
		seconds--;
	}
	if (gmtime_r(&seconds, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	len = strftime(out, RELAY_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + len, RELAY_TIME_SIZE - len, ".%06" PRId64 "Z", fraction);
}

bool
relay_time_parse(const char *text, int64_t *out)
{
	struct tm tm = {0};
	char *p = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	int64_t fraction = 0;

	if (p == NULL)
		return false;
	if (*p == '.')
	{
		if (strspn(p + 1, "0123456789") != 6)
			return false;
		fraction = strtol(p + 1, NULL, 10);
		p += 7;
	}
	if (strcmp(p, "Z") != 0)
		return false;
	*out = (int64_t) timegm(&tm) * MICROSECONDS + fraction;
	return true;
}

int64_t
relay_time_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t) now.tv_sec * MICROSECONDS + now.tv_nsec / 1000;
}

relay_point
relay_position_point(const relay_position *p)
{
	return (relay_point){.lsn = p->lsn, .ordinal = p->ordinal, .index = p->index};
}

int
relay_point_compare(const relay_point *a, const relay_point *b)
{
	if (a->lsn != b->lsn)
		return a->lsn < b->lsn ? -1 : 1;
	if (a->ordinal != b->ordinal)
		return a->ordinal < b->ordinal ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

static json_t *
lsn_to_json(uint64_t lsn)
{
	char text[RELAY_LSN_SIZE];

	relay_lsn_format(lsn, text);
	return json_string(text);
}

static json_t *
time_to_json(int64_t microseconds)
{
	char text[RELAY_TIME_SIZE];

	if (microseconds == 0)
		return json_null();
	relay_time_format(microseconds, text);
	return json_string(text);
}

static json_t *
point_to_json(const relay_point *p)
{
	return json_pack("{s:o, s:I, s:I}", "lsn", lsn_to_json(p->lsn), "ordinal",
	                 (json_int_t) p->ordinal, "index", (json_int_t) p->index);
}

json_t *
relay_position_to_json(const relay_position *p)
{
	const struct
	{
		const char *name;
		json_t *value;
	} members[] = {
	    {"lsn", lsn_to_json(p->lsn)},
	    {"ordinal", json_integer(p->ordinal)},
	    {"index", json_integer(p->index)},
	    {"source", json_string(p->source)},
	    {"gtid", json_string(p->gtid)},
	    {"commit_lsn", lsn_to_json(p->commit_lsn)},
	    {"commit_time", time_to_json(p->commit_time)},
	    {"events", json_integer((json_int_t) p->events)},
	    {"published_at", time_to_json(p->published_at)},
	    {"system", json_string(p->system)},
	    {"timeline", json_integer(p->timeline)},
	    {"accepts_gap", json_boolean(p->accepts_gap)},
	    {"previous", point_to_json(&p->previous)},
	};
	json_t *json = json_object();
	bool ok = json != NULL;

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (json_object_set_new(json, members[i].name, members[i].value) != 0)
			ok = false;
	if (p->request[0] != '\0' && json_object_set_new(json, "request", json_string(p->request)) != 0)
		ok = false;
	if (ok)
		return json;
	json_decref(json);
	return NULL;
}

/* Reads an optional time; absent and null are 0. */
static bool
read_time(const json_t *json, const char *name, int64_t *out)
{
	const json_t *value = json_object_get(json, name);

	*out = 0;
	if (value == NULL || json_is_null(value))
		return true;
	return json_is_string(value) && relay_time_parse(json_string_value(value), out);
}

/* Reads an optional text that must fit; absent is "". */
static bool
read_text(const json_t *json, const char *name, char *out, size_t size)
{
	const json_t *value = json_object_get(json, name);

	out[0] = '\0';
	if (value == NULL)
		return true;
	if (!json_is_string(value) || json_string_length(value) >= size)
		return false;
	memcpy(out, json_string_value(value), json_string_length(value) + 1);
	return true;
}

/* Reads a number that fits; absent is 0. */
static bool
read_u32(const json_t *json, const char *name, uint32_t *out)
{
	const json_t *value = json_object_get(json, name);

	*out = 0;
	if (value == NULL)
		return true;
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    json_integer_value(value) > UINT32_MAX)
		return false;
	*out = (uint32_t) json_integer_value(value);
	return true;
}

/* Absent is false. */
static bool
read_boolean(const json_t *json, const char *name, bool *out)
{
	const json_t *value = json_object_get(json, name);

	*out = json_is_true(value);
	return value == NULL || json_is_boolean(value);
}

/* Reads an LSN; absent is 0. */
static bool
read_lsn(const json_t *json, const char *name, uint64_t *out)
{
	const json_t *value = json_object_get(json, name);

	*out = 0;
	if (value == NULL)
		return true;
	return json_is_string(value) && relay_lsn_parse(json_string_value(value), out);
}

static bool
read_point(const json_t *json, relay_point *out)
{
	memset(out, 0, sizeof(*out));
	if (json == NULL)
		return true;
	return json_is_object(json) && read_lsn(json, "lsn", &out->lsn) &&
	       read_u32(json, "ordinal", &out->ordinal) && read_u32(json, "index", &out->index);
}

bool
relay_position_from_json(const json_t *json, relay_position *out)
{
	const json_t *events = json_object_get(json, "events");

	memset(out, 0, sizeof(*out));
	if (json_object_get(json, "lsn") == NULL || json_object_get(json, "ordinal") == NULL)
		return false;
	if (events != NULL && (!json_is_integer(events) || json_integer_value(events) < 0))
		return false;
	out->events = (uint64_t) json_integer_value(events);
	return read_lsn(json, "lsn", &out->lsn) && read_u32(json, "ordinal", &out->ordinal) &&
	       read_u32(json, "index", &out->index) &&
	       read_text(json, "source", out->source, sizeof(out->source)) &&
	       read_text(json, "gtid", out->gtid, sizeof(out->gtid)) &&
	       read_text(json, "request", out->request, sizeof(out->request)) &&
	       read_lsn(json, "commit_lsn", &out->commit_lsn) &&
	       read_text(json, "system", out->system, sizeof(out->system)) &&
	       read_u32(json, "timeline", &out->timeline) &&
	       read_boolean(json, "accepts_gap", &out->accepts_gap) &&
	       read_time(json, "commit_time", &out->commit_time) &&
	       read_time(json, "published_at", &out->published_at) &&
	       read_point(json_object_get(json, "previous"), &out->previous);
}

char *
relay_position_encode(const relay_position *p)
{
	json_t *json = relay_position_to_json(p);
	char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;

	json_decref(json);
	return text;
}

bool
relay_position_decode(const char *text, size_t len, relay_position *out)
{
	json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	bool ok = relay_position_from_json(json, out);

	json_decref(json);
	return ok;
}
