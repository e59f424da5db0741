/*
 * apply/noted.h
 *	  Rows that statements wrote, beside mwmirror.apply(): noted by their RETURNING, for the references of their source transaction. And those
 *	  that a request tells again.
 *
 * Bounded: what is noted beyond NOTED_MOST bytes is left out with a warning.
 */
#ifndef MWMIRROR_APPLY_NOTED_H
#define MWMIRROR_APPLY_NOTED_H

#include "postgres.h"

#include "access/htup.h"
#include "apply/graph.h"

#define NOTED_MOST ((Size) 32 << 20)

typedef struct noted_row
{
	Oid relid;
	graph_side side; /* GRAPH_AFTER, GRAPH_GONE, GRAPH_TOLD */
	HeapTupleData tuple;
	struct noted_row *next;
} noted_row;

/* Those that were noted since the last call, in that order; they stay until noted_forget. NULL: none. */
const noted_row *noted_take(void);

void noted_forget(void);

/* Notes a row of a table that streams, by number, are to tell again; it is copied. */
void noted_tell(Oid relid, HeapTuple row, uint64 streams);

/* True if rows are told, and by which streams: what only others need is not followed. */
bool noted_is_told(uint64 *streams);

#endif
