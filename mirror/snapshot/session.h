/*
 * snapshot/session.h
 *	  A worker's connections: to the source and, under a replication origin of its own, to the mirror.
 */
#ifndef MWMIRROR_SNAPSHOT_SESSION_H
#define MWMIRROR_SNAPSHOT_SESSION_H

#include <libpq-fe.h>
#include <mysql.h>
#include <pthread.h>
#include "body/reader.h"
#include "mapping/wiki.h"
#include "support/config.h"
#include "support/status.h"

/* Zero-initialised but for lock is closed. */
typedef struct session
{
	const config *config;
	unsigned number; /* of its origin, if that is free */
	PGconn *conn;
	MYSQL *mysql;
	body_reader *bodies;
	pthread_mutex_t lock; /* of fds */
	int fds[2];           /* for session_interrupt; -1: closed */
} session;

/* number: from 1, another one for each session of the program. */
void session_init(session *s, const config *c, unsigned number);

/* Opens what is closed. Errors as target_open, target_set_up_origin, mariadb_open_source. */
status session_open(session *s);

/* Connects to the first host that has the wiki's database and is set up as needed. Errors as mariadb_open_source. */
status session_check_source(session *s, const wiki *w);

/* Cuts the connections, so that what waits for an answer gets an error; by another thread, after a stop was asked for. */
void session_interrupt(session *s);

void session_close(session *s);

/* One statement with text parameters. *out, if it is wanted, is the first field, malloc'd, NULL for NULL or no row. Errors as pg_execute_params. */
status session_ask(PGconn *conn, const char *sql, int count, const char *const *params, char **out);

#endif
