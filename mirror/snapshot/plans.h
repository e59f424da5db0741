/*
 * snapshot/plans.h
 *	  The mapping for several threads: making plans changes it, plans themselves never change.
 *
 * Tables may be added to the mirror while a copy runs: the mapping is read anew then, and what is in use of the one before lives on.
 */
#ifndef MWMIRROR_SNAPSHOT_PLANS_H
#define MWMIRROR_SNAPSHOT_PLANS_H

#include <libpq-fe.h>
#include <pthread.h>
#include <stdbool.h>
#include "mapping/mapping.h"
#include "support/status.h"

#define PLANS_VERSION_SIZE 24

typedef struct plans
{
	mapping *mapping; /* the newest */
	mapping **before;
	size_t before_count;
	char version[PLANS_VERSION_SIZE]; /* mwmirror.copy_version.mapping when it was read */
	pthread_mutex_t lock;
} plans;

void plans_init(plans *p);

void plans_free(plans *p);

/* Reads the mapping, unless it is as it was when it was read last. Errors as mapping_load. */
status plans_load(plans *p, PGconn *conn, const char *source_name);

/* Whether it is as it was when it was read last: *newest. Behind copy_change nothing changes it until the transaction ends. Errors as pg_execute_params. */
status plans_are_newest(plans *p, PGconn *conn, const char *source_name, bool *newest);

/* The newest mapping, to ask which tables there are; lives until plans_free. */
const mapping *plans_mapping(plans *p);

/* As mapping_compile. */
status plans_compile(plans *p, const char *table, char *const *columns, unsigned count,
                     const plan **out);

/* As mapping_bare_plan. */
status plans_bare(plans *p, const char *table, const plan **out);

#endif
