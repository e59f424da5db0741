/*
 * apply/search.h
 *	  Finds the rows that a change is for: by an index where one fits, else by looking at all rows.
 *
 * Rows match if all values that were given are equal, NULL being equal to NULL.
 */
#ifndef MWMIRROR_APPLY_SEARCH_H
#define MWMIRROR_APPLY_SEARCH_H

#include "postgres.h"

#include "apply/relation.h"
#include "apply/shape.h"

/* Values of a change, received. */
typedef struct received
{
	Datum *values;
	bool *nulls;
	const batch_value *from; /* as in the batch */
} received;

typedef struct search search;
typedef struct finder finder;

/*
 * Begins to look for rows by the shape's first columns; *p becomes where they can be. The values must last until the last
 * row was asked for. All that was written before is seen. Errors: a value that is needed to find rows is absent.
 */
finder *search_begin(opened *o, target *t, shape *s, const received *find, place **p);

/* The next row into the place's slot found; false if there is none. Use it before what it points to changes. */
bool search_next(opened *o, finder *f);

/* Ends all searches of a place. */
void search_end(place *p);

/* True if what is kept of searches depends on that relation. */
bool search_uses(const search *searches, Oid relid);

#endif
