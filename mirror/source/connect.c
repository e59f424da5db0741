#define _GNU_SOURCE
/*
 * source/connect.c
 *	  One attempt to connect; see connect.h.
 *
 * libmariadb connects in a thread of its own (support/aside.h), because neither it nor the resolver can be interrupted.
 */
#include "source/connect.h"

#include <errmsg.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "source/mariadb_error.h"
#include "support/aside.h"

#define CONNECT_TIMEOUT_S 5
#define OPTION_GROUP "mwmirror" /* beside those of all clients */
#define SESSION_SQL                                                                                \
	"SET NAMES binary, character_set_results = NULL, time_zone = '+00:00', sql_mode = ''"

typedef struct attempt
{
	char *host;
	char *socket;
	char *user;
	char *password;
	char *tls_ca;
	char *option_file;
	unsigned port;
	unsigned read_timeout;
	MYSQL *mysql; /* NULL: it failed */
	connect_failure why;
} attempt;

static void
free_attempt(void *data)
{
	attempt *a = data;

	if (a->mysql != NULL)
		mysql_close(a->mysql);
	if (a->password != NULL)
		explicit_bzero(a->password, strlen(a->password));
	free(a->password);
	free(a->host);
	free(a->socket);
	free(a->user);
	free(a->tls_ca);
	free(a->option_file);
	free(a);
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
	if (copy_text(&a->host, place->host) && copy_text(&a->socket, place->socket) &&
	    copy_text(&a->user, place->user) && copy_text(&a->password, place->password) &&
	    copy_text(&a->tls_ca, place->tls_ca) && copy_text(&a->option_file, place->option_file))
		return a;
	free_attempt(a);
	return NULL;
}

/* libmariadb reads the file while it connects. */
static void
set_option_file(MYSQL *mysql, const char *path)
{
	my_bool yes = 1;

	mysql_options(mysql, MYSQL_READ_DEFAULT_FILE, path);
	mysql_options(mysql, MYSQL_READ_DEFAULT_GROUP, OPTION_GROUP);
	/* counts if there is TLS, and then a server without it is refused */
	mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
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
	if (a->option_file != NULL)
		set_option_file(mysql, a->option_file);
	if (a->host == NULL || a->tls_ca == NULL || *a->tls_ca == '\0')
		return;
	mysql_options(mysql, MYSQL_OPT_SSL_CA, a->tls_ca);
	mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &yes);
	mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
}

/* In a thread of its own. */
static void
run(void *data)
{
	attempt *a = data;
	MYSQL *mysql = mysql_init(NULL);
	my_bool no = 0; /* whatever the option file says: a session is set up once */

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
		    mysql_options(mysql, MYSQL_OPT_RECONNECT, &no) == 0 &&
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
}

/*
 * TLS that fails on the way in is a refusal (certificate, no TLS), unless the line was cut meanwhile. libmariadb tells both by one code; the words
 * are OpenSSL's, which has no others, and those of the C library, whose language nothing here sets.
 */
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
	status answer = STATUS_MEMORY;

	memset(why, 0, sizeof(*why));
	snprintf(why->text, sizeof(why->text), "out of memory");
	pthread_once(&once, initialize_library);
	if (a == NULL)
		return answer;
	answer = aside_run(run, free_attempt, a, "connecting to MariaDB");
	if (answer == STATUS_STOPPED)
		return answer;
	if (answer == STATUS_OK && a->mysql != NULL)
	{
		*out = a->mysql;
		a->mysql = NULL;
	}
	else if (answer == STATUS_OK)
	{
		*why = a->why;
		answer = judge(why);
	}
	free_attempt(a);
	return answer;
}
