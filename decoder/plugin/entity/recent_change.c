/*
 * plugin/entity/recent_change.c
 *	  Rows of recentchanges; see recent_change.h.
 */
#include "plugin/entity/recent_change.h"

#include "php/serialized.h"
#include "plugin/entity/revision.h"
#include "plugin/entity/user.h"
#include "plugin/entity/visibility.h"

/*
 * MediaWiki RecentChange (1.43): rc_source, and where that is an extension's own, rc_type, which MediaWiki 1.46 does not have any
 * more.
 */
static const struct
{
	const char *source;
	int64 type;
	recent_change_kind kind;
	const char *name;
} kinds[] = {
    {"mw.edit", 0, CHANGE_EDIT, "edit"},
    {"mw.new", 1, CHANGE_NEW, "new"},
    {"mw.log", 3, CHANGE_LOG, "log"},
    {"mw.external", 5, CHANGE_EXTERNAL, "external"},
    {"mw.categorize", 6, CHANGE_CATEGORIZE, "categorize"},
};

static void
read_kind(recent_change *rc, const mirror_row *row)
{
	int64 type = mirror_row_int(row, RC_TYPE);
	size_t found = lengthof(kinds);

	for (size_t i = 0; i < lengthof(kinds); i++)
		if (mirror_row_text_equals(row, RC_SOURCE, kinds[i].source, strlen(kinds[i].source)))
			found = i;
	for (size_t i = 0; found == lengthof(kinds) && i < lengthof(kinds); i++)
		if (kinds[i].type == type)
			found = i;
	rc->kind = CHANGE_OTHER;
	if (found < lengthof(kinds))
	{
		rc->kind = kinds[found].kind;
		rc->type = kinds[found].name;
	}
	else
		rc->type = psprintf(INT64_FORMAT, type);
}

/* names_hidden_user: by its title; or an account that was renamed, whose new name is known and, for sure, not hidden. */
static bool
names_hidden_user(session *s, int wiki, const recent_change *rc)
{
	const php_span params = {rc->log_params, strlen(rc->log_params)};
	php_span name;

	if (user_page_is_hidden(s, wiki, rc->namespace_id, rc->title))
		return true;
	return strcmp(rc->log_type, "renameuser") == 0 &&
	       !(php_find_text(params, "5::newuser", &name) &&
	         user_is_shown(s, wiki, pnstrdup(name.at, name.len)));
}

/*
 * find_hidden_elsewhere
 *	 What is hidden of the revision or log entry, or of whom the title names. MediaWiki may hide those before it inserts the row, which then does not say so.
 *	 All, if they are not there any more: a page may have been deleted with suppression meanwhile.
 */
static int
find_hidden_elsewhere(session *s, int wiki, const recent_change *rc)
{
	mirror_row row;
	int64 parent_id;
	int hidden = 0;

	if (rc->rev_id > 0)
		hidden |= revision_read_bits(s, TABLE_REVISION, wiki, rc->rev_id, &parent_id);
	if (names_hidden_user(s, wiki, rc))
		hidden |= HIDDEN_USER;
	if (rc->log_id > 0)
		hidden |= entity_read(s, TABLE_LOGGING, wiki, rc->log_id, &row)
		              ? (int) mirror_row_int(&row, LOG_DELETED) & HIDDEN_ALL
		              : HIDDEN_ALL;
	return hidden;
}

static const char *
read_text(const mirror_row *row, int column)
{
	const char *text = mirror_row_text(row, column);

	return text == NULL ? "" : text;
}

static void *
load_recent_change(session *s, int wiki, int64 rc_id)
{
	mirror_row row;
	int64 parent_id;
	recent_change *rc;

	if (!entity_fits(s, TABLE_RECENTCHANGES, RC_ID, wiki, rc_id, rc_id) ||
	    !entity_read(s, TABLE_RECENTCHANGES, wiki, rc_id, &row))
		return NULL;
	rc = palloc0(sizeof(recent_change));
	rc->rc_id = rc_id;
	read_kind(rc, &row);
	rc->timestamp = mirror_row_time(&row, RC_TIMESTAMP);
	rc->actor_id = mirror_row_int(&row, RC_ACTOR);
	rc->comment_id = mirror_row_int(&row, RC_COMMENT_ID);
	rc->namespace_id = (int32) mirror_row_int(&row, RC_NAMESPACE);
	rc->title = read_text(&row, RC_TITLE);
	rc->minor = mirror_row_int(&row, RC_MINOR) != 0;
	rc->bot = mirror_row_int(&row, RC_BOT) != 0;
	rc->patrolled = mirror_row_int(&row, RC_PATROLLED) != 0;
	rc->rev_id = mirror_row_int(&row, RC_THIS_OLDID);
	rc->prior_rev_id = mirror_row_int(&row, RC_LAST_OLDID);
	rc->has_size = !mirror_row_is_null(&row, RC_NEW_LEN);
	rc->has_prior_size = !mirror_row_is_null(&row, RC_OLD_LEN);
	rc->size = mirror_row_int(&row, RC_NEW_LEN);
	rc->prior_size = mirror_row_int(&row, RC_OLD_LEN);
	rc->hidden = (int) mirror_row_int(&row, RC_DELETED) & HIDDEN_ALL;
	rc->log_id = mirror_row_int(&row, RC_LOGID);
	rc->log_type = read_text(&row, RC_LOG_TYPE);
	rc->log_action = read_text(&row, RC_LOG_ACTION);
	rc->log_params = read_text(&row, RC_PARAMS);
	/* after the row: its texts do not last */
	rc->hidden |= find_hidden_elsewhere(s, wiki, rc);
	if (rc->prior_rev_id > 0)
		rc->has_prior_size &=
		    visibility_shows(FIELD_REVISION_SIZE, revision_read_bits(s, TABLE_REVISION, wiki,
		                                                             rc->prior_rev_id, &parent_id));
	return rc;
}

static const entity_kind recent_change_entity = {load_recent_change};

const recent_change *
recent_change_find(session *s, int wiki, int64 rc_id)
{
	return entity_find(s, &recent_change_entity, wiki, rc_id);
}
