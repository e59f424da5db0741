/*
 * snapshot/session.c
 *	  A worker's connections; see session.h.
 */
#include "snapshot/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "apply/target.h"
#include "snapshot/source_view.h"
#include "source/mariadb.h"
#include "support/log.h"
#include "support/pg.h"

#define READ_TIMEOUT_S 3600 /* a server that is silent in the middle of a chunk */

void
session_init(session *s, const config *c, unsigned number)
{
	*s = (session){.config = c, .number = number, .fds = {-1, -1}};
	pthread_mutex_init(&s->lock, NULL);
}

static void
note_fds(session *s)
{
	pthread_mutex_lock(&s->lock);
	s->fds[0] = s->conn == NULL ? -1 : PQsocket(s->conn);
	s->fds[1] = s->mysql == NULL ? -1 : (int) mysql_get_socket(s->mysql);
	pthread_mutex_unlock(&s->lock);
}

static status
open_target(session *s)
{
	status result = target_open(s->config, "mwmirror snapshot", &s->conn);

	if (result == STATUS_OK)
		result = target_set_up_copy_origin(s->conn, s->config->source_name, s->number);
	/* a chunk and what is said of it are lost together with a crash of the server */
	if (result == STATUS_OK)
		result = target_execute(s->conn, "SET synchronous_commit = off");
	if (result == STATUS_OK)
		result = body_reader_create(s->conn, s->config, &s->bodies);
	note_fds(s);
	return result;
}

status
session_open(session *s)
{
	status result = s->conn == NULL ? open_target(s) : STATUS_OK;

	if (result != STATUS_OK || s->mysql != NULL)
		return result;
	result = mariadb_open_source(s->config, READ_TIMEOUT_S, NULL, 0, &s->mysql);
	if (result == STATUS_OK)
		result = source_view_prepare(s->mysql);
	note_fds(s);
	return result;
}

static void
close_source(session *s)
{
	MYSQL *mysql = s->mysql;

	s->mysql = NULL;
	note_fds(s);
	if (mysql != NULL)
		mysql_close(mysql);
}

status
session_check_source(session *s, const wiki *w)
{
	const char *databases[] = {w->database};
	status result;

	close_source(s);
	result = mariadb_open_source(s->config, READ_TIMEOUT_S, databases, 1, &s->mysql);
	if (result == STATUS_OK)
		result = source_view_prepare(s->mysql);
	note_fds(s);
	return result;
}

void
session_interrupt(session *s)
{
	pthread_mutex_lock(&s->lock);
	for (int i = 0; i < 2; i++)
		if (s->fds[i] >= 0)
			shutdown(s->fds[i], SHUT_RDWR);
	pthread_mutex_unlock(&s->lock);
}

void
session_close(session *s)
{
	PGconn *conn = s->conn;

	close_source(s);
	body_reader_destroy(s->bodies);
	s->bodies = NULL;
	s->conn = NULL;
	note_fds(s);
	if (conn != NULL)
		PQfinish(conn);
}

status
session_ask(PGconn *conn, const char *sql, int count, const char *const *params, char **out)
{
	PGresult *res;
	status result = pg_execute_params(conn, sql, count, params, sql, NULL, 0, &res);

	if (out != NULL)
		*out = NULL;
	if (result == STATUS_OK && out != NULL && PQntuples(res) > 0 && !PQgetisnull(res, 0, 0) &&
	    (*out = strdup(PQgetvalue(res, 0, 0))) == NULL)
	{
		log_error("out of memory for PostgreSQL's answer");
		result = STATUS_MEMORY;
	}
	PQclear(res);
	return result;
}
