/*
 * plugin/aggregate/recent_change.c
 *	  Recent changes; see recent_change.h. What becomes of them later (patrolled, hidden, too old) is nothing new.
 */
#include "plugin/aggregate/recent_change.h"

#include "plugin/entity/recent_change.h"
#include "plugin/entity/visibility.h"

/* Of a row that was inserted. */
typedef struct recent_change_fact
{
	bool inserted;
} recent_change_fact;

static bool recent_change_conclude(session *s, int wiki, int64 rc_id, const void *fact, event *out);

static const fact_kind change_kind = {sizeof(recent_change_fact), recent_change_conclude,
                                      &recent_change_aggregate};

static void
add_recent_change(session *s, const change *c)
{
	if (c->is_insert)
		((recent_change_fact *) gather_get(s->gather, &change_kind, c->wiki,
		                                   mirror_row_int(c->new_row, RC_ID)))
		    ->inserted = true;
}

static bool
recent_change_conclude(session *s, int wiki, int64 rc_id, const void *fact, event *out)
{
	const recent_change *rc = recent_change_find(s, wiki, rc_id);

	if (rc == NULL || rc->kind == CHANGE_EXTERNAL ||
	    !visibility_shows(FIELD_RECENT_CHANGE, rc->hidden) ||
	    !visibility_shows_log(rc->log_type, rc->log_params))
		return false;
	out->what = rc;
	return true;
}

static const aggregate_input inputs[] = {
    {TABLE_RECENTCHANGES, false, add_recent_change},
};

const aggregate recent_change_aggregate = {
    .name = "recent_change", .inputs = inputs, .input_count = lengthof(inputs)};
