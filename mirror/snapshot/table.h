/*
 * snapshot/table.h
 *	  Copies one source table into the mirror tables it feeds.
 */
#ifndef MWMIRROR_SNAPSHOT_TABLE_H
#define MWMIRROR_SNAPSHOT_TABLE_H

#include <libpq-fe.h>
#include <mysql.h>
#include <stdint.h>
#include "body/reader.h"
#include "mapping/mapping.h"
#include "mapping/wiki.h"
#include "support/status.h"

/* Where contents come from, and what the source must have for one that is not there to be missing. */
typedef struct snapshot_bodies
{
	body_reader *reader;
	const gtid_list *since;
} snapshot_bodies;

/*
 * Copies the table (bare name) of a wiki. mysql is inside its consistent transaction; conn is idle. *rows is raised by
 * the source rows read. A table that the wiki does not have is passed over. Errors logged with table, column and key.
 */
status snapshot_copy_table(MYSQL *mysql, PGconn *conn, mapping *m, const wiki *w, const char *table,
                           const snapshot_bodies *bodies, uint64_t *rows);

#endif
