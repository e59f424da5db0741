/*
 * plugin/core/places.h
 *	  Where records of a spool are, by the hash of a key: in memory up to a number of keys, then in temporary files.
 *
 * What does not fit into memory is written out as a run: sorted by hash, in pages, of which the first hash of each stays in memory.
 * Eight runs of a size become one of the next, so that a search reads few pages and memory grows by 8 bytes in 512 keys.
 */
#ifndef MWMIRROR_CORE_PLACES_H
#define MWMIRROR_CORE_PLACES_H

#include "postgres.h"

typedef struct places places;

/* A search, from the newest place to the oldest. */
typedef struct places_scan
{
	places *places;
	uint64 hash;
	int run;   /* to look in next; -1: in memory */
	uint64 at; /* next in the run */
	bool in_run;
} places_scan;

/* Makes an empty one in a child of parent, with at most so many keys in memory: 16 to 36 bytes each. */
extern places *places_create(MemoryContext parent, uint32 most);

/* Forgets all. */
extern void places_reset(places *p);

/* The same, after a PG transaction that failed: the server has closed the files itself. */
extern void places_abandon(places *p);

/*
 * places_put
 *	 A record with that hash is at the place; places only grow. Returns the place of the one before it, which no search returns
 *	 any more; 0: there was none, or a search still returns it.
 */
extern uint64 places_put(places *p, uint64 hash, uint64 place);

/* Begins a search. Nothing may be put before its last call of places_next. */
extern void places_find(places_scan *scan, places *p, uint64 hash);

/* The next place; 0: no more. */
extern uint64 places_next(places_scan *scan);

/* Places before that one are not needed any more; a search may return them all the same. */
extern void places_forget_before(places *p, uint64 place);

#endif
