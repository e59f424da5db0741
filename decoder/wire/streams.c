/*
 * wire/streams.c
 *	  The table of streams; see streams.h.
 */
#include "wire/streams.h"

#include <string.h>

#define WEEK_MS "604800000"

const stream_info streams[] = {
    {"mediawiki.page_change.v1", 1, "delete", WEEK_MS},
};

const size_t stream_count = sizeof(streams) / sizeof(streams[0]);

const stream_info *
stream_find(const char *name, size_t len)
{
	for (size_t i = 0; i < stream_count; i++)
		if (strlen(streams[i].name) == len && memcmp(streams[i].name, name, len) == 0)
			return &streams[i];
	return NULL;
}
