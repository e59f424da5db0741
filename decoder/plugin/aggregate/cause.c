/*
 * plugin/aggregate/cause.c
 *	  What made a page's change; see cause.h.
 */
#include "plugin/aggregate/cause.h"

#include "plugin/aggregate/revision.h"
#include "plugin/entity/revision.h"

#define SAVE_LONGEST (1 * USECS_PER_HOUR) /* between a save's rev_timestamp and its commit */

/*
 * is_import
 *	 An import by Special:Import or the API logs, in the same transaction. Scripts log nothing, but an imported revision has the
 *	 time at which it was made elsewhere, or one that is to come: the file may say anything.
 */
static bool
is_import(session *s, int wiki, const page_event *e)
{
	const revision *latest = revision_find(s, wiki, e->rev_id);

	if (log_find(s, wiki, LOG_IMPORT, e->page_id, e->state.namespace_id, e->state.title) != NULL)
		return true;
	if (latest == NULL || TIMESTAMP_NOT_FINITE(latest->timestamp))
		return false;
	return latest->timestamp < session_commit_time(s) - SAVE_LONGEST ||
	       latest->timestamp > session_commit_time(s) + SAVE_LONGEST;
}

/* is_restore: the latest revision came from archive; its row there may go later. */
static bool
is_restore(session *s, int wiki, const page_event *e)
{
	revision_change latest = revision_change_known(s, wiki, e->rev_id);

	return latest.unarchived ||
	       (latest.inserted && revision_find_archived(s, wiki, e->rev_id) != NULL);
}

static page_cause
find_edit_cause(session *s, int wiki, const page_event *e)
{
	revision_change latest = revision_change_known(s, wiki, e->rev_id);

	if (latest.merged)
		return CAUSE_MERGE;
	if (revision_change_known(s, wiki, e->prior_rev_id).merged)
		return CAUSE_MERGE_SOURCE;
	if (!e->revision_is_new)
		return CAUSE_SCRIPT;
	if (revision_is_null(s, wiki, e->rev_id, e->prior_rev_id))
		return CAUSE_DUMMY;
	return is_import(s, wiki, e) ? CAUSE_IMPORT : CAUSE_OTHER;
}

void
cause_set(session *s, int wiki, page_event *e)
{
	if (e->kind == PAGE_EDIT && is_restore(s, wiki, e))
		e->cause = CAUSE_RESTORE;
	else if (s->options.mode == MODE_COMPLETE)
		return;
	else if (e->kind == PAGE_EDIT)
		e->cause = find_edit_cause(s, wiki, e);
	else if (e->kind == PAGE_CREATE && is_import(s, wiki, e))
		e->cause = CAUSE_IMPORT;
	else if (e->kind == PAGE_VISIBILITY_CHANGE && e->log == NULL)
		e->cause = CAUSE_HIDE_USER;
}
