/*
 * plugin/aggregate/configuration.c
 *	  Settings of wikis that changed; see configuration.h.
 *
 * mwmirror.wiki is changed by others than a source's writer, in transactions of their own. follow compares what it holds with what the decoder was
 * told, and writes that row anew where it differs (sql/functions/wiki_told.sql).
 */
#include "plugin/aggregate/configuration.h"

#include "plugin/entity/tables.h"

/* Of a wiki; there is one, so its number is 0. */
typedef struct told_fact
{
	bool is_known;
	bool was_told; /* as of a wiki that is not private */
} told_fact;

static bool told_conclude(session *s, int wiki, int64 id, const void *fact, event *out);

static const fact_kind told_kind = {sizeof(told_fact), told_conclude, &configuration_aggregate};

static void
add_told(session *s, const change *c)
{
	told_fact *fact = gather_get(s->gather, &told_kind, c->wiki, 0);

	if (fact->is_known)
		return;
	fact->is_known = true;
	fact->was_told = c->old_row != NULL && !mirror_row_is_null(c->old_row, TOLD_PRIVATE) &&
	                 mirror_row_int(c->old_row, TOLD_PRIVATE) == 0;
}

static bool
told_conclude(session *s, int wiki, int64 id, const void *data, event *out)
{
	const told_fact *fact = data;
	configuration_event *e = palloc(sizeof(configuration_event));

	e->is_new = !fact->was_told;
	out->what = e;
	return true;
}

static const aggregate_input inputs[] = {
    {TABLE_WIKI_TOLD, true, add_told},
};

const aggregate configuration_aggregate = {
    .name = "configuration", .inputs = inputs, .input_count = lengthof(inputs)};
