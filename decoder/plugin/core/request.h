/*
 * plugin/core/request.h
 *	  Rows of requests (wire/request.h).
 *
 * Lines of the text format:
 *
 *	 REQUEST id number kind rest	the message's head
 *	 row table {...}				a row: its columns as JSON, wiki_id first. Integers and finite floats are numbers; times RFC 3339
 *									in UTC, or "infinity"; bytea "\x" and hex digits; other types their text
 *
 * The binary format has no frames for them. Rows that streams are to tell are known from then on, as those that a message brings, and given to
 * tell; their mark ends them as one ends the changes of a source transaction.
 */
#ifndef MWMIRROR_CORE_REQUEST_H
#define MWMIRROR_CORE_REQUEST_H

#include "plugin/core/session.h"

/* Is given a row that is to be told, one after the other. Its texts last for the call. */
typedef void (*request_tell)(session *s, int wiki, const mirror_row *row);

/* Takes a message of the writer that begins as a request's does. ERROR if it is malformed. */
extern void request_read(session *s, const char *message, size_t len, request_tell tell);

/* What was told is over: with its mark, or with the PG transaction. */
extern void request_forget(session *s);

#endif
