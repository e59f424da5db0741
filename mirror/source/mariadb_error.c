#define _GNU_SOURCE /* strcasestr */
/*
 * source/mariadb_error.c
 *	  Error codes of MariaDB and what to do after them; see mariadb_error.h.
 *
 * Codes: MariaDB's mysqld_error.h (1000 and up), libmariadb's errmsg.h (2000 and up). What may pass by itself is tried
 * again, and so is what an operator may mend at the server while the program waits. A wrong "retry" only costs attempts,
 * each of them logged; a wrong refusal ends the program.
 */
#include "source/mariadb_error.h"

#include <errmsg.h>
#include <mysqld_error.h>
#include <stddef.h>
#include <string.h>

#define CHECK_ACCOUNT                                                                              \
	"check source.user, source.password_file, source.tls_ca and source.option_file, and the "      \
	"account "                                                                                     \
	"in MariaDB."
#define CHECK_PORT                                                                                 \
	"if it happens each time: is it MariaDB that listens at source.host and source.port?"
#define CHECK_POSITION                                                                             \
	"if the binlog that holds the position was purged (PURGE BINARY LOGS, "                        \
	"binlog_expire_logs_seconds), the changes in between are gone: name a host that still has "    \
	"them in source.host, or copy all wikis again with mwmirror snapshot --force and start "       \
	"follow. If it says that GTIDs are out of order, somebody wrote some with gtid_strict_mode = " \
	"0 "                                                                                           \
	"at the source: set it to 1 and copy likewise. Otherwise see the error log of the source"

#define CHECK_FILE                                                                                 \
	"a binlog file of the source is cut or damaged, as after a crash or on a full disk: "          \
	"mariadb-binlog shows what of it can be read. If its last whole transaction is at the "        \
	"mirror's position, run PURGE BINARY LOGS TO the next file, and follow goes on there. "        \
	"Otherwise name a host with a whole binlog in source.host, or copy all wikis again with "      \
	"mwmirror snapshot --force and start follow"
#define CHECK_DECRYPTION "give the source the keys of its binlog files again; see its error log"

/* clang-format off */
const mariadb_binlog_error mariadb_binlog_errors[] = {
    {"truncated in the middle of event",  {ER_MASTER_FATAL_ERROR_READING_BINLOG, MARIADB_NEXT_HOST, "a binlog file is cut", CHECK_FILE}},
    {"bogus data in log event",           {ER_MASTER_FATAL_ERROR_READING_BINLOG, MARIADB_NEXT_HOST, "a binlog file is damaged", CHECK_FILE}},
    {"did not pass crc check",            {ER_MASTER_FATAL_ERROR_READING_BINLOG, MARIADB_NEXT_HOST, "a binlog file is damaged", CHECK_FILE}},
    {"error reading log event",           {ER_MASTER_FATAL_ERROR_READING_BINLOG, MARIADB_NEXT_HOST, "a binlog file cannot be read", CHECK_FILE}},
    {"exceeded max_allowed_packet",       {ER_MASTER_FATAL_ERROR_READING_BINLOG, MARIADB_NEXT_HOST, "an event beyond max_allowed_packet", "raise max_allowed_packet and slave_max_allowed_packet at the source."}},
    {"event decryption failure",          {ER_MASTER_FATAL_ERROR_READING_BINLOG, MARIADB_NEXT_HOST, "the binlog is encrypted", CHECK_DECRYPTION}},
    {"could not decrypt binlog",          {ER_MASTER_FATAL_ERROR_READING_BINLOG, MARIADB_NEXT_HOST, "the binlog is encrypted", CHECK_DECRYPTION}},
    {"memory allocation failed",          {ER_MASTER_FATAL_ERROR_READING_BINLOG, MARIADB_RETRY,     "the server lacks memory", NULL}},
    {NULL,                                {0, MARIADB_NEXT_HOST, NULL, NULL}},
};

const mariadb_error mariadb_errors[] = {
    {ER_DISK_FULL,                  MARIADB_RETRY,     "the server's disk is full", NULL},
    {ER_OUTOFMEMORY,                MARIADB_RETRY,     "the server lacks memory", NULL},
    {ER_OUT_OF_SORTMEMORY,          MARIADB_RETRY,     "the server lacks memory", NULL},
    {ER_CON_COUNT_ERROR,            MARIADB_RETRY,     "max_connections is reached", NULL},
    {ER_OUT_OF_RESOURCES,           MARIADB_RETRY,     "the server lacks memory", NULL},
    {ER_BAD_HOST_ERROR,             MARIADB_RETRY,     "the server cannot resolve this host's name", NULL},
    {ER_HANDSHAKE_ERROR,            MARIADB_RETRY,     "the handshake broke off", CHECK_PORT},
    {ER_DBACCESS_DENIED_ERROR,      MARIADB_NEXT_HOST, "no right on a database", CHECK_ACCOUNT},
    {ER_ACCESS_DENIED_ERROR,        MARIADB_NEXT_HOST, "user or password", CHECK_ACCOUNT},
    {ER_UNKNOWN_COM_ERROR,          MARIADB_RETRY,     "a node of Galera that is not ready says this", NULL},
    {ER_SERVER_SHUTDOWN,            MARIADB_RETRY,     "the server shuts down", NULL},
    {ER_FORCING_CLOSE,              MARIADB_RETRY,     "the server ended the session", NULL},
    {ER_IPSOCK_ERROR,               MARIADB_RETRY,     "the server cannot make a socket", NULL},
    {ER_HOST_IS_BLOCKED,            MARIADB_RETRY,     "max_connect_errors is reached", "run FLUSH HOSTS; at the source"},
    {ER_HOST_NOT_PRIVILEGED,        MARIADB_NEXT_HOST, "no account for this host", CHECK_ACCOUNT},
    {ER_CANT_CREATE_THREAD,         MARIADB_RETRY,     "the server cannot make a thread", NULL},
    {ER_ABORTING_CONNECTION,        MARIADB_RETRY,     "the server ended the session", NULL},
    {ER_NET_PACKET_TOO_LARGE,       MARIADB_NEXT_HOST, "a packet beyond max_allowed_packet", "raise max_allowed_packet at the source"},
    {ER_NET_READ_ERROR_FROM_PIPE,   MARIADB_RETRY,     "the connection broke", NULL},
    {ER_NET_FCNTL_ERROR,            MARIADB_RETRY,     "the connection broke", NULL},
    {ER_NET_PACKETS_OUT_OF_ORDER,   MARIADB_RETRY,     "the connection broke", NULL},
    {ER_NET_UNCOMPRESS_ERROR,       MARIADB_RETRY,     "the connection broke", NULL},
    {ER_NET_READ_ERROR,             MARIADB_RETRY,     "the connection broke", NULL},
    {ER_NET_READ_INTERRUPTED,       MARIADB_RETRY,     "the connection broke", NULL},
    {ER_NET_ERROR_ON_WRITE,         MARIADB_RETRY,     "the connection broke", NULL},
    {ER_NET_WRITE_INTERRUPTED,      MARIADB_RETRY,     "the connection broke", NULL},
    {ER_NEW_ABORTING_CONNECTION,    MARIADB_RETRY,     "the server ended the session", NULL},
    {ER_TOO_MANY_USER_CONNECTIONS,  MARIADB_RETRY,     "max_user_connections is reached", NULL},
    {ER_LOCK_WAIT_TIMEOUT,          MARIADB_RETRY,     "a lock was not to be had in time", NULL},
    {ER_LOCK_DEADLOCK,              MARIADB_RETRY,     "a deadlock", NULL},
    {ER_USER_LIMIT_REACHED,         MARIADB_RETRY,     "a limit of the account, most for an hour", NULL},
    {ER_SPECIFIC_ACCESS_DENIED_ERROR, MARIADB_NEXT_HOST, "a right is missing", "run GRANT REPLICATION SLAVE ON *.* TO the user of source.user;"},
    {ER_MASTER_FATAL_ERROR_READING_BINLOG, MARIADB_NEXT_HOST, "the binlog cannot be read from the position on", CHECK_POSITION},
    {ER_QUERY_INTERRUPTED,          MARIADB_RETRY,     "somebody killed the query", NULL},
    {ER_TABLE_DEF_CHANGED,          MARIADB_RETRY,     "a table was altered under the copy", NULL},
    {ER_MUST_CHANGE_PASSWORD,       MARIADB_NEXT_HOST, "the password has expired", CHECK_ACCOUNT},
    {ER_MUST_CHANGE_PASSWORD_LOGIN, MARIADB_NEXT_HOST, "the password has expired", CHECK_ACCOUNT},
    {ER_CONNECTION_KILLED,          MARIADB_RETRY,     "somebody killed the connection", NULL},
    {ER_GTID_POSITION_NOT_FOUND_IN_BINLOG,  MARIADB_NEXT_HOST, "the binlog does not hold the position", CHECK_POSITION},
    {ER_GTID_POSITION_NOT_FOUND_IN_BINLOG2, MARIADB_NEXT_HOST, "the binlog does not hold the position", CHECK_POSITION},
    {ER_STATEMENT_TIMEOUT,          MARIADB_RETRY,     "max_statement_time", NULL},
    {CR_SOCKET_CREATE_ERROR,        MARIADB_RETRY,     "this host cannot make a socket", NULL},
    {CR_CONNECTION_ERROR,           MARIADB_RETRY,     "no server listens", NULL},
    {CR_CONN_HOST_ERROR,            MARIADB_RETRY,     "no server listens", NULL},
    {CR_IPSOCK_ERROR,               MARIADB_RETRY,     "this host cannot make a socket", NULL},
    {CR_UNKNOWN_HOST,               MARIADB_RETRY,     "the name is not known, for now", NULL},
    {CR_SERVER_GONE_ERROR,          MARIADB_RETRY,     "the connection broke", NULL},
    {CR_VERSION_ERROR,              MARIADB_NEXT_HOST, "not a server of MariaDB", CHECK_PORT},
    {CR_OUT_OF_MEMORY,              MARIADB_REFUSE,    "this program lacks memory", NULL},
    {CR_SERVER_HANDSHAKE_ERR,       MARIADB_RETRY,     "the handshake broke off", CHECK_PORT},
    {CR_SERVER_LOST,                MARIADB_RETRY,     "the connection broke", NULL},
    {CR_COMMANDS_OUT_OF_SYNC,       MARIADB_REFUSE,    "this program is wrong", NULL},
    {CR_NET_PACKET_TOO_LARGE,       MARIADB_NEXT_HOST, "a packet larger than libmariadb takes", CHECK_PORT},
    {CR_SSL_CONNECTION_ERROR,       MARIADB_NEXT_HOST, "TLS: the certificate, or there is none", CHECK_ACCOUNT},
    {CR_MALFORMED_PACKET,           MARIADB_RETRY,     "a packet was cut", CHECK_PORT},
    {CR_CONN_UNKNOWN_PROTOCOL,      MARIADB_NEXT_HOST, "not a server of MariaDB", CHECK_PORT},
    {CR_SERVER_LOST_EXTENDED,       MARIADB_RETRY,     "the connection broke", NULL},
    {CR_AUTH_PLUGIN_CANNOT_LOAD,    MARIADB_NEXT_HOST, "the account wants a plugin that is not here", CHECK_ACCOUNT},
    {ER_ACCOUNT_HAS_BEEN_LOCKED,    MARIADB_NEXT_HOST, "the account is locked", CHECK_ACCOUNT},
    {CR_ERR_NET_READ,               MARIADB_RETRY,     "the connection broke", NULL},
    {CR_ERR_NET_WRITE,              MARIADB_RETRY,     "the connection broke", NULL},
    {CR_ERR_NET_UNCOMPRESS,         MARIADB_RETRY,     "the connection broke", NULL},
    {0,                             MARIADB_NEXT_HOST, NULL, NULL},
};
/* clang-format on */

const mariadb_error *
mariadb_error_find(unsigned code)
{
	const mariadb_error *e = mariadb_errors;

	while (e->code != 0 && e->code != code)
		e++;
	return e;
}

const mariadb_error *
mariadb_error_explain(unsigned code, const char *text)
{
	for (const mariadb_binlog_error *e = mariadb_binlog_errors; e->text != NULL; e++)
		if (code == e->error.code && strcasestr(text, e->text) != NULL)
			return &e->error;
	return mariadb_error_find(code);
}

status
mariadb_error_answer(const mariadb_error *e)
{
	switch (e->answer)
	{
		case MARIADB_RETRY:
			return STATUS_RETRY;
		case MARIADB_REFUSE:
			return e->code == CR_OUT_OF_MEMORY ? STATUS_MEMORY : STATUS_BUG;
		case MARIADB_NEXT_HOST:
			break;
	}
	return STATUS_SOURCE;
}

status
mariadb_error_judge(unsigned code)
{
	return mariadb_error_answer(mariadb_error_find(code));
}
