#define _GNU_SOURCE
/*
 * source/connect.c
 *	  One attempt to connect; see connect.h.
 *
 * libmariadb connects in a thread of its own, because neither it nor the resolver can be interrupted. A stop leaves that
 * thread behind, for the end of the program to end.
 */
#include "source/connect.h"

#include <errmsg.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "source/mariadb_error.h"
#include "support/stop.h"

#define CONNECT_TIMEOUT_S 5
#define SESSION_SQL "SET NAMES binary, time_zone = '+00:00', sql_mode = ''"

/* It belongs to two threads, and who leaves it last frees it. */
typedef struct attempt
{
	char *host;
	char *socket;
	char *user;
	char *password;
	char *tls_ca;
	unsigned port;
	unsigned read_timeout;
	int done[2]; /* the thread closes [1] at its end */
	atomic_int owners;
	MYSQL *mysql; /* NULL: it failed */
	connect_failure why;
} attempt;

static void
free_attempt(attempt *a)
{
	if (a->password != NULL)
		explicit_bzero(a->password, strlen(a->password));
	free(a->password);
	free(a->host);
	free(a->socket);
	free(a->user);
	free(a->tls_ca);
	free(a);
}

static void
leave_attempt(attempt *a)
{
	if (atomic_fetch_sub(&a->owners, 1) > 1)
		return;
	if (a->mysql != NULL)
		mysql_close(a->mysql);
	close(a->done[0]);
	free_attempt(a);
}

/* Copies a text; NULL stays NULL. False without memory. */
static bool
copy_text(char **to, const char *from)
{
	*to = from != NULL ? strdup(from) : NULL;
	return from == NULL || *to != NULL;
}

static attempt *
create_attempt(const connect_place *place)
{
	attempt *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->port = place->port;
	a->read_timeout = place->read_timeout;
	if (!copy_text(&a->host, place->host) || !copy_text(&a->socket, place->socket) ||
	    !copy_text(&a->user, place->user) || !copy_text(&a->password, place->password) ||
	    !copy_text(&a->tls_ca, place->tls_ca) || pipe2(a->done, O_CLOEXEC) != 0)
	{
		free_attempt(a);
		return NULL;
	}
	atomic_init(&a->owners, 2);
	return a;
}

static void
set_options(MYSQL *mysql, const attempt *a)
{
	unsigned connect_timeout = CONNECT_TIMEOUT_S;
	my_bool yes = 1;

	mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect_timeout);
	if (a->read_timeout > 0)
		mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &a->read_timeout);
	mysql_optionsv(mysql, MYSQL_OPT_CONNECT_ATTR_RESET);
	mysql_optionsv(mysql, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "mwmirror");
	if (a->host == NULL || a->tls_ca == NULL || *a->tls_ca == '\0')
		return;
	mysql_options(mysql, MYSQL_OPT_SSL_CA, a->tls_ca);
	mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &yes);
	mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
}

/* The thread. */
static void *
run(void *argument)
{
	attempt *a = argument;
	MYSQL *mysql = mysql_init(NULL);

	if (mysql == NULL)
	{
		a->why.code = CR_OUT_OF_MEMORY;
		snprintf(a->why.text, sizeof(a->why.text), "out of memory");
	}
	else
	{
		set_options(mysql, a);
		if (mysql_real_connect(mysql, a->host == NULL ? "localhost" : a->host, a->user, a->password,
		                       NULL, a->port, a->host == NULL ? a->socket : NULL, 0) != NULL &&
		    mysql_real_query(mysql, SESSION_SQL, sizeof(SESSION_SQL) - 1) == 0)
			a->mysql = mysql;
		else
		{
			a->why.code = mysql_errno(mysql);
			snprintf(a->why.text, sizeof(a->why.text), "%s", mysql_error(mysql));
			mysql_close(mysql);
		}
	}
	mysql_thread_end();
	close(a->done[1]);
	leave_attempt(a);
	return NULL;
}

/* TLS that fails on the way in is a refusal (certificate, no TLS), unless the line was cut meanwhile. */
static status
judge(const connect_failure *why)
{
	static const char *const cut[] = {"unexpected eof", "reset by peer", "Broken pipe",
	                                  "timed out"};

	for (size_t i = 0; why->code == CR_SSL_CONNECTION_ERROR && i < sizeof(cut) / sizeof(*cut); i++)
		if (strstr(why->text, cut[i]) != NULL)
			return STATUS_RETRY;
	return mariadb_error_judge(why->code);
}

/* Waits for the thread; false if a stop was asked for first. Bounded by libmariadb's time-outs. */
static bool
await(const attempt *a)
{
	struct pollfd fds[2] = {{.fd = a->done[0], .events = POLLIN},
	                        {.fd = stop_fd(), .events = POLLIN}};

	while (!stop_requested())
	{
		if (poll(fds, 2, -1) > 0 && fds[0].revents != 0)
			return true;
	}
	return false;
}

static void
initialize_library(void)
{
	mysql_server_init(0, NULL, NULL);
}

status
connect_once(const connect_place *place, MYSQL **out, connect_failure *why)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	attempt *a = create_attempt(place);
	pthread_t thread;
	status answer = STATUS_OK;

	memset(why, 0, sizeof(*why));
	snprintf(why->text, sizeof(why->text), "out of memory");
	pthread_once(&once, initialize_library);
	if (a == NULL)
		return STATUS_MEMORY;
	if (pthread_create(&thread, NULL, run, a) != 0)
	{
		close(a->done[0]);
		close(a->done[1]);
		free_attempt(a);
		return STATUS_MEMORY;
	}
	pthread_detach(thread);
	if (!await(a))
		answer = STATUS_STOPPED;
	else if (a->mysql != NULL)
	{
		*out = a->mysql;
		a->mysql = NULL;
	}
	else
	{
		*why = a->why;
		answer = judge(why);
	}
	leave_attempt(a);
	return answer;
}
