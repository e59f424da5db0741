/*
 * source/history.h
 *	  Recognises the history of a source: a GTID is a number, and a server that was reset gives it a second time.
 *
 * The source transaction applied last is read again at each new connection: it must come first in its domain, and its end
 * must have the time that it had. (A replica writes its binlog with the times of the primary's.)
 */
#ifndef MWMIRROR_SOURCE_HISTORY_H
#define MWMIRROR_SOURCE_HISTORY_H

#include <stdbool.h>
#include <stdint.h>
#include "source/gtid.h"

/* What to do when it is not the mirror's. */
#define HISTORY_REMEDY                                                                             \
	"if this is the right server, what the mirror holds is no longer its past: copy all wikis "    \
	"again with mwmirror snapshot --force, then start follow"

typedef struct history
{
	gtid last;     /* the newest source transaction that is known; sequence 0: none */
	gtid prior;    /* the one before it in its domain; sequence 0: not known */
	uint32_t time; /* of the event that ends last, seconds since 1970 */
} history;

/*
 * The position to read from so that history's last comes again; *out is freed by the caller. False, and *out is empty, if
 * history does not say enough, is not of this position, or without memory.
 */
bool history_start(const history *h, const gtid_list *position, gtid_list *out);

/* A source transaction is complete that comes after the position. */
void history_add(history *h, const gtid_list *position, const gtid *id, uint32_t time);

#endif
