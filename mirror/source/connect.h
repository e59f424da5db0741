/*
 * source/connect.h
 *	  One attempt to connect to one MariaDB server, which a stop ends at once.
 */
#ifndef MWMIRROR_SOURCE_CONNECT_H
#define MWMIRROR_SOURCE_CONNECT_H

#include <mysql.h>
#include <stdbool.h>
#include "support/status.h"

/* Where and as whom; all texts are the caller's and need only live for the call. */
typedef struct connect_place
{
	const char *host;   /* NULL: the socket */
	unsigned port;      /* of host */
	const char *socket; /* if host is NULL */
	const char *user;   /* NULL, as the password: what the option file says */
	const char *password;
	const char *tls_ca; /* file; NULL or "": without TLS; not used with a socket */
	/* of MariaDB's clients, NULL: none; what it says of TLS goes before tls_ca, and a certificate of the server is verified if it says no other */
	const char *option_file;
	unsigned read_timeout; /* seconds, 0 for none */
} connect_place;

/* Why an attempt failed. */
typedef struct connect_failure
{
	unsigned code; /* as mysql_errno */
	char text[512];
} connect_failure;

/*
 * Connects and sets the session up: UTC, binary strings (bytes arrive as stored), autocommit. Logs nothing. On STATUS_OK
 * the caller closes *out with mysql_close. STATUS_RETRY, STATUS_SOURCE (this host refuses), STATUS_MEMORY with *why;
 * STATUS_STOPPED.
 */
status connect_once(const connect_place *place, MYSQL **out, connect_failure *why);

#endif
