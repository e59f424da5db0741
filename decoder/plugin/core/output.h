/*
 * plugin/core/output.h
 *	  To the client: frames (wire/wire.h) gathered into messages, or lines of text.
 */
#ifndef MWMIRROR_CORE_OUTPUT_H
#define MWMIRROR_CORE_OUTPUT_H

#include "plugin/core/registry.h"

/* To be called often while nothing is sent: lets the walsender answer its client. */
extern void output_keep_alive(session *s);

/* A source transaction has events; before the first of them. */
extern void output_begin(session *s);

/*
 * output_event
 *	 Sends a message of a stream, by its number in the session and its name. index: of the event in the source transaction, from 1. An empty key
 *	 is none, an empty value null.
 */
extern void output_event(session *s, int number, const char *name, uint32 index,
                         const StringInfoData *key, const StringInfoData *value);

/* The source transaction has no more events. */
extern void output_end(session *s);

/* Sends the end of the PG transaction, and all that is still gathered. */
extern void output_commit(session *s, XLogRecPtr commit_lsn, XLogRecPtr end_lsn);

/* Sends a line of the text format, formatted as by printf. last: nothing of this PG transaction follows. */
extern void output_line(session *s, bool last, const char *format, ...) pg_attribute_printf(3, 4);

#endif
