/*
 * cli/postgres.c
 *	  One connection to PostgreSQL for a verb that sets up or looks.
 */
#include "cli/postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/log.h"

static void
postgres_on_notice(void *arg, const char *message)
{
	(void) arg;
	log_debug("%s", message);
}

/* Copies without the severity that every message of libpq begins with, its newlines as blanks. */
static void
message_flatten(const char *message, char *out, size_t size)
{
	size_t len;

	snprintf(out, size, "%s", strncmp(message, "ERROR:  ", 8) == 0 ? message + 8 : message);
	for (len = strlen(out); len > 0 && out[len - 1] == '\n'; len--)
		out[len - 1] = '\0';
	for (char *p = out; *p != '\0'; p++)
	{
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	}
}

const char *
postgres_message(PGconn *conn)
{
	static char text[1024];

	message_flatten(PQerrorMessage(conn), text, sizeof(text));
	return text;
}

status
postgres_try(const char *conninfo, PGconn **out, char **message)
{
	/* the later value wins; fallback_application_name leaves the operator's own alone */
	const char *keywords[] = {"dbname", "fallback_application_name", "connect_timeout",
	                          "client_encoding", NULL};
	const char *values[] = {conninfo, "mwmirror", "10", "UTF8", NULL};
	PGconn *conn = PQconnectdbParams(keywords, values, 1);
	PGresult *result;

	*message = NULL;
	if (PQstatus(conn) != CONNECTION_OK)
	{
		*message = strdup(postgres_message(conn));
		PQfinish(conn);
		return STATUS_TARGET;
	}
	PQsetNoticeProcessor(conn, postgres_on_notice, NULL);
	result = PQexec(conn, "SELECT pg_catalog.set_config('search_path', 'pg_catalog', false)");
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
	{
		*message = strdup(postgres_message(conn));
		PQclear(result);
		PQfinish(conn);
		return STATUS_TARGET;
	}
	PQclear(result);
	*out = conn;
	return STATUS_OK;
}

status
postgres_connect(const char *conninfo, const char *setting, PGconn **out)
{
	char *message;
	char hint[256];
	status result = postgres_try(conninfo, out, &message);

	if (result != STATUS_OK)
	{
		if (message != NULL && strstr(message, "database \"") != NULL &&
		    strstr(message, "does not exist") != NULL)
			snprintf(
			    hint, sizeof(hint),
			    "look at %s, or run: CREATE DATABASE mwmirror ENCODING 'UTF8' TEMPLATE template0",
			    setting);
		else
			snprintf(hint, sizeof(hint), "is the server up, and is %s right?", setting);
		log_error_hint(hint, "cannot connect to PostgreSQL: %s",
		               message != NULL ? message : "out of memory");
		free(message);
	}
	return result;
}

status
postgres_run(PGconn *conn, const char *doing, const char *hint, const char *sql, int param_count,
             const char *const *params, PGresult **out)
{
	PGresult *result = PQexecParams(conn, sql, param_count, NULL, params, NULL, NULL, 0);
	ExecStatusType got = PQresultStatus(result);

	if (got == PGRES_TUPLES_OK || got == PGRES_COMMAND_OK)
	{
		if (out != NULL)
			*out = result;
		else
			PQclear(result);
		return STATUS_OK;
	}
	if (hint != NULL)
		log_error_hint(hint, "cannot %s: %s", doing, postgres_message(conn));
	else
		log_error("cannot %s: %s", doing, postgres_message(conn));
	PQclear(result);
	return STATUS_TARGET;
}
