/*
 * plugin/state/again.h
 *	  Rows whose public state becomes another as other rows change: they are told again at the mark.
 *
 *	 slots								the revision
 *	 a block that hides an account,		the account, its preferences, and its other blocks
 *	 or did
 *	 block_target						the blocks of it
 *
 * They must be among the rows that the change refers to (sql/mapping/references.sql). Names of accounts, texts of comments, titles and tags are inside of
 * any number of rows, so that a change of these is told of none: a request does that (sql/functions/state.sql).
 */
#ifndef MWMIRROR_STATE_AGAIN_H
#define MWMIRROR_STATE_AGAIN_H

#include "plugin/core/session.h"

/* Makes an empty one in a child of parent, with about so many bytes in memory; the others go to a temporary file. */
extern again *again_create(MemoryContext parent, uint64 memory);

/* A source transaction begins; the same after a PG transaction that failed. */
extern void again_forget(session *s);
extern void again_abandon(session *s);

/* True if rows of the table are told again as others change. */
extern bool again_may_tell(const whole_table *t);

/* Notes what a change may make others. */
extern void again_note(session *s, mirror_relation *described, TupleDesc desc, int wiki,
                       HeapTuple old_tuple, HeapTuple new_tuple);

/* True if something is noted. */
extern bool again_is_noted(const session *s);

/* At the mark: has the rows told (s->whole_rows). */
extern void again_resolve(session *s);

#endif
