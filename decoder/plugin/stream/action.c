/*
 * plugin/stream/action.c
 *	  Who acted and why; see action.h.
 */
#include "plugin/stream/action.h"

#include "plugin/entity/comment.h"
#include "plugin/entity/visibility.h"

const log_entry *
action_find_log(const page_event *of)
{
	return of->log != NULL && visibility_shows(FIELD_LOG_ACTION, of->log->hidden) ? of->log : NULL;
}

/* is_suppression: who acted, and why, is for those only who may see the suppression log. */
static bool
is_suppression(const page_event *of, int bits)
{
	if (of->suppressed || (of->log != NULL && of->log->suppressed))
		return true;
	return of->kind == PAGE_VISIBILITY_CHANGE &&
	       !visibility_shows(FIELD_RESTRICTED_ACTION, bits | of->old_bits);
}

int64
action_find_actor(const page_event *of, int bits)
{
	const log_entry *log = action_find_log(of);

	if (log == NULL || is_suppression(of, bits) ||
	    !visibility_shows(FIELD_LOG_PERFORMER, log->hidden))
		return 0;
	return log->actor_id;
}

const char *
action_find_comment(session *s, int wiki, const page_event *of, int bits)
{
	const log_entry *log = action_find_log(of);

	if (log == NULL || is_suppression(of, bits) ||
	    !visibility_shows(FIELD_LOG_COMMENT, log->hidden))
		return NULL;
	return comment_find(s, wiki, log->comment_id);
}
