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
 * The binary format has no frames for them: there a request is checked and says nothing.
 */
#ifndef MWMIRROR_CORE_REQUEST_H
#define MWMIRROR_CORE_REQUEST_H

#include "plugin/core/session.h"

/* Takes a message of the writer that begins as a request's does. ERROR if it is malformed. */
extern void request_read(session *s, const char *message, size_t len);

#endif
