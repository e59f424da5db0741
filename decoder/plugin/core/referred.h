/*
 * plugin/core/referred.h
 *	  Reads the rows that a message of the writer brings (wire/reference.h) into rows.h.
 */
#ifndef MWMIRROR_CORE_REFERRED_H
#define MWMIRROR_CORE_REFERRED_H

#include "plugin/core/session.h"
#include "wire/reference.h"

/* Makes an empty one in a child of parent: no shapes are known. */
extern referred *referred_create(MemoryContext parent);

/* Forgets the shapes; called when a PG transaction begins. */
extern void referred_forget(referred *f);

/* Puts what the len bytes of items say into s->rows and s->lacking. ERROR if they are malformed, or a table lacks a column. */
extern void referred_read(session *s, const char *items, size_t len);

/* What of a table a message's rows hold, of its item of kind 'S', palloc'd. ERROR: the table lacks a column. */
typedef struct referred_shape referred_shape;
extern referred_shape *referred_make_shape(const reference_item *item);

/*
 * Reads a row of that shape, without its wiki, in the current memory context. False: its table is of no interest. ERROR: the row is not
 * of that shape.
 */
extern bool referred_read_row(const session *s, const referred_shape *shape,
                              const reference_item *item, mirror_row *row);

/*
 * Gives such a row, with all of its columns, to who wants them (s->take_row); the shape then stays as long as it is palloc'd. is_told: a request
 * brings it.
 */
extern void referred_take_whole(session *s, referred_shape *shape, const reference_item *item,
                                int wiki, bool is_told);

/* ERROR: what the writer wrote as rows cannot be read; why completes the message. */
pg_noreturn extern void referred_fail(const session *s, const char *why);

#endif
