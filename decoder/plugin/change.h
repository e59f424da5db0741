/*
 * plugin/change.h
 *	  Takes the changes of rows of a source transaction, one by one; and rows that a request tells again.
 */
#ifndef MWMIRROR_CHANGE_H
#define MWMIRROR_CHANGE_H

#include "plugin/core/session.h"

/*
 * change_add
 *	 Takes a change of a table that events need, as its WAL record says it: old_tuple, new_tuple: NULL where it has none. ERROR if an
 *	 event needs the row before and the WAL does not have it.
 */
extern void change_add(session *s, mirror_relation *described, TupleDesc desc, bool is_insert,
                       HeapTuple old_tuple, HeapTuple new_tuple);

/* Takes a row that did not change and is told again (core/request.h). */
extern void change_tell(session *s, int wiki, const mirror_row *row);

#endif
