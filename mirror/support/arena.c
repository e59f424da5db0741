/*
 * support/arena.c
 *	  A region of memory that is freed as a whole.
 *
 * Blocks form a list, the newest first; allocations come from the newest one. What does not fit in
 * a block gets a block of its own, put behind the newest so that the newest stays in use.
 */
#include "support/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_ALIGNMENT (_Alignof(max_align_t))

/* With the address sanitizer what is not allocated of a block may not be touched, and there is some of it behind each allocation. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define ARENA_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(ARENA_SANITIZED)
#include <sanitizer/asan_interface.h>
#define ARENA_GAP ARENA_ALIGNMENT
#define ARENA_FORBID(data, size) ASAN_POISON_MEMORY_REGION(data, size)
#define ARENA_ALLOW(data, size) ASAN_UNPOISON_MEMORY_REGION(data, size)
#else
#define ARENA_GAP 0
#define ARENA_FORBID(data, size) ((void) 0)
#define ARENA_ALLOW(data, size) ((void) 0)
#endif

typedef struct arena_block
{
	struct arena_block *next;
	size_t size; /* of data */
	size_t used;
	_Alignas(max_align_t) unsigned char data[];
} arena_block;

struct arena
{
	arena_block *blocks; /* never NULL */
	size_t block_size;
	size_t held; /* bytes from the system, headers included */
};

static arena_block *
arena_block_create(arena *a, size_t size)
{
	arena_block *block;

	if (size > SIZE_MAX - sizeof(arena_block))
		return NULL;
	block = malloc(sizeof(arena_block) + size);
	if (block == NULL)
		return NULL;
	block->next = NULL;
	block->size = size;
	block->used = 0;
	ARENA_FORBID(block->data, size);
	a->held += sizeof(arena_block) + size;
	return block;
}

arena *
arena_create(size_t block_size)
{
	arena *a = calloc(1, sizeof(arena));

	if (a == NULL)
		return NULL;
	a->block_size = block_size < 256 ? 256 : block_size;
	a->held = sizeof(arena);
	a->blocks = arena_block_create(a, a->block_size);
	if (a->blocks == NULL)
	{
		free(a);
		return NULL;
	}
	return a;
}

void *
arena_alloc(arena *a, size_t size)
{
	arena_block *block = a->blocks;
	size_t rounded;
	void *result;

	if (size > SIZE_MAX - ARENA_ALIGNMENT - ARENA_GAP)
		return NULL;
	rounded = (size + ARENA_ALIGNMENT - 1) / ARENA_ALIGNMENT * ARENA_ALIGNMENT;
	if (rounded == 0)
		rounded = ARENA_ALIGNMENT;
	rounded += ARENA_GAP;

	if (rounded > block->size - block->used)
	{
		bool own = rounded > a->block_size / 2;
		arena_block *fresh = arena_block_create(a, own ? rounded : a->block_size);

		if (fresh == NULL)
			return NULL;
		if (own)
		{
			fresh->next = block->next;
			block->next = fresh;
		}
		else
		{
			fresh->next = block;
			a->blocks = fresh;
		}
		block = fresh;
	}
	result = block->data + block->used;
	block->used += rounded;
	ARENA_ALLOW(result, size);
	return result;
}

void *
arena_alloc_zero(arena *a, size_t size)
{
	void *result = arena_alloc(a, size);

	if (result != NULL)
		memset(result, 0, size);
	return result;
}

char *
arena_copy(arena *a, const void *data, size_t len)
{
	char *result = len < SIZE_MAX ? arena_alloc(a, len + 1) : NULL;

	if (result == NULL)
		return NULL;
	if (len > 0)
		memcpy(result, data, len);
	result[len] = '\0';
	return result;
}

void
arena_reset(arena *a)
{
	arena_block *kept = NULL;
	arena_block *block = a->blocks;

	/* Any block of the usual size will do; the first block always had it, so there is one. */
	while (block != NULL)
	{
		arena_block *next = block->next;

		if (kept == NULL && block->size == a->block_size)
			kept = block;
		else
		{
			a->held -= sizeof(arena_block) + block->size;
			ARENA_ALLOW(block->data, block->size);
			free(block);
		}
		block = next;
	}
	kept->next = NULL;
	kept->used = 0;
	ARENA_FORBID(kept->data, kept->size);
	a->blocks = kept;
}

size_t
arena_size(const arena *a)
{
	return a->held;
}

void
arena_destroy(arena *a)
{
	if (a == NULL)
		return;
	while (a->blocks != NULL)
	{
		arena_block *next = a->blocks->next;

		ARENA_ALLOW(a->blocks->data, a->blocks->size);
		free(a->blocks);
		a->blocks = next;
	}
	free(a);
}
