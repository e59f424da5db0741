/*
 * plugin/aggregate/recent_change.c
 *	  Recent changes; see recent_change.h. What becomes of them later (patrolled, hidden, too old) is nothing new.
 */
#include "plugin/aggregate/recent_change.h"

#include "plugin/entity/recent_change.h"
#include "plugin/entity/visibility.h"

/* From a log entry's time to the commit of its recent change. */
#define PUBLISH_LONGEST (1 * USECS_PER_HOUR)

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

/*
 * is_written_anew
 *	 maintenance/rebuildrecentchanges.php (1.39 and 1.43) inserts rows of what has been told of long ago, each in a transaction of
 *	 its own: those of edits without a size, which it sets later, and those of log entries as any other, with the entry's time. That
 *	 of an upload may be old in any case: importImages.php can take it from elsewhere.
 */
static bool
is_written_anew(session *s, const recent_change *rc)
{
	if (rc->kind == CHANGE_EDIT || rc->kind == CHANGE_NEW)
		return !rc->has_size;
	return rc->kind == CHANGE_LOG && rc->timestamp < session_commit_time(s) - PUBLISH_LONGEST &&
	       strcmp(rc->log_type, "upload") != 0;
}

static bool
recent_change_conclude(session *s, int wiki, int64 rc_id, const void *fact, event *out)
{
	const recent_change *rc = recent_change_find(s, wiki, rc_id);

	if (rc == NULL || rc->kind == CHANGE_EXTERNAL || is_written_anew(s, rc) ||
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
