/*
 * snapshot/inventory.h
 *	  Which tables and columns of a wiki have no place in the mirror: mwmirror.unmapped when it is copied.
 */
#ifndef MWMIRROR_SNAPSHOT_INVENTORY_H
#define MWMIRROR_SNAPSHOT_INVENTORY_H

#include <libpq-fe.h>
#include <mysql.h>
#include "mapping/wiki.h"
#include "support/status.h"

/* Writes what the wiki has that the mapping does not name, and logs it in a line. Errors as pg_execute_params and mariadb_query. */
status inventory_take(PGconn *conn, MYSQL *mysql, const char *source_name, const wiki *w);

#endif
