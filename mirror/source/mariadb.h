/*
 * source/mariadb.h
 *	  Connections to the MariaDB source, and whether it is set up as needed.
 */
#ifndef MWMIRROR_SOURCE_MARIADB_H
#define MWMIRROR_SOURCE_MARIADB_H

#include <mysql.h>
#include <stdbool.h>
#include <stddef.h>
#include "source/gtid.h"
#include "support/config.h"
#include "support/status.h"

/*
 * Connects to host number index of the list (the socket, if there is one). The session has UTC, binary strings (bytes
 * arrive as stored) and autocommit. read_timeout in seconds, 0 for none. STATUS_RETRY if it does not answer (logged),
 * STATUS_SOURCE if it refuses (password, TLS), STATUS_CONFIG for a bad host list or password file, STATUS_STOPPED.
 * The caller closes *out with mysql_close.
 */
status mariadb_open_host(const config *c, unsigned index, unsigned read_timeout, MYSQL **out);

/*
 * Connects to the first host that will do: that answers, and passes mariadb_check_source for the databases (NULL: is not
 * looked at). STATUS_SOURCE only if all hosts refuse; STATUS_RETRY if one that does not answer may do later.
 */
status mariadb_open_source(const config *c, unsigned read_timeout, const char *const *databases,
                           size_t database_count, MYSQL **out);

/* How many hosts the configuration lists (1 for a socket). */
unsigned mariadb_host_count(const config *c);

/*
 * Runs a statement: *out is its rows, for mysql_free_result, NULL if it has none. STATUS_RETRY also if the connection's
 * read_timeout is over, STATUS_STOPPED; then the connection is only good to be closed. Else errors as mariadb_error_status,
 * logged unless quiet.
 */
status mariadb_query(MYSQL *mysql, const char *sql, bool quiet, MYSQL_RES **out);

/* mariadb_query, quiet, of many rows: each is read from the connection as it is fetched, and mysql_errno tells how that ended. */
status mariadb_query_stream(MYSQL *mysql, const char *sql, MYSQL_RES **out);

/* Runs a statement that answers no rows. Errors as mariadb_query. */
status mariadb_execute(MYSQL *mysql, const char *sql);

/* Asks for one value, malloc'd and NUL-terminated for the caller (NULL for NULL or no row). Errors as mariadb_execute. */
status mariadb_query_value(MYSQL *mysql, const char *sql, char **out);

/* What the connection's last error means, by the table of mariadb_error.h. */
status mariadb_error_status(MYSQL *mysql);

/*
 * Checks everything that the mirror needs of the source: server and version, binary log, ROW, FULL metadata,
 * checksum, GTIDs, grants; and the databases: that the binlog has them, and that they are there and may be read. If one of several is not, that
 * is only warned of: a wiki that is gone is no matter of the others. Each fault is logged once, with the statement to
 * run. STATUS_OK, STATUS_SOURCE if anything is wrong, STATUS_RETRY if the connection broke.
 */
status mariadb_check_source(MYSQL *mysql, const char *const *databases, size_t database_count);

/* Warns of settings that work and may hurt one day. Errors as mariadb_query. */
status mariadb_check_wishes(MYSQL *mysql);

/* The settings only, without grants and databases: what every new connection of the stream looks at. */
status mariadb_check_settings(MYSQL *mysql);

/* The newest GTID of each domain in the source's binlog (@@global.gtid_binlog_pos); freed with gtid_list_free. */
status mariadb_binlog_position(MYSQL *mysql, gtid_list *out);

#endif
