/*
 * cli/source_checks.h
 *	  Is the configured MariaDB fit to be followed? Used by init and check-config.
 */
#ifndef MWMIRROR_CLI_SOURCE_CHECKS_H
#define MWMIRROR_CLI_SOURCE_CHECKS_H

#include <stddef.h>
#include "support/config.h"
#include "support/status.h"

/*
 * Connects as follow would, and checks all that mariadb_check_source checks, with the databases' tables. Each
 * fault is logged with the statement to run. STATUS_SOURCE if there was any or no server answers.
 */
status source_check(const config *c, const char *const *databases, size_t database_count);

#endif
