/*
 * snapshot/plans.c
 *	  The mapping for several threads; see plans.h.
 */
#include "snapshot/plans.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "support/log.h"
#include "support/pg.h"

void
plans_init(plans *p)
{
	*p = (plans){.mapping = NULL};
	pthread_mutex_init(&p->lock, NULL);
}

void
plans_free(plans *p)
{
	for (size_t i = 0; i < p->before_count; i++)
		mapping_free(p->before[i]);
	free(p->before);
	mapping_free(p->mapping);
	pthread_mutex_destroy(&p->lock);
}

static status
read_version(PGconn *conn, const char *source_name, char *out)
{
	const char *params[] = {source_name};
	PGresult *res;
	status result =
	    pg_execute_params(conn,
	                      "SELECT coalesce((SELECT mapping FROM mwmirror.copy_version WHERE "
	                      "source_name = $1), 0)",
	                      1, params, "read mwmirror.copy_version",
	                      "run mwmirror init, and grant mwmirror_writer to this role", 0, &res);

	if (result == STATUS_OK)
		snprintf(out, PLANS_VERSION_SIZE, "%s", PQgetvalue(res, 0, 0));
	PQclear(res);
	return result;
}

/* The lock is held. */
static status
keep_before(plans *p)
{
	mapping **more;

	if (p->mapping == NULL)
		return STATUS_OK;
	more = realloc(p->before, (p->before_count + 1) * sizeof(mapping *));
	if (more == NULL)
	{
		log_error("out of memory for the mapping");
		return STATUS_MEMORY;
	}
	p->before = more;
	p->before[p->before_count++] = p->mapping;
	p->mapping = NULL;
	return STATUS_OK;
}

status
plans_load(plans *p, PGconn *conn, const char *source_name)
{
	char version[PLANS_VERSION_SIZE];
	mapping *newest = NULL;
	status result;

	pthread_mutex_lock(&p->lock);
	/* first, so that a later change is seen */
	result = read_version(conn, source_name, version);
	if (result == STATUS_OK && (p->mapping == NULL || strcmp(version, p->version) != 0))
	{
		result = mapping_load(conn, &newest);
		if (result == STATUS_OK)
			result = keep_before(p);
		if (result == STATUS_OK)
		{
			p->mapping = newest;
			memcpy(p->version, version, sizeof(version));
		}
		else
			mapping_free(newest);
	}
	pthread_mutex_unlock(&p->lock);
	return result;
}

status
plans_are_newest(plans *p, PGconn *conn, const char *source_name, bool *newest)
{
	char version[PLANS_VERSION_SIZE];
	status result = read_version(conn, source_name, version);

	pthread_mutex_lock(&p->lock);
	*newest = result == STATUS_OK && strcmp(version, p->version) == 0;
	pthread_mutex_unlock(&p->lock);
	return result;
}

const mapping *
plans_mapping(plans *p)
{
	const mapping *newest;

	pthread_mutex_lock(&p->lock);
	newest = p->mapping;
	pthread_mutex_unlock(&p->lock);
	return newest;
}

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
