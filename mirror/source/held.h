/*
 * source/held.h
 *	  The records of a source transaction, held back until its end is known, so that what the source undid is left out. Pure.
 *
 * Holds HELD_MOST bytes: what is larger is handed on as it comes, and undone later.
 */
#ifndef MWMIRROR_SOURCE_HELD_H
#define MWMIRROR_SOURCE_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include "source/savepoints.h"

#define HELD_MOST ((size_t) 256 * 1024)

typedef struct held
{
	char *bytes;
	size_t size;
	size_t used;
	savepoints savepoints;
} held;

/* Nothing is held. */
void held_reset(held *h);

/*
 * Room for one more record; rows: it goes with an undo. NULL: it does not fit, or there is no memory for it: the caller hands on
 * everything.
 */
void *held_add(held *h, size_t size, bool rows);

/* A savepoint here (savepoints_add). */
bool held_savepoint(held *h, const char *name);

/* Undoes the rows behind the savepoint; false: there is no such (savepoints_find). */
bool held_undo_to(held *h, const char *name);

/* Undoes all rows. */
void held_undo(held *h);

/* The record at *place, 0 at first, which moves on; those that were undone are left out. NULL: there are no more. */
const void *held_next(const held *h, size_t *place, size_t *size);

void held_free(held *h);

#endif
