/*
 * apply/undone.h
 *	  Which row events of source transactions the source has undone: rolled back, as a whole or to a savepoint, or cut off by
 *	  a crash. Pure.
 *
 * That is known only once they were applied, for the transactions that the reader cannot hold back (source/held.h). So it outlives the
 * attempt to follow that learnt it, and the next one leaves these events out. Each attempt looks for itself what is undone: where that
 * is not what was known, as another server's binlog may have other events, it is learnt anew.
 */
#ifndef MWMIRROR_APPLY_UNDONE_H
#define MWMIRROR_APPLY_UNDONE_H

#include <stdbool.h>
#include "source/gtid.h"
#include "source/savepoints.h"

typedef struct undone undone;

/* NULL without memory. */
undone *undone_create(void);

void undone_destroy(undone *u);

/* An attempt begins at the position: what it covers is forgotten. */
void undone_start(undone *u, const gtid_list *position);

/* A source transaction begins. */
void undone_begin(undone *u, const gtid *id);

/* A row event. True: it is known to be undone, and left out. */
bool undone_row(undone *u);

/* SAVEPOINT (savepoints_add). */
bool undone_savepoint(undone *u, const char *name);

/* ROLLBACK TO. False: there is no such savepoint (savepoints_find). */
bool undone_to_savepoint(undone *u, const char *name);

/* ROLLBACK, or the binlog ends here. */
void undone_all(undone *u);

/* The binlog ended here: another transaction of the same GTID may follow, which is not the one that was undone. After undone_end. */
void undone_cut(undone *u);

typedef enum undone_answer
{
	UNDONE_RIGHT,  /* what was applied is what stays */
	UNDONE_LEARNT, /* it is not: the group is to be applied again, now it is known */
	UNDONE_NO_MEMORY
} undone_answer;

/* The source transaction ends. */
undone_answer undone_end(undone *u);

#endif
