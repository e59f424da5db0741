/*
 * apply/switched.h
 *	  Streams of the module (plugin/core/registry.h), and state streams that references need, as sets; and which are on.
 */
#ifndef MWMIRROR_APPLY_SWITCHED_H
#define MWMIRROR_APPLY_SWITCHED_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "utils/snapshot.h"

/* Makes state streams that are named in an array of texts known. */
void switched_add(Datum names);

/* All state streams that are known. */
uint64 switched_states(void);

/* The name of the stream with that number, which is in a set. */
const char *switched_name(int number);

/* Those that are named in an array of texts; names that are not known are passed over. */
uint64 switched_find(Datum names);

/*
 * Those that are on of one wiki at least, as the snapshot shows mwmirror.stream and mwmirror.wiki. *state_tables: names of the tables of which a
 * state stream is, char *, in the current memory.
 */
uint64 switched_on(Snapshot snapshot, List **state_tables);

#endif
