/*
 * plugin/state/state.h
 *	  State streams: a message of each row that changed or is told again, at the mark. See entity/states.h.
 *
 * The key is the table's primary key, the value the row as it is, and a tombstone if it is no more, or not for everyone. At most one message a row and
 * source transaction, in the order in which they first changed, behind the messages of the other streams.
 */
#ifndef MWMIRROR_STATE_STATE_H
#define MWMIRROR_STATE_STATE_H

#include "plugin/core/session.h"

/* Takes a change of a row of one of the mirror's tables (described->wiki). ERROR if it came without its old key. */
extern void state_change(session *s, mirror_relation *described, Relation relation, bool is_insert,
                         HeapTuple old_tuple, HeapTuple new_tuple);

/* Number of a state stream in the session; -1: it is none. */
extern int state_find(session *s, const char *name);

/* True if a state stream tells of the wiki. */
extern bool state_wants_row(session *s, int wiki);

/* A row_taker: takes a row that a message brings; of a request it is told at the mark. */
extern void state_take_row(session *s, whole_shape *shape, int wiki, batch_bytes values,
                           bool is_told);

/* Sets the row's key, by its values, in the current memory. ERROR if one of it is NULL. */
extern void state_write_key(session *s, whole_row *row);

/* True if the source transaction has something to be told. */
extern bool state_is_told(const session *s);

/* Sends the messages of the source transaction. *index: of its last event; 0: it has none yet. */
extern void state_emit(session *s, uint32 *index);

#endif
