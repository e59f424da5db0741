/*
 * snapshot/inventory.h
 *	  Which tables and columns a wiki has when it is copied: those without a place in the mirror are in mwmirror.unmapped, types of the others in
 *	  mwmirror.source_type.
 */
#ifndef MWMIRROR_SNAPSHOT_INVENTORY_H
#define MWMIRROR_SNAPSHOT_INVENTORY_H

#include <libpq-fe.h>
#include <mysql.h>
#include "mapping/wiki.h"
#include "support/status.h"

/* Writes these, and logs what the mapping does not name in a line. Errors as pg_execute_params and mariadb_query. */
status inventory_take(PGconn *conn, MYSQL *mysql, const char *source_name, const wiki *w);

#endif
