/*
 * mapping/column_use.c
 *	  What a column of a source table is to the mapping; see column_use.h.
 */
#include "mapping/column_use.h"

#include <string.h>
#include <strings.h>
#include "mapping/mapping_data.h"

static bool
list_names(const name_list *l, const char *column)
{
	for (unsigned i = 0; i < l->count; i++)
	{
		if (strcasecmp(l->names[i], column) == 0)
			return true;
	}
	return false;
}

static bool
alternative_names(const map_column *c, const char *column)
{
	return list_names(&c->sources, column) || list_names(&c->null_when, column) ||
	       list_names(&c->null_unless, column) || list_names(&c->requires, column);
}

/* What the column is to one mirror column. */
static void
add_target(const map_table *t, const mirror_column *target, const char *column, column_use *use)
{
	bool used = false, other = false, alone = true;

	for (unsigned i = 0; i < t->column_count; i++)
	{
		const map_column *c = &t->columns[i];

		if (strcmp(c->target_column, target->name) != 0)
			continue;
		if (!alternative_names(c, column))
		{
			other = true;
			continue;
		}
		used = true;
		alone = alone && c->expression == NULL && list_names(&c->sources, column);
	}
	if (!used)
		return;
	use->used = true;
	use->needed = use->needed || (!other && (target->key || target->in_events));
	use->null_as_absent = use->null_as_absent && alone && !other && !target->has_default;
}

column_use
column_use_find(const mapping *m, const char *table, const char *column)
{
	column_use use = {.null_as_absent = true,
	                  .migrates = mapping_lists(m->migrations, table, column),
	                  .made_not_null = mapping_lists(m->made_not_null, table, column)};

	for (unsigned i = 0; i < m->table_count; i++)
	{
		const map_table *t = &m->tables[i];

		if (strcmp(t->source_table, table) != 0)
			continue;
		if (mapping_filters_by(t, column))
		{
			use.used = true;
			use.needed = true;
			use.null_as_absent = false;
		}
		for (unsigned j = 0; j < t->target->column_count; j++)
			add_target(t, &t->target->columns[j], column, &use);
	}
	return use;
}
