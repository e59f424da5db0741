/*
 * snapshot/table.h
 *	  Copies one source table into the mirror tables it feeds.
 */
#ifndef MWMIRROR_SNAPSHOT_TABLE_H
#define MWMIRROR_SNAPSHOT_TABLE_H

#include <libpq-fe.h>
#include <mysql.h>
#include <stdint.h>
#include "mapping/mapping.h"
#include "mapping/wiki.h"
#include "support/status.h"

/*
 * Copies the table (bare name) of a wiki. mysql is inside its consistent transaction; conn is idle. *rows is raised by
 * the source rows read. A table that the wiki does not have is passed over. Errors logged with table, column and key.
 */
status snapshot_copy_table(MYSQL *mysql, PGconn *conn, mapping *m, const wiki *w, const char *table,
                           uint64_t *rows);

#endif
