/*
 * mapping/key_check.c
 *	  Whether rows that the source tells apart are told apart in the mirror; see key_check.h.
 */
#include "mapping/key_check.h"

#include "support/log.h"

static bool
key_comes_of(const plan_target *t, unsigned source)
{
	for (unsigned i = 0; i < t->column_count; i++)
	{
		const plan_column *c = &t->columns[i];

		for (unsigned j = 0; c->key && j < c->param_count; j++)
		{
			for (unsigned k = 0; k < c->params[j].source_count; k++)
			{
				if (c->params[j].sources[k] == source)
					return true;
			}
		}
	}
	return false;
}

/* The first column of the primary key that the target's key does not come of; source_count if there is none. */
static unsigned
find_missing(const plan *p, const plan_target *t, const bool *in_key)
{
	unsigned i = 0;

	while (i < p->source_count && (!in_key[i] || key_comes_of(t, i)))
		i++;
	return i;
}

status
key_check(const plan *p, const bool *in_key, const char *schema, const char *table)
{
	const plan_target *wrong = NULL;
	unsigned missing = 0;

	for (unsigned i = 0; i < p->target_count; i++)
	{
		const plan_target *t = &p->targets[i];
		unsigned found;

		if (t->merge)
			continue;
		if (t->keyless || (found = find_missing(p, t, in_key)) == p->source_count)
			return STATUS_OK;
		if (wrong == NULL)
			missing = found;
		wrong = wrong == NULL ? t : wrong;
	}
	if (wrong == NULL)
		return STATUS_OK;
	log_error_hint("add a row for this MediaWiki version to mwmirror.column_map, whose key columns "
	               "come of the source's key, or take the table out of mwmirror.table_map",
	               "rows of %s.%s would become one in %s: column %s of its primary key is in no "
	               "column of the key there",
	               schema, table, wrong->quoted, p->source_names[missing]);
	return STATUS_TARGET;
}
