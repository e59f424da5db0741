/*
 * cli/source_checks.c
 *	  Is the configured MariaDB fit to be followed?
 */
#include "cli/source_checks.h"

#include "source/mariadb.h"
#include "support/log.h"

#define SOURCE_TIMEOUT 10

status
source_check(const config *c, const char *const *databases, size_t database_count)
{
	static const char *const none[] = {NULL};
	MYSQL *mysql = NULL;
	status result = mariadb_open_source(c, SOURCE_TIMEOUT, databases != NULL ? databases : none,
	                                    database_count, &mysql);

	if (result == STATUS_OK)
	{
		result = mariadb_check_wishes(mysql);
		mysql_close(mysql);
	}
	if (result == STATUS_RETRY)
		log_error_hint("is it up, and are source.host, source.port and source.socket right?",
		               "no MariaDB server answers");
	return result == STATUS_RETRY ? STATUS_SOURCE : result;
}
