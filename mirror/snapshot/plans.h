/*
 * snapshot/plans.h
 *	  The mapping for several threads: making plans changes it, plans themselves never change.
 */
#ifndef MWMIRROR_SNAPSHOT_PLANS_H
#define MWMIRROR_SNAPSHOT_PLANS_H

#include <pthread.h>
#include "mapping/mapping.h"
#include "support/status.h"

typedef struct plans
{
	mapping *mapping;
	pthread_mutex_t lock;
} plans;

/* As mapping_compile. */
status plans_compile(plans *p, const char *table, char *const *columns, unsigned count,
                     const plan **out);

/* As mapping_bare_plan. */
status plans_bare(plans *p, const char *table, const plan **out);

#endif
