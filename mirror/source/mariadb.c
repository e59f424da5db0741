/*
 * source/mariadb.c
 *	  Connections to the MariaDB source.
 */
#define _GNU_SOURCE /* memrchr */
#include "source/mariadb.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "source/connect.h"
#include "source/mariadb_error.h"
#include "support/log.h"
#include "support/stop.h"

#define MOST_PASSWORD 512
#define REPORT_S 60

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

/*
 * The password from its file, without the newline at its end: read at each connection, so that it may change. False and
 * a log line if it cannot be read.
 */
static bool
read_password_file(const char *path, char out[MOST_PASSWORD])
{
	FILE *f = fopen(path, "re");
	size_t len;

	if (f == NULL)
	{
		log_error_hint("set source.password_file to a file that this user can read",
		               "cannot read source.password_file %s: %s", path, strerror(errno));
		return false;
	}
	len = fread(out, 1, MOST_PASSWORD - 1, f);
	fclose(f);
	while (len > 0 && (out[len - 1] == '\n' || out[len - 1] == '\r'))
		len--;
	out[len] = '\0';
	return true;
}

/* A setting that is empty is not given. */
static const char *
given(const char *setting)
{
	return setting != NULL && *setting != '\0' ? setting : NULL;
}

/* libmariadb passes over an option file that it cannot read. */
static bool
can_read_option_file(const char *path)
{
	if (path == NULL || access(path, R_OK) == 0)
		return true;
	log_error_hint("set source.option_file to a file that this user can read",
	               "cannot read source.option_file %s: %s", path, strerror(errno));
	return false;
}

static void
log_failure(const config *c, const char *where, status answer, const connect_failure *why)
{
	const char *hint = mariadb_error_find(why->code)->hint;
	bool others = mariadb_host_count(c) > 1;
	char who[300] = "the user of source.option_file";

	if (given(c->source_user) != NULL)
		snprintf(who, sizeof(who), "user '%s'", c->source_user);
	if (answer == STATUS_RETRY)
		log_write_hint(LOG_LEVEL_WARNING, hint, "cannot connect to MariaDB at %s: %s", where,
		               why->text);
	else
		log_write_hint(others ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR, hint,
		               "MariaDB at %s refuses %s: %s (error %u)", where, who, why->text, why->code);
}

/* Completes the place: whose password, by which way. */
static status
open_place(const config *c, connect_place *place, const char *where, MYSQL **out)
{
	char from_file[MOST_PASSWORD] = "";
	connect_failure why;
	status answer;

	place->user = given(c->source_user);
	place->password = given(c->source_password);
	place->tls_ca = c->source_tls_ca;
	place->option_file = given(c->source_option_file);
	if (!can_read_option_file(place->option_file))
		return STATUS_CONFIG;
	if (place->password == NULL && given(c->source_password_file) != NULL)
	{
		if (!read_password_file(c->source_password_file, from_file))
			return STATUS_CONFIG;
		place->password = from_file;
	}
	answer = connect_once(place, out, &why);
	explicit_bzero(from_file, sizeof(from_file));
	if (answer != STATUS_OK && answer != STATUS_STOPPED)
		log_failure(c, where, answer, &why);
	return answer;
}

status
mariadb_open_host(const config *c, unsigned index, unsigned read_timeout, MYSQL **out)
{
	connect_place place = {.read_timeout = read_timeout};
	host h;
	char where[300];

	*out = NULL;
	if (c->source_socket != NULL && *c->source_socket != '\0')
	{
		place.socket = c->source_socket;
		return open_place(c, &place, c->source_socket, out);
	}
	if (!parse_host(c, index, &h))
	{
		log_error_hint("it is a list host[:port],host[:port]... with ports from 1 to 65535",
		               "setting source.host is malformed: '%s'",
		               c->source_host != NULL ? c->source_host : "");
		return STATUS_CONFIG;
	}
	place.host = h.name;
	place.port = h.port;
	snprintf(where, sizeof(where), "%s:%u", h.name, h.port);
	return open_place(c, &place, where, out);
}

status
mariadb_open_source(const config *c, unsigned read_timeout, const char *const *databases,
                    size_t database_count, MYSQL **out)
{
	unsigned count = mariadb_host_count(c);
	status all = STATUS_SOURCE;

	for (unsigned i = 0; i < count; i++)
	{
		status answer = mariadb_open_host(c, i, read_timeout, out);

		if (answer == STATUS_OK && databases != NULL)
			answer = mariadb_check_source(*out, databases, database_count);
		if (answer == STATUS_OK)
			return answer;
		if (*out != NULL)
			mysql_close(*out);
		*out = NULL;
		if (answer != STATUS_RETRY && answer != STATUS_SOURCE)
			return answer;
		if (answer == STATUS_RETRY)
			all = answer;
	}
	if (all == STATUS_SOURCE && count > 1)
		log_error("none of the hosts of source.host will do: %s", c->source_host);
	return all;
}

status
mariadb_error_status(MYSQL *mysql)
{
	return mariadb_error_judge(mysql_errno(mysql));
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

/* Waits until the server begins to answer, or has closed the connection. */
static status
await_answer(MYSQL *mysql, const char *sql)
{
	struct pollfd fds[2] = {{.fd = (int) mysql_get_socket(mysql), .events = POLLIN},
	                        {.fd = stop_fd(), .events = POLLIN}};
	unsigned limit_s = 0;

	mysql_get_optionv(mysql, MYSQL_OPT_READ_TIMEOUT, &limit_s);
	for (unsigned waited_s = 0; limit_s == 0 || waited_s < limit_s; waited_s++)
	{
		if (stop_requested())
			return STATUS_STOPPED;
		if (poll(fds, 2, 1000) > 0 && fds[0].revents != 0)
			return STATUS_OK;
		if (waited_s % REPORT_S == REPORT_S - 1)
			log_warning("waiting for MariaDB's answer to \"%.200s\" since %u s", sql, waited_s + 1);
	}
	log_warning("MariaDB has not answered \"%.200s\" within %u s", sql, limit_s);
	return STATUS_RETRY;
}

static status
ask(MYSQL *mysql, const char *sql, bool quiet, MYSQL_RES *(STDCALL *take)(MYSQL *), MYSQL_RES **out)
{
	status answer;

	*out = NULL;
	if (mysql_send_query(mysql, sql, strlen(sql)) != 0)
		return quiet ? mariadb_error_status(mysql) : report_error(mysql, sql);
	answer = await_answer(mysql, sql);
	if (answer != STATUS_OK)
		return answer;
	if (mysql_read_query_result(mysql) == 0)
	{
		*out = take(mysql);
		if (*out != NULL || mysql_errno(mysql) == 0)
			return STATUS_OK;
	}
	return quiet ? mariadb_error_status(mysql) : report_error(mysql, sql);
}

status
mariadb_query(MYSQL *mysql, const char *sql, bool quiet, MYSQL_RES **out)
{
	return ask(mysql, sql, quiet, mysql_store_result, out);
}

status
mariadb_query_stream(MYSQL *mysql, const char *sql, MYSQL_RES **out)
{
	return ask(mysql, sql, true, mysql_use_result, out);
}

status
mariadb_execute(MYSQL *mysql, const char *sql)
{
	MYSQL_RES *rows;
	status answer = mariadb_query(mysql, sql, false, &rows);

	mysql_free_result(rows);
	return answer;
}

status
mariadb_query_value(MYSQL *mysql, const char *sql, char **out)
{
	MYSQL_RES *rows;
	MYSQL_ROW row;
	status answer = mariadb_query(mysql, sql, false, &rows);

	*out = NULL;
	if (answer != STATUS_OK || rows == NULL)
		return answer;
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
