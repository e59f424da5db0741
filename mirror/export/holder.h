/*
 * export/holder.h
 *	  The connection that holds the snapshot of a dump, and what is asked in it: which wikis, at which position.
 */
#ifndef MWMIRROR_EXPORT_HOLDER_H
#define MWMIRROR_EXPORT_HOLDER_H

#include <jansson.h>
#include <libpq-fe.h>
#include <stddef.h>
#include "export/export.h"
#include "export/part.h"
#include "support/status.h"

#define HOLDER_SNAPSHOT_SIZE 64

/* Zero-initialised is closed. */
typedef struct holder
{
	PGconn *conn;
	char snapshot[HOLDER_SNAPSHOT_SIZE];
	char **wiki_ids; /* of the dump, in order */
	size_t wiki_count;
	json_t *position; /* an object for each of their sources */
} holder;

/*
 * Connects, keeps the mirror's tables from being dropped, begins the snapshot, and reads in it which wikis are to be written. STATUS_USAGE: a wiki that is
 * named is not there, private, or not copied; errors as pg_open and pg_execute (logged). Ended with holder_close, whatever it answers.
 */
status holder_open(holder *h, const export_call *call);

/* One more session that reads in the same snapshot; for a worker. */
status holder_join(const holder *h, const export_call *call, PGconn **out);

/*
 * Ends the snapshot, and looks at how things are now: *gone, an array of so many as there are wikis, says of each whether it is no longer one that
 * everybody may read. The caller frees it.
 */
status holder_end(holder *h, bool **gone);

void holder_close(holder *h);

#endif
