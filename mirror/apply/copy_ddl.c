/*
 * apply/copy_ddl.c
 *	  DDL on a table that is being copied; see copy_ddl.h.
 */
#include "apply/copy_ddl.h"

#include "apply/copy_again.h"
#include "apply/take.h"
#include "support/log.h"

/* Until each chunk is copied, or its reader dead: a worker has no rows under way then. */
static status
wait_for_chunks(applier *a, copy_entry *e)
{
	status result = STATUS_OK;

	for (size_t i = 0; result == STATUS_OK && i < e->count; i++)
		result = copy_watch_wait(a->copies, e, e->chunks[i]);
	return result;
}

/* A wiki that is copied has told of its rows: what is copied of them now is told, too. */
static status
begin_anew(applier *a, const wiki *w, const copy_entry *e, const char *bare, bool stays)
{
	if (!e->first || w->snapshot_text != NULL)
		return copy_again_table(a, w, bare, "its rows went while it was copied");
	log_info("table %s of wiki %s is copied anew: its rows went while it was copied", bare,
	         w->wiki_id);
	return copy_watch_restart(a->copies, e, stays);
}

status
copy_ddl_take(applier *a, const wiki *w, const char *bare, const statement *s, table_effect effect,
              bool *done)
{
	const bool stays = s->ddl == DDL_TRUNCATE_TABLE;
	copy_entry *e;
	copy_answer answer;
	status result = group_begin(a->group);

	*done = false;
	if (result != STATUS_OK)
		return result;
	e = copy_watch_is_any(a->copies) ? copy_watch_find(a->copies, w, bare) : NULL;
	if (e == NULL || copy_entry_is_blank(e))
	{
		*done = e != NULL || w->snapshot_text == NULL;
		return STATUS_OK;
	}
	result = wait_for_chunks(a, e);
	if (result != STATUS_OK)
		return result;
	answer = copy_entry_answer_all(e, &a->id);
	*done = answer == COPY_LEAVE;
	if (*done || (effect != TABLE_EMPTIED && effect != TABLE_GONE))
		return STATUS_OK;
	/* what is left to copy is cut by a key that the next table of the name may not have */
	if (answer == COPY_WAIT || (!stays && !e->copied))
		return begin_anew(a, w, e, bare, stays);
	return STATUS_OK;
}
