/*
 * mapping/mapping.c
 *	  The loaded mapping: its tables, and the plans made so far; see mapping.h.
 */
#include "mapping/mapping.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "mapping/mapping_data.h"
#include "mapping/plan_compile.h"
#include "support/log.h"

void
mapping_free(mapping *m)
{
	if (m == NULL)
		return;
	PQclear(m->private_columns);
	PQclear(m->migrations);
	if (m->memory != NULL)
		arena_destroy(m->memory);
	free(m);
}

int
mapping_list_find(const PGresult *list, const char *table, const char *column)
{
	for (int i = 0; list != NULL && i < PQntuples(list); i++)
	{
		if (strcmp(PQgetvalue(list, i, 0), table) == 0 &&
		    strcasecmp(PQgetvalue(list, i, 1), column) == 0)
			return i;
	}
	return -1;
}

bool
mapping_lists(const PGresult *list, const char *table, const char *column)
{
	return mapping_list_find(list, table, column) >= 0;
}

bool
mapping_filters_by(const map_table *t, const char *column)
{
	for (unsigned i = 0; t->filter != NULL && i < t->filter->count; i++)
	{
		if (strcasecmp(t->filter->conditions[i].column, column) == 0)
			return true;
	}
	return false;
}

bool
mapping_has_table(const mapping *m, const wiki *w, const char *table, size_t len)
{
	for (unsigned i = 0; i < m->table_count; i++)
	{
		const char *name = m->tables[i].source_table;

		if (strncmp(name, table, len) == 0 && name[len] == '\0')
			return w->is_wiki || !m->tables[i].shipped;
	}
	return false;
}

const char *
mapping_source_of(const mapping *m, const char *target, unsigned number)
{
	for (unsigned i = 0; i < m->table_count; i++)
	{
		const map_table *t = &m->tables[i];

		if (!t->merge && strcmp(t->target->name, target) == 0 && number-- == 0)
			return t->source_table;
	}
	return NULL;
}

void
mapping_each_table(const mapping *m, bool (*callback)(void *context, const char *table),
                   void *context)
{
	for (unsigned i = 0; i < m->table_count; i++)
	{
		const char *name = m->tables[i].source_table;
		bool seen = false;

		for (unsigned j = 0; j < i && !seen; j++)
			seen = strcmp(m->tables[j].source_table, name) == 0;
		if (!seen && !callback(context, name))
			return;
	}
}

static const plan *
find_plan(const mapping *m, const shape *s)
{
	for (const plan_entry *e = m->plans; e != NULL; e = e->next)
	{
		bool same = e->plan.source_count == s->count && strcmp(e->plan.source_table, s->table) == 0;

		for (unsigned i = 0; same && i < s->count; i++)
			same = strcmp(e->plan.source_names[i], s->columns[i]) == 0;
		if (same)
			return &e->plan;
	}
	return NULL;
}

status
mapping_compile(mapping *m, const char *table, const char *const *columns, unsigned count,
                const plan **out)
{
	shape s = {table, columns, count};
	plan_entry *e;
	status result;

	*out = find_plan(m, &s);
	if (*out != NULL)
		return STATUS_OK;
	if (count > MAPPING_SOURCES_MAX)
	{
		log_error("source table %s has %u columns, more than %d", table, count,
		          MAPPING_SOURCES_MAX);
		return STATUS_DATA;
	}
	e = arena_alloc_zero(m->memory, sizeof(*e));
	if (e == NULL)
		return mapping_out_of_memory();
	result = plan_compile(m, &s, &e->plan);
	if (result != STATUS_OK)
		return result;
	e->next = m->plans;
	m->plans = e;
	*out = &e->plan;
	return STATUS_OK;
}

status
mapping_bare_plan(mapping *m, const char *table, const plan **out)
{
	return mapping_compile(m, table, NULL, 0, out);
}
