/*
 * snapshot/source_view.h
 *	  A consistent snapshot of the source, and the GTIDs that it shows: all that are in its list, and no other.
 */
#ifndef MWMIRROR_SNAPSHOT_SOURCE_VIEW_H
#define MWMIRROR_SNAPSHOT_SOURCE_VIEW_H

#include <mysql.h>
#include "source/gtid.h"
#include "support/status.h"

typedef struct source_view
{
	MYSQL *mysql; /* in a transaction WITH CONSISTENT SNAPSHOT */
	char *gtid;   /* its GTID list */
	gtid_list at; /* the same, parsed */
} source_view;

/* Prepares a connection for it: no limit that the server has for everybody ends a chunk, but a lock is not waited for long. */
status source_view_prepare(MYSQL *mysql);

/*
 * Begins a snapshot that covers both lists; while there is none (a replica that is behind, a transaction that the binlog shows before the tables do), this waits,
 * some seconds: then STATUS_RETRY, logged. On STATUS_OK it is ended by source_view_end. STATUS_STOPPED, STATUS_SOURCE without binary log; else errors as
 * mariadb_query.
 */
status source_view_begin(source_view *v, MYSQL *mysql, const gtid_list *one,
                         const gtid_list *other);

/* Begins a snapshot of what the source has by now, whatever that is. Ended likewise; errors likewise. */
status source_view_begin_any(source_view *v, MYSQL *mysql);

/* Ends the transaction, and with it its locks of tables. Errors as mariadb_execute. */
status source_view_end(source_view *v);

/* Frees what it holds; the connection is left as it is. */
void source_view_free(source_view *v);

#endif
