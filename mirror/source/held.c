/*
 * source/held.c
 *	  The records of a source transaction, held back until its end is known; see held.h.
 */
#include "source/held.h"

#include <stdint.h>
#include <stdlib.h>

#define FIRST_SIZE ((size_t) 16 * 1024)

typedef struct held_record
{
	uint32_t size;
	bool rows;
	bool undone;
} held_record;

/* Records begin where a header may. */
static size_t
room_of(size_t size)
{
	return sizeof(held_record) +
	       (size + sizeof(held_record) - 1) / sizeof(held_record) * sizeof(held_record);
}

static held_record *
record_at(const held *h, size_t place)
{
	return (held_record *) (void *) (h->bytes + place);
}

void
held_reset(held *h)
{
	h->used = 0;
	savepoints_reset(&h->savepoints);
}

void
held_free(held *h)
{
	free(h->bytes);
	savepoints_free(&h->savepoints);
	*h = (held){0};
}

void *
held_add(held *h, size_t size, bool rows)
{
	size_t grown = h->size == 0 ? FIRST_SIZE : h->size;
	held_record *r;

	if (size > HELD_MOST || h->used + room_of(size) > HELD_MOST)
		return NULL;
	while (grown < h->used + room_of(size))
		grown *= 2;
	if (grown != h->size)
	{
		char *bytes = realloc(h->bytes, grown);

		if (bytes == NULL)
			return NULL;
		h->bytes = bytes;
		h->size = grown;
	}
	r = record_at(h, h->used);
	*r = (held_record){.size = (uint32_t) size, .rows = rows};
	h->used += room_of(size);
	return r + 1;
}

bool
held_savepoint(held *h, const char *name)
{
	return savepoints_add(&h->savepoints, name, h->used);
}

static void
undo_from(held *h, size_t place)
{
	for (; place < h->used; place += room_of(record_at(h, place)->size))
		record_at(h, place)->undone |= record_at(h, place)->rows;
}

bool
held_undo_to(held *h, const char *name)
{
	uint64_t place;

	if (!savepoints_find(&h->savepoints, name, &place))
		return false;
	undo_from(h, (size_t) place);
	return true;
}

void
held_undo(held *h)
{
	undo_from(h, 0);
}

const void *
held_next(const held *h, size_t *place, size_t *size)
{
	while (*place < h->used)
	{
		const held_record *r = record_at(h, *place);

		*place += room_of(r->size);
		if (r->undone)
			continue;
		*size = r->size;
		return r + 1;
	}
	return NULL;
}
