/*
 * plugin/stream/page_restrictions_change.c
 *	  Stream mediawiki.page-restrictions-change, schema mediawiki/page/restrictions-change 2.0.0: pages that were protected, or are
 *	  no more.
 */
#include "plugin/stream/streams.h"

#include "plugin/aggregate/restrictions.h"
#include "plugin/core/json.h"
#include "plugin/entity/comment.h"
#include "plugin/stream/legacy.h"

/* accepts: EventBus hears of what users do, not of what expires, nor of what a move gives the redirect that it leaves. */
static bool
accepts(session *s, const event *e)
{
	const restrictions_event *of = e->what;

	return (s->options.mode == MODE_COMPLETE ||
	        (of->log != NULL && of->log->kind == LOG_PROTECT)) &&
	       legacy_has_page(s, e->wiki, of->page);
}

/* find_reason returns "" for none that may be said: the schema wants one. */
static const char *
find_reason(session *s, int wiki, const log_entry *log)
{
	int64 comment_id = log_find_comment(log);
	const char *reason = comment_id == 0 ? NULL : comment_find(s, wiki, comment_id);

	return reason == NULL ? "" : reason;
}

static void
put_performer(session *s, StringInfo out, int wiki, const log_entry *log)
{
	int64 actor_id = log_find_performer(log);

	if (actor_id != 0)
		legacy_put_performer(s, out, wiki, actor_id);
}

static void
put_body(session *s, const event *e, StringInfo out, const char **uri)
{
	const restrictions_event *of = e->what;

	legacy_put_page(s, out, e->wiki, of->page, uri);
	json_put_bool(out, "page_is_redirect", of->page->is_redirect);
	put_performer(s, out, e->wiki, of->log);
	json_put_string(out, "reason", find_reason(s, e->wiki, of->log));
	json_key(out, "page_restrictions");
	json_begin_object(out);
	for (int i = 0; i < of->count; i++)
	{
		json_key_escaped(out, of->list[i].type);
		json_string(out, of->list[i].level);
	}
	json_end_object(out);
	if (entity_fits(s, TABLE_PAGE, PAGE_LATEST, e->wiki, of->page->page_id, of->page->latest))
		json_put_int(out, "rev_id", of->page->latest);
}

const stream page_restrictions_change_stream = {
    .name = "mediawiki.page-restrictions-change",
    .schema = "/mediawiki/page/restrictions-change/2.0.0",
    .is_on = true,
    .partitions = 1,
    .cleanup = "delete",
    .retention_ms = STREAM_WEEK_MS,
    .aggregates = {&restrictions_aggregate},
    .accepts = accepts,
    .put_body = put_body,
};
