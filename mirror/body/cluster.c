/*
 * body/cluster.c
 *	  Clusters of External Storage; see cluster.h.
 */
#include "body/cluster.h"

#include <stdlib.h>
#include <string.h>
#include "source/mariadb.h"
#include "support/log.h"
#include "support/pg.h"

#define ANSWER_S 10
#define NO_SUCH_TABLE 1146 /* ER_NO_SUCH_TABLE */

/* ---- mwmirror.cluster ---- */

/* A copy of a column; false without memory. */
static bool
copy_text(PGresult *res, int row, int column, char **out)
{
	*out = PQgetisnull(res, row, column) ? NULL : strdup(PQgetvalue(res, row, column));
	return *out != NULL || PQgetisnull(res, row, column);
}

/* The source's settings, with those of the cluster in their place. */
static void
as_source(config *out, const config *c, body_cluster *of)
{
	static char no_password[] = "";

	*out = *c;
	out->source_host = of->hosts;
	out->source_socket = NULL;
	if (of->user != NULL)
		out->source_user = of->user;
	if (of->password_file != NULL)
	{
		out->source_password = no_password;
		out->source_password_file = of->password_file;
	}
	if (of->tls_ca != NULL)
	{
		out->source_tls_ca = of->tls_ca;
		out->source_option_file = NULL; /* its ssl-ca would go before that */
	}
}

static bool
fill(body_cluster *out, const config *c, PGresult *res, int row)
{
	if (!copy_text(res, row, 0, &out->name) || !copy_text(res, row, 1, &out->hosts) ||
	    !copy_text(res, row, 2, &out->database) || !copy_text(res, row, 3, &out->table) ||
	    !copy_text(res, row, 4, &out->user) || !copy_text(res, row, 5, &out->password_file) ||
	    !copy_text(res, row, 6, &out->tls_ca))
		return false;
	as_source(&out->server.config, c, out);
	return true;
}

status
body_clusters_load(PGconn *conn, const config *c, body_clusters *out)
{
	const char *params[] = {c->source_name};
	PGresult *res;
	status result = pg_execute_params(
	    conn,
	    "SELECT cluster_name, hosts, database_name, blobs_table, user_name, "
	    "password_file, tls_ca FROM mwmirror.cluster WHERE source_name = $1 ORDER BY 1",
	    1, params, "read mwmirror.cluster",
	    "run mwmirror init, and grant mwmirror_writer to this role", 0, &res);

	memset(out, 0, sizeof(*out));
	out->source.config = *c;
	if (result != STATUS_OK)
		return result;
	out->items = calloc((size_t) PQntuples(res) + 1, sizeof(body_cluster));
	for (int i = 0; out->items != NULL && result == STATUS_OK && i < PQntuples(res); i++)
	{
		out->count++;
		if (!fill(&out->items[i], c, res, i))
			result = STATUS_MEMORY;
	}
	PQclear(res);
	if (out->items == NULL || result == STATUS_MEMORY)
	{
		log_error("out of memory for the list of clusters");
		result = STATUS_MEMORY;
	}
	return result;
}

void
body_clusters_free(body_clusters *l)
{
	for (size_t i = 0; i < l->count; i++)
	{
		body_cluster *c = &l->items[i];

		body_server_disconnect(&c->server);
		free(c->name);
		free(c->hosts);
		free(c->database);
		free(c->table);
		free(c->user);
		free(c->password_file);
		free(c->tls_ca);
	}
	free(l->items);
	body_server_disconnect(&l->source);
	memset(l, 0, sizeof(*l));
}

body_cluster *
body_clusters_find(const body_clusters *l, const char *name, size_t len)
{
	for (size_t i = 0; i < l->count; i++)
	{
		if (strlen(l->items[i].name) == len && memcmp(l->items[i].name, name, len) == 0)
			return &l->items[i];
	}
	return NULL;
}

body_server *
body_clusters_server(body_clusters *l, body_cluster *c)
{
	return c->hosts == NULL ? &l->source : &c->server;
}

/* ---- servers ---- */

void
body_server_disconnect(body_server *s)
{
	if (s->mysql != NULL)
		mysql_close(s->mysql);
	s->mysql = NULL;
}

/* Why there is no connection has been logged, but not what for; that there was no answer in time has been, with both. */
static void
report(const body_server *s, status result, const char *what)
{
	const log_level level = result == STATUS_RETRY ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR;

	if (s->mysql == NULL)
		log_write_hint(level, "mwmirror.cluster says where a cluster is, and who reads it",
		               "cannot read a content of %s", what);
	else if (mysql_errno(s->mysql) != 0)
		log_write_hint(level, "grant SELECT on its database to the user",
		               "cannot read a content of %s: %s", what, mysql_error(s->mysql));
}

status
body_server_ask(body_server *s, const char *sql, const char *what, MYSQL_RES **out)
{
	status result = STATUS_RETRY;
	bool fresh = false;

	*out = NULL;
	while (result == STATUS_RETRY && !fresh)
	{
		fresh = s->mysql == NULL;
		result = fresh ? mariadb_open_source(&s->config, ANSWER_S, NULL, 0, &s->mysql) : STATUS_OK;
		if (result == STATUS_OK)
			result = mariadb_query(s->mysql, sql, true, out);
		if (result == STATUS_OK)
			return result;
		if (s->mysql != NULL && mysql_errno(s->mysql) == NO_SUCH_TABLE)
			return STATUS_OK;
		if (fresh && result != STATUS_STOPPED)
			report(s, result, what);
		body_server_disconnect(s);
	}
	return result;
}
