/*
 * plugin/entity/log.c
 *	  Entries of the log; see log.h.
 */
#include "plugin/entity/log.h"

#include "plugin/entity/title.h"
#include "plugin/entity/visibility.h"

static const struct
{
	const char *type;
	const char *action; /* a prefix if it ends with '*' */
	log_kind kind;
	bool suppressed;
} log_kinds[] = {
    {"delete", "delete*", LOG_DELETE, false}, /* delete, delete_redir, delete_redir2 */
    {"suppress", "delete", LOG_DELETE, true},
    {"delete", "restore", LOG_RESTORE, false},
    {"move", "move*", LOG_MOVE, false}, /* move, move_redir */
    {"delete", "revision", LOG_VISIBILITY, false},
    {"suppress", "revision", LOG_VISIBILITY, true},
    {"merge", "merge*", LOG_MERGE, false}, /* merge, merge-into */
    {"import", "*", LOG_IMPORT, false},    /* upload, interwiki */
    {"tag", "update", LOG_TAG, false},     /* by a user, of a revision or a log entry */
    {"upload", "revert", LOG_REVERT, false},
    {"upload", "*", LOG_UPLOAD, false}, /* upload, overwrite */
    {"protect", "protect", LOG_PROTECT, false},
    {"protect", "modify", LOG_PROTECT, false},
    {"protect", "unprotect", LOG_PROTECT, false},
    {"block", "block", LOG_BLOCK, false},
    {"block", "reblock", LOG_BLOCK, false},
    {"suppress", "block", LOG_BLOCK, true}, /* that hides the user */
    {"suppress", "reblock", LOG_BLOCK, true},
    {"block", "unblock", LOG_UNBLOCK, false},
    {"newusers", "autocreate", LOG_AUTOCREATE, false},
    {"newusers", "*", LOG_NEW_USER,
     false}, /* newusers, create, create2, byemail, forcecreatelocal */
    {"renameuser", "renameuser", LOG_RENAME, false}, /* under the old name */
    {"rights", "autopromote", LOG_AUTOPROMOTE, false},
    {"rights", "rights", LOG_RIGHTS, false},
};

/* action_matches is true if an action is the word, or begins with it where it ends with '*'. */
static bool
action_matches(const mirror_row *row, const char *word)
{
	size_t len = strlen(word);
	char *action;
	bool matches;

	if (word[len - 1] != '*')
		return mirror_row_text_equals(row, LOG_ACTION, word, len);
	action = mirror_row_text(row, LOG_ACTION);
	matches = action != NULL && strncmp(action, word, len - 1) == 0;
	if (action != NULL)
		pfree(action);
	return matches;
}

/* read_kind says which kind the row is of, if it is one of those asked for. */
static bool
read_kind(const mirror_row *row, int kinds, log_entry *out)
{
	for (size_t i = 0; i < lengthof(log_kinds); i++)
		if ((log_kinds[i].kind & kinds) != 0 &&
		    mirror_row_text_equals(row, LOG_TYPE, log_kinds[i].type, strlen(log_kinds[i].type)) &&
		    action_matches(row, log_kinds[i].action))
		{
			out->kind = log_kinds[i].kind;
			out->suppressed = log_kinds[i].suppressed;
			return true;
		}
	return false;
}

bool
log_is(const mirror_row *row, int kinds)
{
	log_entry found;

	return read_kind(row, kinds, &found);
}

/* find_by returns the newest entry of one of the kinds with a key. */
static const log_entry *
find_by(session *s, int wiki, int kinds, int key, const rows_value *values)
{
	rows_scan scan;
	mirror_row row;
	log_entry found;
	log_entry *entry;

	rows_find_inserted(&scan, s->rows, TABLE_LOGGING, key, wiki, values);
	while (rows_next(&scan, &row))
	{
		if (mirror_row_is_null(&row, LOG_TITLE) || !read_kind(&row, kinds, &found))
			continue;
		found.log_id = mirror_row_int(&row, LOG_ID);
		found.timestamp = mirror_row_time(&row, LOG_TIMESTAMP);
		found.actor_id = mirror_row_int(&row, LOG_ACTOR);
		found.comment_id = mirror_row_int(&row, LOG_COMMENT_ID);
		found.hidden = (int) mirror_row_int(&row, LOG_DELETED) & HIDDEN_ALL;
		entry = palloc(sizeof(log_entry));
		*entry = found;
		return entry;
	}
	return NULL;
}

const log_entry *
log_find(session *s, int wiki, int kinds, int64 page_id, int32 namespace_id, const char *title)
{
	const rows_value by_page = {.number = page_id};
	const rows_value by_title[] = {{.number = namespace_id}, {.text = title, .len = strlen(title)}};
	const log_entry *entry =
	    page_id == 0 ? NULL : find_by(s, wiki, kinds, LOGGING_BY_PAGE, &by_page);

	return entry != NULL ? entry : find_by(s, wiki, kinds, LOGGING_BY_TITLE, by_title);
}

const log_entry *
log_find_of_user(session *s, int wiki, int kinds, const char *name)
{
	return log_find(s, wiki, kinds, 0, NAMESPACE_USER, title_of_user(name));
}

bool
log_is_open(const log_entry *entry)
{
	return entry != NULL && !entry->suppressed && visibility_shows(FIELD_LOG_ACTION, entry->hidden);
}

int64
log_find_performer(const log_entry *entry)
{
	return log_is_open(entry) && visibility_shows(FIELD_LOG_PERFORMER, entry->hidden)
	           ? entry->actor_id
	           : 0;
}

int64
log_find_comment(const log_entry *entry)
{
	return log_is_open(entry) && visibility_shows(FIELD_LOG_COMMENT, entry->hidden)
	           ? entry->comment_id
	           : 0;
}
