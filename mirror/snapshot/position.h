/*
 * snapshot/position.h
 *	  The source's position when wikis are copied anew. Whoever calls this holds the source's lock.
 */
#ifndef MWMIRROR_SNAPSHOT_POSITION_H
#define MWMIRROR_SNAPSHOT_POSITION_H

#include <libpq-fe.h>
#include "support/status.h"

/* No wiki of the source counts as copied any more, and its position is open: whatever history it has now is right. Errors as pg_execute. */
status position_forget(PGconn *conn, const char *source_name);

/* Where every wiki has been copied again, follow need not read what is before the oldest copy. Errors as pg_execute. */
status position_advance(PGconn *conn, const char *source_name);

#endif
