/*
 * cli/postgres_checks.h
 *	  Is this PostgreSQL fit to hold the mirror? Used by init and check-config.
 */
#ifndef MWMIRROR_CLI_POSTGRES_CHECKS_H
#define MWMIRROR_CLI_POSTGRES_CHECKS_H

#include <libpq-fe.h>
#include "support/status.h"

/*
 * Looks at version, encoding, wal_level, room for the slot, output_plugin_libraries and the installed extension.
 * Each fault is logged with what was found and what to run. A role that may not read all settings
 * skips output_plugin_libraries. STATUS_TARGET if there was any.
 */
status postgres_check_server(PGconn *conn, const char *slot);

#endif
