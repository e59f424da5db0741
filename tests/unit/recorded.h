/*
 * tests/unit/recorded.h
 *	  Reads the binlog events of tests/data/binlog.
 */
#ifndef MWMIRROR_TESTS_RECORDED_H
#define MWMIRROR_TESTS_RECORDED_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct recorded_event
{
	uint8_t type;
	uint32_t len;
	uint8_t *body; /* malloc'd with exactly len bytes, so that a read behind it is seen */
} recorded_event;

#define RECORDED_MOST 200

/* Loads a case's events; their count, 0 if the file is not there. */
static inline size_t
recorded_load(const char *name, recorded_event out[RECORDED_MOST])
{
	char path[600];
	uint8_t head[5];
	size_t count = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/binlog/%s.events", TEST_DATA, name);
	f = fopen(path, "rb");
	if (f == NULL)
		return 0;
	while (count < RECORDED_MOST && fread(head, 1, 5, f) == 5)
	{
		recorded_event *e = &out[count];

		e->type = head[0];
		e->len = (uint32_t) head[1] | (uint32_t) head[2] << 8 | (uint32_t) head[3] << 16 |
		         (uint32_t) head[4] << 24;
		e->body = malloc(e->len > 0 ? e->len : 1);
		if (e->body == NULL || fread(e->body, 1, e->len, f) != e->len)
			abort();
		count++;
	}
	fclose(f);
	return count;
}

static inline void
recorded_free(recorded_event *events, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(events[i].body);
}

#endif
