/*
 * plugin/core/spool.h
 *	  Records that are added one behind the other and found by their place; the last are in memory, the others in a temporary file.
 *
 * A record begins with its size in bytes, a uint32; sizes and places are multiples of 8. A place stays what it is until the
 * spool is emptied; it is never 0. The file counts within temp_file_limit. Errors of it are raised with their own SQLSTATEs.
 */
#ifndef MWMIRROR_CORE_SPOOL_H
#define MWMIRROR_CORE_SPOOL_H

#include "postgres.h"

typedef struct spool spool;

#define SPOOL_FIRST_PLACE 8
#define SPOOL_LOADS 2 /* records from the file that can be held at once */

/* Makes an empty one in a child of parent, with at most so many bytes in memory, or one record that is larger. */
extern spool *spool_create(MemoryContext parent, uint64 most);

/* Removes all records. */
extern void spool_reset(spool *s);

/* The same, after a PG transaction that failed: the server has closed the file itself. */
extern void spool_abandon(spool *s);

/* Place of the record that is added next. */
extern uint64 spool_end(const spool *s);

/* Adds a copy of a record; returns its place. */
extern uint64 spool_append(spool *s, const void *record);

/* The record at a place; it stays until records are added, or the next call with the same number, below SPOOL_LOADS. */
extern const void *spool_load(spool *s, uint64 place, int number);

/* The record itself, if it is in memory still, to be changed but for its size; NULL: it is not. Stays until records are added. */
extern void *spool_writable(spool *s, uint64 place);

#endif
