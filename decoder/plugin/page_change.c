/*
 * plugin/page_change.c
 *	  Stream mediawiki.page_change.v1, schema mediawiki/page/change 1.2.0 (mediawiki-facts 2.3).
 */
#include "plugin/stream.h"

#include "plugin/json.h"
#include "plugin/lookup.h"
#include "plugin/revision.h"
#include "plugin/title.h"
#include "plugin/user.h"
#include "plugin/wiki.h"

/* What is known of an event beyond its page_event, looked up once. */
typedef struct page_change
{
	plugin_state *state;
	wiki *w;
	const page_event *event;
	bool has_revision; /* false: the row is in neither revision nor archive */
	revision_row revision;
	bool has_log; /* the log row may be used */
	log_row log;
	TimestampTz dt;
} page_change;

static const struct
{
	const char *changelog_kind;
	const char *page_change_kind;
} kinds[] = {
    [PAGE_CREATE] = {"insert", "create"},
    [PAGE_EDIT] = {"update", "edit"},
    [PAGE_MOVE] = {"update", "move"},
    [PAGE_DELETE] = {"delete", "delete"},
    [PAGE_UNDELETE] = {"insert", "undelete"},
    [PAGE_VISIBILITY_CHANGE] = {"update", "visibility_change"},
};

/*
 * page_change_accepts
 *	 In parity mode EventBus's holes are kept: nothing for the null revisions of protections, uploads and
 *	 imports, nor for visibility that changed without a log row of its own (hide-user).
 */
static bool
page_change_accepts(const plugin_state *state, const page_event *event)
{
	if (state->options.mode == MODE_COMPLETE)
		return true;
	if (event->kind == PAGE_EDIT)
		return !event->null_revision;
	if (event->kind == PAGE_VISIBILITY_CHANGE)
		return event->log != NULL;
	return true;
}

static void
page_change_put_key(plugin_state *state, const page_event *event, StringInfo out)
{
	json_begin_object(out);
	json_put_string(out, "wiki_id", source_wiki_id(state->source, event->wiki));
	json_put_int(out, "page_id", event->page_id);
	json_end_object(out);
}

/* find_revision reads a revision from where it should be, or from where it is. */
static bool
find_revision(plugin_state *state, const wiki *w, int64 rev_id, bool archive_first,
              revision_row *out)
{
	if (archive_first && lookup_archived(state, w->wiki_id, rev_id, out))
		return true;
	if (lookup_revision(state, w->wiki_id, rev_id, out))
		return true;
	return !archive_first && lookup_archived(state, w->wiki_id, rev_id, out);
}

/* page_change_choose_dt: the revision's time, where the change is that revision; else the log's. */
static TimestampTz
page_change_choose_dt(const page_change *change)
{
	const page_event *event = change->event;
	bool by_revision =
	    event->kind == PAGE_CREATE ||
	    (event->revision_is_new && (event->kind == PAGE_EDIT || event->kind == PAGE_MOVE));

	if (by_revision && change->has_revision && json_time_is_writable(change->revision.timestamp))
		return change->revision.timestamp;
	if (change->has_log && json_time_is_writable(change->log.timestamp))
		return change->log.timestamp;
	return state_commit_time(change->state);
}

static void
page_change_load(page_change *change, plugin_state *state, wiki *w, const page_event *event)
{
	change->state = state;
	change->w = w;
	change->event = event;
	change->has_revision =
	    find_revision(state, w, event->rev_id, event->kind == PAGE_DELETE, &change->revision);
	if (!change->has_revision)
	{
		state_report_missing(state, TABLE_REVISION, w->wiki_id, event->rev_id);
		memset(&change->revision, 0, sizeof(change->revision));
		change->revision.rev_id = event->rev_id;
		change->revision.timestamp = DT_NOEND;
	}
	/* A log row whose action is hidden says nothing. */
	change->has_log = event->log != NULL &&
	                  lookup_log(state, w->wiki_id, event->log->log_id, &change->log) &&
	                  (change->log.hidden & HIDDEN_ACTION) == 0;
	change->dt = page_change_choose_dt(change);
}

/* is_suppression: who acted, and why, is for those only who may see the suppression log. */
static bool
is_suppression(const page_change *change)
{
	const page_event *event = change->event;

	if (event->suppressed || (event->log != NULL && event->log->suppressed))
		return true;
	return event->kind == PAGE_VISIBILITY_CHANGE &&
	       ((change->revision.bits | event->old_bits) & HIDDEN_RESTRICTED) != 0;
}

static void
put_redirect_link(const page_change *change, StringInfo out, const redirect_link *link)
{
	json_key(out, "redirect_page_link");
	json_begin_object(out);
	json_put_string(
	    out, "page_title",
	    title_prefixed(change->state, change->w, link->interwiki, link->namespace_id, link->title));
	if (link->namespace_id >= 0) /* the schema has no Special and Media pages */
		json_put_int(out, "namespace_id", link->namespace_id);
	if (link->page_id != 0)
	{
		json_put_int(out, "page_id", link->page_id);
		json_put_bool(out, "is_redirect", link->is_redirect);
	}
	if (link->interwiki != NULL)
		json_put_string(out, "interwiki_prefix", link->interwiki);
	json_end_object(out);
}

static void
put_page(const page_change *change, StringInfo out, const char *prefixed)
{
	const page_event *event = change->event;
	const redirect_link *link = NULL;
	int64 revisions;

	json_key(out, "page");
	json_begin_object(out);
	json_put_int(out, "page_id", event->page_id);
	json_put_string(out, "page_title", prefixed);
	if (event->state.namespace_id >= 0)
		json_put_int(out, "namespace_id", event->state.namespace_id);
	json_put_bool(out, "is_redirect", event->state.is_redirect);
	if (event->kind == PAGE_DELETE && event->state.is_redirect)
		link = source_find_prior_redirect(change->state, event->page);
	else if (event->state.is_redirect)
		link = source_find_redirect(change->state, change->w->wiki_id, event->page_id);
	if (link != NULL)
		put_redirect_link(change, out, link);
	if (event->kind == PAGE_DELETE)
	{
		/* as MediaWiki counts: those of earlier deletions under the same title too (DeletePage.php) */
		revisions = lookup_count_archived(change->state, change->w->wiki_id, event->page_id,
		                                  event->state.namespace_id, event->state.title);
		if (revisions > 0)
			json_put_int(out, "revision_count", revisions);
	}
	json_end_object(out);
}

/* put_performer: the editor of a new revision; else who the log says acted. */
static void
put_performer(const page_change *change, StringInfo out)
{
	const page_event *event = change->event;
	int64 actor_id = 0;
	const char *user;

	if (is_suppression(change))
		return;
	if (event->kind == PAGE_CREATE || (event->kind == PAGE_EDIT && event->revision_is_new))
	{
		if (change->has_revision && !revision_hides_editor(change->revision.bits))
			actor_id = change->revision.actor_id;
	}
	else if (change->has_log && (change->log.hidden & HIDDEN_USER) == 0)
		actor_id = change->log.actor_id;
	user = actor_id == 0 ? NULL : user_entity(change->state, change->w, actor_id);
	if (user != NULL)
		json_put_raw(out, "performer", user);
}

/* put_log_comment: the reason of the action, where the action is not the revision itself. */
static void
put_log_comment(const page_change *change, StringInfo out)
{
	page_event_kind kind = change->event->kind;
	const char *wiki_id = change->w->wiki_id;
	char *comment;

	if (kind != PAGE_MOVE && kind != PAGE_DELETE && kind != PAGE_UNDELETE)
		return;
	if (!change->has_log || is_suppression(change) || (change->log.hidden & HIDDEN_COMMENT) != 0)
		return;
	comment = lookup_comment(change->state, wiki_id, change->log.comment_id);
	if (comment != NULL)
		json_put_string(out, "comment", comment);
	else
		state_report_missing(change->state, TABLE_COMMENT, wiki_id, change->log.comment_id);
}

static void
put_revision(const page_change *change, StringInfo out)
{
	if (change->event->suppressed)
		revision_put_suppressed(out, "revision", &change->revision, change->dt);
	else if (change->has_revision)
		revision_put(change->state, out, "revision", change->w, &change->revision, change->dt);
	else
	{
		json_key(out, "revision");
		json_begin_object(out);
		json_put_int(out, "rev_id", change->event->rev_id);
		json_put_time(out, "rev_dt", change->dt);
		json_end_object(out);
	}
}

static void
put_created_redirect(const page_change *change, StringInfo out)
{
	const page_entry *page = change->event->created_redirect;

	if (page == NULL)
		return;
	json_key(out, "created_redirect_page");
	json_begin_object(out);
	json_put_int(out, "page_id", page->page_id);
	json_put_string(out, "page_title",
	                title_prefixed(change->state, change->w, NULL, page->after.namespace_id,
	                               page->after.title));
	if (page->after.namespace_id >= 0)
		json_put_int(out, "namespace_id", page->after.namespace_id);
	json_put_bool(out, "is_redirect", page->after.is_redirect);
	json_end_object(out);
}

static void
put_prior_page(const page_change *change, StringInfo out)
{
	const page_event *event = change->event;
	const page_state *before;

	if (event->kind == PAGE_MOVE)
	{
		before = &event->page->before;
		json_key(out, "page");
		json_begin_object(out);
		json_put_string(
		    out, "page_title",
		    title_prefixed(change->state, change->w, NULL, before->namespace_id, before->title));
		if (before->namespace_id >= 0)
			json_put_int(out, "namespace_id", before->namespace_id);
		json_end_object(out);
	}
	else if (event->prior_page_id > 0)
	{
		json_key(out, "page");
		json_begin_object(out);
		json_put_int(out, "page_id", event->prior_page_id);
		json_end_object(out);
	}
}

static void
put_prior_revision(const page_change *change, StringInfo out)
{
	const page_event *event = change->event;
	revision_row prior;

	if (event->suppressed)
	{
		json_key(out, "revision");
		json_begin_object(out);
		revision_put_visibility(out, event->old_bits);
		json_end_object(out);
	}
	else if (event->kind == PAGE_VISIBILITY_CHANGE)
	{
		if (!revision_visibility_differs(event->old_bits, change->revision.bits))
			return; /* only the restriction changed */
		json_key(out, "revision");
		json_begin_object(out);
		revision_put_changed_visibility(out, event->old_bits, change->revision.bits);
		json_end_object(out);
	}
	else if (event->prior_rev_id > 0 &&
	         find_revision(change->state, change->w, event->prior_rev_id, false, &prior))
		revision_put(change->state, out, "revision", change->w, &prior, change->dt);
}

static void
put_prior_state(const page_change *change, StringInfo out)
{
	int start = out->len;
	int empty;

	json_key(out, "prior_state");
	json_begin_object(out);
	empty = out->len;
	put_prior_page(change, out);
	put_prior_revision(change, out);
	if (out->len == empty)
	{
		out->len = start;
		out->data[start] = '\0';
	}
	else
		json_end_object(out);
}

static void
page_change_put_body(plugin_state *state, wiki *w, const page_event *event, StringInfo out,
                     const char **uri)
{
	page_change change;
	char *prefixed = title_prefixed(state, w, NULL, event->state.namespace_id, event->state.title);

	page_change_load(&change, state, w, event);
	json_put_string(out, "changelog_kind", kinds[event->kind].changelog_kind);
	json_put_string(out, "page_change_kind", kinds[event->kind].page_change_kind);
	json_put_time(out, "dt", change.dt);
	json_put_string(out, "wiki_id", w->wiki_id);
	put_page(&change, out, prefixed);
	put_performer(&change, out);
	put_log_comment(&change, out);
	put_revision(&change, out);
	put_created_redirect(&change, out);
	put_prior_state(&change, out);
	*uri = title_canonical_url(w, prefixed);
}

#define WEEK_MS "604800000"

const stream page_change_stream = {
    .name = "mediawiki.page_change.v1",
    .schema = "/mediawiki/page/change/1.2.0",
    .partitions = 1,
    .cleanup = "delete",
    .retention_ms = WEEK_MS,
    .accepts = page_change_accepts,
    .put_key = page_change_put_key,
    .put_body = page_change_put_body,
};
