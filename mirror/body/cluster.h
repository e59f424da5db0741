/*
 * body/cluster.h
 *	  Clusters of External Storage, by mwmirror.cluster, and the connections to them and to the source.
 */
#ifndef MWMIRROR_BODY_CLUSTER_H
#define MWMIRROR_BODY_CLUSTER_H

#include <libpq-fe.h>
#include <mysql.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "support/config.h"
#include "support/status.h"

/* A server that rows are read from; connected when it is first asked. */
typedef struct body_server
{
	/* the source's, with other hosts; what it points to is the source's or the cluster's */
	config config;
	MYSQL *mysql; /* NULL: not connected */
} body_server;

typedef struct body_cluster
{
	char *name;
	char *hosts;    /* NULL: the source's own */
	char *database; /* NULL: named as the wiki's */
	char *table;
	char *user; /* NULL, as the next two: the source's */
	char *password_file;
	char *tls_ca;
	body_server server; /* if it has hosts */
	uint64_t stuck_at;  /* newest blob when a wait for later ones was given up; 0: never */
} body_cluster;

typedef struct body_clusters
{
	body_server source;
	body_cluster *items;
	size_t count;
} body_clusters;

/* Reads the clusters of a source. The configuration must outlive *out. Errors logged; on any status the caller frees *out. */
status body_clusters_load(PGconn *conn, const config *c, body_clusters *out);

void body_clusters_free(body_clusters *l);

/* The cluster with that name; NULL: there is none. */
body_cluster *body_clusters_find(const body_clusters *l, const char *name, size_t len);

/* The server that a cluster's rows are on. */
body_server *body_clusters_server(body_clusters *l, body_cluster *c);

/*
 * Asks a server; once more by a new connection if the one that was there is lost. *out NULL: the table is not there. Errors, logged with
 * what, as mariadb_open_source and mariadb_query; then it is not connected any more.
 */
status body_server_ask(body_server *s, const char *sql, const char *what, MYSQL_RES **out);

void body_server_disconnect(body_server *s);

#endif
