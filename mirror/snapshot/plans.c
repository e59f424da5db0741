/*
 * snapshot/plans.c
 *	  The mapping for several threads; see plans.h.
 */
#include "snapshot/plans.h"

status
plans_compile(plans *p, const char *table, char *const *columns, unsigned count, const plan **out)
{
	status result;

	pthread_mutex_lock(&p->lock);
	result = mapping_compile(p->mapping, table, (const char *const *) columns, count, out);
	pthread_mutex_unlock(&p->lock);
	return result;
}

status
plans_bare(plans *p, const char *table, const plan **out)
{
	status result;

	pthread_mutex_lock(&p->lock);
	result = mapping_bare_plan(p->mapping, table, out);
	pthread_mutex_unlock(&p->lock);
	return result;
}
