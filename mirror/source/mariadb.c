/*
 * source/mariadb.c
 *	  Connections to the MariaDB source.
 */
#define _GNU_SOURCE /* memrchr */
#include "source/mariadb.h"

#include <errmsg.h>
#include <errno.h>
#include <mysqld_error.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "support/log.h"

#define CONNECT_TIMEOUT_S 5
#define MOST_PASSWORD 512

/* Every session: bytes as they are stored, times in UTC. */
#define SESSION_SQL "SET NAMES binary, time_zone = '+00:00', sql_mode = ''"

/* One of the configured hosts. */
typedef struct host
{
	char name[256];
	unsigned port;
} host;

unsigned
mariadb_host_count(const config *c)
{
	unsigned count = 1;

	if (c->source_socket != NULL && *c->source_socket != '\0')
		return 1;
	for (const char *t = c->source_host; t != NULL && *t != '\0'; t++)
		count += *t == ',';
	return count;
}

/* Copies host number index out of 'host[:port],[v6]:port...'; false if it is empty or malformed. */
static bool
parse_host(const config *c, unsigned index, host *out)
{
	const char *t = c->source_host != NULL ? c->source_host : "", *end, *colon;
	size_t len;
	char *rest;
	unsigned long port = (unsigned long) c->source_port;

	for (; index > 0 && *t != '\0'; t++)
		index -= *t == ',';
	t += strspn(t, " \t");
	end = t + strcspn(t, ",");
	while (end > t && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	colon = memrchr(t, ':', (size_t) (end - t));
	if (*t == '[')
	{
		const char *bracket = memchr(t, ']', (size_t) (end - t));

		if (bracket == NULL)
			return false;
		colon = bracket + 1 < end && bracket[1] == ':' ? bracket + 1 : NULL;
		t++;
		len = (size_t) (bracket - t);
	}
	else
		len = (size_t) ((colon != NULL ? colon : end) - t);
	if (len == 0 || len >= sizeof(out->name))
		return false;
	if (colon != NULL)
	{
		port = strtoul(colon + 1, &rest, 10);
		if (rest != end || port == 0 || port > 65535)
			return false;
	}
	memcpy(out->name, t, len);
	out->name[len] = '\0';
	out->port = (unsigned) port;
	return true;
}

/* The password from its file, without the newline at the end; false and a log line if it cannot be read. */
static bool
read_password_file(const char *path, char out[MOST_PASSWORD])
{
	FILE *f = fopen(path, "re");
	size_t len;

	if (f == NULL)
	{
		log_error_hint("Set source.password_file to a file that this user can read.",
		               "cannot open the source's password file %s: %s", path, strerror(errno));
		return false;
	}
	len = fread(out, 1, MOST_PASSWORD - 1, f);
	fclose(f);
	while (len > 0 && (out[len - 1] == '\n' || out[len - 1] == '\r'))
		len--;
	out[len] = '\0';
	return true;
}

static void
set_options(MYSQL *mysql, const config *c, unsigned read_timeout, bool tls)
{
	unsigned connect_timeout = CONNECT_TIMEOUT_S;
	my_bool yes = 1;

	mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect_timeout);
	if (read_timeout > 0)
		mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &read_timeout);
	mysql_optionsv(mysql, MYSQL_OPT_CONNECT_ATTR_RESET);
	mysql_optionsv(mysql, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "mwmirror");
	if (!tls)
		return;
	mysql_options(mysql, MYSQL_OPT_SSL_CA, c->source_tls_ca);
	mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &yes);
	mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
}

static bool
is_lost(unsigned error)
{
	switch (error)
	{
		case CR_CONNECTION_ERROR:
		case CR_CONN_HOST_ERROR:
		case CR_UNKNOWN_HOST:
		case CR_SERVER_GONE_ERROR:
		case CR_SERVER_LOST:
		case CR_SERVER_LOST_EXTENDED:
		case CR_SERVER_HANDSHAKE_ERR:
		case CR_NET_PACKET_TOO_LARGE:
		case CR_SSL_CONNECTION_ERROR:
		case ER_SERVER_SHUTDOWN:
		case ER_CON_COUNT_ERROR:
		case ER_TOO_MANY_USER_CONNECTIONS:
		case ER_NET_READ_ERROR:
		case ER_NET_READ_INTERRUPTED:
		case ER_NET_ERROR_ON_WRITE:
		case ER_NET_WRITE_INTERRUPTED:
		case ER_CONNECTION_KILLED:
		case ER_QUERY_INTERRUPTED:
		case ER_LOCK_WAIT_TIMEOUT:
		case ER_LOCK_DEADLOCK:
			return true;
		default:
			return false;
	}
}

status
mariadb_error_status(MYSQL *mysql)
{
	return is_lost(mysql_errno(mysql)) ? STATUS_RETRY : STATUS_SOURCE;
}

/* TLS that fails on the way in is a refusal (certificate, no TLS), unless the line was cut meanwhile. */
static status
connect_error_status(MYSQL *mysql)
{
	static const char *const cut[] = {"unexpected eof", "reset by peer", "Broken pipe",
	                                  "timed out"};

	if (mysql_errno(mysql) != CR_SSL_CONNECTION_ERROR)
		return mariadb_error_status(mysql);
	for (size_t i = 0; i < sizeof(cut) / sizeof(*cut); i++)
		if (strstr(mysql_error(mysql), cut[i]) != NULL)
			return STATUS_RETRY;
	return STATUS_SOURCE;
}

/* One attempt at one server; where names it in messages. */
static status
connect_one(const config *c, const host *h, const char *where, const char *password,
            unsigned read_timeout, MYSQL **out)
{
	const char *socket = h == NULL ? c->source_socket : NULL;
	bool tls = h != NULL && c->source_tls_ca != NULL && *c->source_tls_ca != '\0';
	MYSQL *mysql = mysql_init(NULL);
	status answer;

	if (mysql == NULL)
	{
		log_error("out of memory for a connection to MariaDB");
		return STATUS_MEMORY;
	}
	set_options(mysql, c, read_timeout, tls);
	if (mysql_real_connect(mysql, h == NULL ? "localhost" : h->name, c->source_user, password, NULL,
	                       h == NULL ? 0 : h->port, socket, 0) != NULL &&
	    mysql_real_query(mysql, SESSION_SQL, sizeof(SESSION_SQL) - 1) == 0)
	{
		*out = mysql;
		return STATUS_OK;
	}
	answer = connect_error_status(mysql);
	if (answer == STATUS_RETRY)
		log_warning("cannot connect to MariaDB at %s: %s", where, mysql_error(mysql));
	else
		log_error_hint(
		    "Check source.user, source.password_file and source.tls_ca, and the account in "
		    "MariaDB.",
		    "MariaDB at %s refuses user '%s': %s (error %u)", where, c->source_user,
		    mysql_error(mysql), mysql_errno(mysql));
	mysql_close(mysql);
	return answer;
}

static status
connect_host(const config *c, unsigned index, const char *password, unsigned read_timeout,
             MYSQL **out)
{
	host h;
	char where[300];

	if (c->source_socket != NULL && *c->source_socket != '\0')
		return connect_one(c, NULL, c->source_socket, password, read_timeout, out);
	if (!parse_host(c, index, &h))
	{
		log_error_hint("It is a list host[:port],host[:port]... with ports from 1 to 65535.",
		               "setting source.host is malformed: '%s'",
		               c->source_host != NULL ? c->source_host : "");
		return STATUS_CONFIG;
	}
	snprintf(where, sizeof(where), "%s:%u", h.name, h.port);
	return connect_one(c, &h, where, password, read_timeout, out);
}

static void
initialize_library(void)
{
	mysql_server_init(0, NULL, NULL);
}

status
mariadb_open_source(const config *c, unsigned read_timeout, unsigned *host_index, MYSQL **out)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	char from_file[MOST_PASSWORD] = "";
	const char *password = c->source_password;
	unsigned count = mariadb_host_count(c), first = host_index != NULL ? *host_index : 0;
	status answer = STATUS_RETRY;

	pthread_once(&once, initialize_library);
	if ((password == NULL || *password == '\0') && c->source_password_file != NULL &&
	    *c->source_password_file != '\0')
	{
		if (!read_password_file(c->source_password_file, from_file))
			return STATUS_CONFIG;
		password = from_file;
	}
	for (unsigned i = 0; i < count && answer == STATUS_RETRY; i++)
	{
		unsigned index = (first + i) % count;

		answer = connect_host(c, index, password, read_timeout, out);
		if (answer == STATUS_OK && host_index != NULL)
			*host_index = index;
	}
	explicit_bzero(from_file, sizeof(from_file));
	return answer;
}

static status
report_error(MYSQL *mysql, const char *sql)
{
	status answer = mariadb_error_status(mysql);

	log_write(answer == STATUS_RETRY ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR,
	          "MariaDB answers error %u to \"%.200s\": %s", mysql_errno(mysql), sql,
	          mysql_error(mysql));
	return answer;
}

status
mariadb_execute(MYSQL *mysql, const char *sql)
{
	MYSQL_RES *rows;

	if (mysql_real_query(mysql, sql, strlen(sql)) != 0)
		return report_error(mysql, sql);
	rows = mysql_store_result(mysql);
	if (rows != NULL)
		mysql_free_result(rows);
	else if (mysql_errno(mysql) != 0)
		return report_error(mysql, sql);
	return STATUS_OK;
}

status
mariadb_query_value(MYSQL *mysql, const char *sql, char **out)
{
	MYSQL_RES *rows;
	MYSQL_ROW row;
	status answer = STATUS_OK;

	*out = NULL;
	if (mysql_real_query(mysql, sql, strlen(sql)) != 0 ||
	    (rows = mysql_store_result(mysql)) == NULL)
		return report_error(mysql, sql);
	row = mysql_fetch_row(rows);
	if (row != NULL && row[0] != NULL && (*out = strdup(row[0])) == NULL)
	{
		log_error("out of memory for MariaDB's answer to \"%.200s\"", sql);
		answer = STATUS_MEMORY;
	}
	mysql_free_result(rows);
	return answer;
}

static status
query_position(MYSQL *mysql, const char *sql, gtid_list *out)
{
	char *text;
	status answer = mariadb_query_value(mysql, sql, &text);

	if (answer != STATUS_OK)
		return answer;
	if (!gtid_list_parse(text != NULL ? text : "", out))
	{
		log_error("MariaDB answers \"%s\" with what is no GTID list: '%s'", sql, text);
		answer = STATUS_SOURCE;
	}
	free(text);
	return answer;
}

status
mariadb_binlog_position(MYSQL *mysql, gtid_list *out)
{
	return query_position(mysql, "SELECT @@global.gtid_binlog_pos", out);
}
