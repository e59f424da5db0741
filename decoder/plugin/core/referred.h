/*
 * plugin/core/referred.h
 *	  Reads the rows that a message of the writer brings (wire/reference.h) into rows.h.
 */
#ifndef MWMIRROR_CORE_REFERRED_H
#define MWMIRROR_CORE_REFERRED_H

#include "plugin/core/session.h"

/* Makes an empty one in a child of parent: no shapes are known. */
extern referred *referred_create(MemoryContext parent);

/* Forgets the shapes; called when a PG transaction begins. */
extern void referred_forget(referred *f);

/* Puts what the len bytes of items say into s->rows and s->lacking. ERROR if they are malformed, or a table lacks a column. */
extern void referred_read(session *s, const char *items, size_t len);

/* ERROR: what the writer wrote as rows cannot be read; why completes the message. */
pg_noreturn extern void referred_fail(const session *s, const char *why);

#endif
