/*
 * plugin/stream/user_change.c
 *	  Stream mediawiki.user_change.v1, schema development/mediawiki_user_change 1.3.0: accounts that are made, renamed, and in other groups.
 *	  The order of members is EventBus's (master of 2026-08, UserChangeEventSerializer.php).
 *
 * Of an account that is hidden is said only which it is and in which groups, by its id: what the public replicas of Wikimedia show too.
 */
#include "plugin/stream/streams.h"

#include "plugin/aggregate/user.h"
#include "plugin/core/json.h"
#include "plugin/entity/comment.h"
#include "plugin/entity/title.h"
#include "plugin/entity/visibility.h"
#include "plugin/entity/wiki.h"
#include "plugin/stream/parity.h"

static const struct
{
	const char *changelog_kind;
	const char *user_change_kind;
} kinds[] = {
    [USER_CREATE] = {"insert", "create"},
    [USER_RENAME] = {"update", "rename"},
    [USER_GROUPS_CHANGE] = {"update", "groups_change"},
};

static bool
accepts(session *s, const event *e)
{
	const user_event *of = e->what;

	return parity_tells_user(s, of->kind == USER_CREATE || of->log != NULL);
}

static void
put_key(session *s, const event *e, StringInfo out)
{
	const user_event *of = e->what;

	json_begin_object(out);
	json_put_string(out, "wiki_id", wiki_ids_text(s->wiki_ids, e->wiki));
	json_put_int(out, "user_id", of->user->user_id);
	json_end_object(out);
}

/* choose_dt: the time that MediaWiki says, or that of the commit. */
static TimestampTz
choose_dt(session *s, const user_event *of)
{
	TimestampTz said = DT_NOEND;

	if (of->kind == USER_CREATE)
		said = of->user->registration;
	else if (log_is_open(of->log))
		said = of->log->timestamp;
	return json_time_is_writable(said) ? said : session_commit_time(s);
}

static void
put_groups(StringInfo out, List *groups)
{
	ListCell *cell;

	json_key(out, "groups");
	json_begin_array(out);
	foreach (cell, groups)
		json_element_string(out, lfirst(cell));
	json_end_array(out);
}

/* list_groups returns a user's in the order of MediaWiki. */
static List *
list_groups(const user *u)
{
	List *groups = NIL;

	for (int i = 0; i < u->group_count; i++)
		groups = lappend(groups, (void *) u->groups[i]);
	return groups;
}

/* put_row writes what the account's row says: nothing of it is public while the account is hidden. */
static void
put_row(StringInfo out, const struct wiki *w, const user *u)
{
	if (u->has_edit_count)
		json_put_int(out, "edit_count", u->edit_count);
	if (json_time_is_writable(u->registration))
		json_put_time(out, "registration_dt", u->registration);
	if (w->local_central_ids)
		json_put_int(out, "user_central_id", u->user_id);
}

static void
put_user(StringInfo out, const struct wiki *w, const user *u, List *groups, int hidden)
{
	bool shown = visibility_shows(FIELD_ACCOUNT, hidden);

	if (shown)
		json_put_string(out, "user_text", u->name);
	put_groups(out, groups);
	if (shown)
		json_put_bool(out, "is_temp", u->is_temp);
	json_put_string(out, "wiki_id", w->wiki_id);
	json_put_int(out, "user_id", u->user_id);
	if (shown)
		put_row(out, w, u);
	json_put_bool(out, "is_bot", u->is_bot);
	if (shown)
		json_put_bool(out, "is_system", u->is_system);
}

/* put_subject writes the account that changed; without CentralAuth its first registration is the wiki's own. */
static void
put_subject(StringInfo out, const struct wiki *w, const user_event *of)
{
	const user *u = of->user;

	json_key(out, "user");
	json_begin_object(out);
	put_user(out, w, u, of->kind == USER_GROUPS_CHANGE ? of->groups : list_groups(u), of->hidden);
	if (w->local_central_ids && visibility_shows(FIELD_ACCOUNT, of->hidden) &&
	    json_time_is_writable(u->registration))
		json_put_time(out, "first_registration_dt", u->registration);
	json_end_object(out);
}

/*
 * put_cause
 *	 Who acted and why: not of an account that is hidden, which both may name. MediaWiki's own promotions have neither, though their log row
 *	 names the account itself. A performer is a named account, as in EventBus.
 */
static void
put_cause(session *s, StringInfo out, const struct wiki *w, int wiki, const user_event *of)
{
	int64 comment_id = of->kind == USER_CREATE ? 0 : log_find_comment(of->log);
	int64 actor_id = log_find_performer(of->log);
	const char *comment;
	const user *performer;

	if (!visibility_shows(FIELD_ACCOUNT, of->hidden) ||
	    (of->log != NULL && of->log->kind == LOG_AUTOPROMOTE))
		return;
	comment = comment_id == 0 ? NULL : comment_find(s, wiki, comment_id);
	if (comment != NULL)
		json_put_string(out, "comment", comment);
	performer = actor_id == 0 ? NULL : user_find(s, wiki, actor_id);
	if (performer == NULL || performer->user_id == 0 || !performer->has_row || performer->is_temp)
		return;
	json_key(out, "performer");
	json_begin_object(out);
	put_user(out, w, performer, list_groups(performer), 0);
	json_end_object(out);
}

/* put_details writes what the kinds do not have in common. */
static void
put_details(StringInfo out, const user_event *of)
{
	if (of->kind == USER_CREATE)
	{
		if (log_is_open(of->log))
			json_put_bool(out, "is_autocreate", of->log->kind == LOG_AUTOCREATE);
		return;
	}
	if (of->kind == USER_RENAME && !visibility_shows(FIELD_ACCOUNT, of->hidden))
		return;
	json_key(out, "prior_state");
	json_begin_object(out);
	json_key(out, "user");
	json_begin_object(out);
	if (of->kind == USER_GROUPS_CHANGE)
		put_groups(out, of->prior_groups);
	else
		json_put_string(out, "user_text", of->prior_name);
	json_end_object(out);
	json_end_object(out);
}

static void
put_body(session *s, const event *e, StringInfo out, const char **uri)
{
	const user_event *of = e->what;
	struct wiki *w = wiki_get(s, e->wiki);

	json_put_string(out, "changelog_kind", kinds[of->kind].changelog_kind);
	json_put_string(out, "wiki_id", w->wiki_id);
	json_put_string(out, "user_change_kind", kinds[of->kind].user_change_kind);
	json_put_time(out, "dt", choose_dt(s, of));
	put_subject(out, w, of);
	put_cause(s, out, w, e->wiki, of);
	put_details(out, of);
	if (visibility_shows(FIELD_ACCOUNT, of->hidden))
		*uri = title_user_url(s, w, of->user->name);
}

const stream user_change_stream = {
    .name = "mediawiki.user_change.v1",
    .schema = "/development/mediawiki_user_change/1.3.0",
    .is_on = true,
    .partitions = 1,
    .cleanup = "delete",
    .retention_ms = STREAM_WEEK_MS,
    .aggregates = {&user_aggregate},
    .accepts = accepts,
    .put_key = put_key,
    .put_body = put_body,
};
