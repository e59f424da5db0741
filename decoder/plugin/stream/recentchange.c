/*
 * plugin/stream/recentchange.c
 *	  Stream mediawiki.recentchange, schema mediawiki/recentchange 1.0.1: edits, log entries and changes of categories, as
 *	  MediaWiki's feeds of recent changes have them. The order of members is MediaWiki's (1.43 MachineReadableRCFeedFormatter.php).
 */
#include "plugin/stream/streams.h"

#include "plugin/aggregate/recent_change.h"
#include "plugin/core/json.h"
#include "plugin/entity/comment.h"
#include "plugin/entity/recent_change.h"
#include "plugin/entity/title.h"
#include "plugin/entity/user.h"
#include "plugin/entity/wiki.h"
#include "plugin/stream/log_params.h"

/* from Unix's epoch to PostgreSQL's, in seconds */
#define EPOCHS_APART ((POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * INT64CONST(86400))

/* accepts: all that the aggregate tells; both modes are the same. */
static bool
accepts(session *s, const event *e)
{
	return true;
}

static void
put_title(session *s, struct wiki *w, const recent_change *rc, StringInfo out, const char **uri)
{
	char *title = title_prefixed(s, w, NULL, rc->namespace_id, rc->title);

	*uri = title_canonical_url(w, title);
	for (char *p = title; *p != '\0'; p++)
		if (*p == '_')
			*p = ' ';
	json_put_string(out, "title", title);
	json_put_string(out, "title_url", *uri);
}

static void
put_who_and_why(session *s, int wiki, const recent_change *rc, StringInfo out)
{
	const char *comment = comment_find(s, wiki, rc->comment_id);
	const user *u = user_find(s, wiki, rc->actor_id);

	if (comment != NULL)
		json_put_string(out, "comment", comment);
	if (json_time_is_writable(rc->timestamp))
		json_put_int(out, "timestamp", rc->timestamp / USECS_PER_SEC + EPOCHS_APART);
	if (u != NULL)
		json_put_string(out, "user", u->name);
	json_put_bool(out, "bot", rc->bot);
}

/* put_part writes what was, or what is; what is not there, or no event can hold, is null. */
static void
put_part(StringInfo out, const char *key, bool has, int64 value)
{
	if (has)
		json_put_int(out, key, value);
	else
		json_put_raw(out, key, "null");
}

/* fits is true if an event can hold a number of the row's column. */
static bool
fits(session *s, int wiki, const recent_change *rc, int column, int64 number)
{
	return entity_fits(s, TABLE_RECENTCHANGES, column, wiki, rc->rc_id, number);
}

static void
put_edit(session *s, int wiki, const recent_change *rc, StringInfo out)
{
	bool has_prior = rc->kind == CHANGE_EDIT;

	json_put_bool(out, "minor", rc->minor);
	json_put_bool(out, "patrolled", rc->patrolled);
	json_key(out, "length");
	json_begin_object(out);
	put_part(out, "old",
	         has_prior && rc->has_prior_size && fits(s, wiki, rc, RC_OLD_LEN, rc->prior_size),
	         rc->prior_size);
	put_part(out, "new", rc->has_size && fits(s, wiki, rc, RC_NEW_LEN, rc->size), rc->size);
	json_end_object(out);
	json_key(out, "revision");
	json_begin_object(out);
	put_part(out, "old", has_prior && fits(s, wiki, rc, RC_LAST_OLDID, rc->prior_rev_id),
	         rc->prior_rev_id);
	put_part(out, "new", fits(s, wiki, rc, RC_THIS_OLDID, rc->rev_id), rc->rev_id);
	json_end_object(out);
}

static void
put_log(session *s, int wiki, const recent_change *rc, StringInfo out)
{
	if (fits(s, wiki, rc, RC_LOGID, rc->log_id))
		json_put_int(out, "log_id", rc->log_id);
	json_put_string(out, "log_type", rc->log_type);
	json_put_string(out, "log_action", rc->log_action);
	log_params_put(out, rc->log_params);
}

static void
put_body(session *s, const event *e, StringInfo out, const char **uri)
{
	const recent_change *rc = e->what;
	struct wiki *w = wiki_get(s, e->wiki);

	json_put_int(out, "id", rc->rc_id);
	json_put_string(out, "type", rc->type);
	json_put_int(out, "namespace", rc->namespace_id);
	put_title(s, w, rc, out, uri);
	put_who_and_why(s, e->wiki, rc, out);
	if (rc->kind == CHANGE_EDIT || rc->kind == CHANGE_NEW)
		put_edit(s, e->wiki, rc, out);
	else if (rc->kind == CHANGE_LOG)
		put_log(s, e->wiki, rc, out);
	json_put_string(out, "server_url", w->canonical_server);
	json_put_string(out, "server_name", w->domain);
	json_put_string(out, "server_script_path", w->script_path[0] == '\0' ? "/" : w->script_path);
	json_put_string(out, "wiki", w->wiki_id);
}

const stream recentchange_stream = {
    .name = "mediawiki.recentchange",
    .schema = "/mediawiki/recentchange/1.0.1",
    .is_on = true,
    .partitions = 1,
    .cleanup = "delete",
    .retention_ms = STREAM_WEEK_MS,
    .aggregates = {&recent_change_aggregate},
    .accepts = accepts,
    .put_body = put_body,
};
