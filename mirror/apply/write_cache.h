/*
 * apply/write_cache.h
 *	  Prepared statements by the form of what they write, as many as the server should keep.
 */
#ifndef MWMIRROR_APPLY_WRITE_CACHE_H
#define MWMIRROR_APPLY_WRITE_CACHE_H

#include "apply/pipeline.h"
#include "apply/write_sql.h"
#include "support/status.h"

typedef struct write_statement
{
	char name[16];
	unsigned slot_count;
	write_slot *slots;
} write_statement;

typedef struct write_cache write_cache;

/* Keeps at most capacity prepared statements. NULL without memory. */
write_cache *write_cache_create(unsigned capacity);

void write_cache_destroy(write_cache *c);

/*
 * Finds or prepares (through the pipeline) the statement of a form; if there are too many, the one that was not used for longest goes. *out
 * lives until the next call.
 */
status write_cache_get(write_cache *c, pipeline *p, const write_form *form,
                       const write_statement **out);

#endif
