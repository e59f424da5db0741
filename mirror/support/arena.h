/*
 * support/arena.h
 *	  A region of memory that is freed as a whole: one per source transaction.
 */
#ifndef MWMIRROR_SUPPORT_ARENA_H
#define MWMIRROR_SUPPORT_ARENA_H

#include <stddef.h>

typedef struct arena arena;

/* Returns an empty arena whose blocks have block_size bytes, or NULL without memory. */
arena *arena_create(size_t block_size);

/* Returns size bytes aligned for any type, not zeroed; NULL without memory. Owned by the arena. */
void *arena_alloc(arena *a, size_t size);

/* As arena_alloc, zeroed. */
void *arena_alloc_zero(arena *a, size_t size);

/* Copies len bytes and adds a NUL; NULL without memory. */
char *arena_copy(arena *a, const void *data, size_t len);

/* Frees all that was allocated; keeps one block for the next use. */
void arena_reset(arena *a);

/* Bytes that the arena holds from the system. */
size_t arena_size(const arena *a);

void arena_destroy(arena *a);

#endif
