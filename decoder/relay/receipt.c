/*
 * relay/receipt.c
 *	  See receipt.h.
 */
#include "relay/receipt.h"

#include <stdlib.h>
#include <string.h>

#define LINES_LEAST 8

static bool
is_line(const receipt_line *l, const char *topic, int32_t partition)
{
	return l->partition == partition && strcmp(l->topic, topic) == 0;
}

/* The line of a partition, new if there is none; NULL without memory. Mostly it is the one of the last message. */
static receipt_line *
find_line(receipt *r, const char *topic, int32_t partition)
{
	receipt_line *l;

	if (r->latest < r->count && is_line(&r->lines[r->latest], topic, partition))
		return &r->lines[r->latest];
	for (r->latest = 0; r->latest < r->count; r->latest++)
		if (is_line(&r->lines[r->latest], topic, partition))
			return &r->lines[r->latest];
	if (r->count == r->capacity)
	{
		size_t capacity = r->capacity > 0 ? r->capacity * 2 : LINES_LEAST;
		receipt_line *lines = realloc(r->lines, capacity * sizeof(*lines));

		if (lines == NULL)
			return NULL;
		r->lines = lines;
		r->capacity = capacity;
	}
	l = &r->lines[r->count];
	*l = (receipt_line){.topic = strdup(topic), .partition = partition, .first = -1, .last = -1};
	if (l->topic == NULL)
		return NULL;
	r->count++;
	return l;
}

bool
receipt_add(receipt *r, const char *topic, int32_t partition, int64_t offset)
{
	receipt_line *l = find_line(r, topic, partition);

	if (l == NULL)
		return false;
	if (l->count == 0 || offset < l->first)
		l->first = offset;
	if (offset > l->last)
		l->last = offset;
	l->count++;
	return true;
}

void
receipt_clear(receipt *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->lines[i].topic);
	r->count = 0;
	r->latest = 0;
}

void
receipt_free(receipt *r)
{
	receipt_clear(r);
	free(r->lines);
	memset(r, 0, sizeof(*r));
}

json_t *
receipt_to_json(const receipt *r)
{
	json_t *array = json_array();

	for (size_t i = 0; array != NULL && i < r->count; i++)
	{
		const receipt_line *l = &r->lines[i];
		json_t *line = json_pack("{s:s, s:I, s:I, s:I, s:I}", "topic", l->topic, "partition",
		                         (json_int_t) l->partition, "first", (json_int_t) l->first, "last",
		                         (json_int_t) l->last, "count", (json_int_t) l->count);

		if (line == NULL || json_array_append_new(array, line) != 0)
		{
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static bool
line_from_json(json_t *json, receipt *out)
{
	const char *topic;
	json_int_t partition, first, last, count;
	receipt_line *l;

	if (json_unpack(json, "{s:s, s:I, s:I, s:I, s:I}", "topic", &topic, "partition", &partition,
	                "first", &first, "last", &last, "count", &count) != 0)
		return false;
	if (partition < 0 || partition > INT32_MAX || first < 0 || last < first || count < 1 ||
	    count > last - first + 1)
		return false;
	l = find_line(out, topic, (int32_t) partition);
	if (l == NULL || l->count != 0)
		return false;
	l->first = first;
	l->last = last;
	l->count = (uint64_t) count;
	return true;
}

bool
receipt_from_json(const json_t *json, receipt *out)
{
	size_t i;
	json_t *line;

	if (!json_is_array(json))
		return false;
	json_array_foreach((json_t *) (uintptr_t) json, i, line)
	{
		if (!line_from_json(line, out))
			return false;
	}
	return true;
}
