/*
 * plugin/stream/page_change.c
 *	  Stream mediawiki.page_change.v1, and mediawiki.page_change.private.v1 of private wikis, schema mediawiki/page/change 1.2.0 or 1.3.0.
 */
#include "plugin/stream/page_change.h"
#include "plugin/stream/streams.h"

#include "plugin/aggregate/page.h"
#include "plugin/aggregate/restore.h"
#include "plugin/aggregate/told.h"
#include "plugin/aggregate/visibility.h"
#include "plugin/core/json.h"
#include "plugin/core/missing.h"
#include "plugin/entity/revision.h"
#include "plugin/entity/title.h"
#include "plugin/entity/visibility.h"
#include "plugin/entity/wiki.h"
#include "plugin/stream/action.h"
#include "plugin/stream/fragment.h"
#include "plugin/stream/parity.h"

/* What is known of an event beyond its page_event. */
typedef struct page_change
{
	session *s;
	int wiki;
	const page_event *event;
	page_event_kind kind; /* that it is told as */
	bool has_revision;    /* false: the row is in neither revision nor archive */
	revision revision;
	const log_entry *log; /* NULL: there is none that may be used */
	TimestampTz dt;
	bool with_content;
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

bool
page_change_accepts(session *s, const event *e)
{
	const page_event *of = e->what;
	page_event_kind kind;

	return (e->aggregate != &visibility_aggregate || of->of_latest) &&
	       parity_find_kind(s, of, &kind);
}

void
page_change_put_key(session *s, const event *e, StringInfo out)
{
	const page_event *of = e->what;

	json_begin_object(out);
	json_put_string(out, "wiki_id", wiki_ids_text(s->wiki_ids, e->wiki));
	json_put_int(out, "page_id", of->page_id);
	json_end_object(out);
}

/* choose_dt: the revision's time, where the change is that revision; else the log's. */
static TimestampTz
choose_dt(const page_change *change)
{
	const page_event *of = change->event;
	bool by_revision =
	    change->kind == PAGE_CREATE ||
	    (of->revision_is_new && (change->kind == PAGE_EDIT || change->kind == PAGE_MOVE));

	if (by_revision && change->has_revision && json_time_is_writable(change->revision.timestamp))
		return change->revision.timestamp;
	if (change->log != NULL && json_time_is_writable(change->log->timestamp))
		return change->log->timestamp;
	return session_commit_time(change->s);
}

static void
load(page_change *change, session *s, const event *e)
{
	const page_event *of = e->what;
	const revision *r = revision_find_anywhere(s, e->wiki, of->rev_id, of->kind == PAGE_DELETE);

	change->s = s;
	change->wiki = e->wiki;
	change->event = of;
	parity_find_kind(s, of, &change->kind);
	change->has_revision = r != NULL;
	if (r == NULL)
		missing_report(s, TABLE_REVISION, e->wiki, of->rev_id);
	change->revision = r == NULL ? (revision){.rev_id = of->rev_id, .timestamp = DT_NOEND} : *r;
	change->log = action_find_log(of);
	change->dt = choose_dt(change);
}

/* visible_bits: those of the page's revision; a suppressed deletion hides all, whatever its bits were. */
static int
visible_bits(const page_change *change)
{
	return change->event->suppressed ? HIDDEN_ALL : change->revision.bits;
}

/* ---- page ---- */

static void
put_redirect_link(const page_change *change, StringInfo out, const redirect_link *link)
{
	const redirect *target = link->target;

	json_key(out, "redirect_page_link");
	json_begin_object(out);
	fragment_put_title(change->s, out, change->wiki, target->interwiki, target->namespace_id,
	                   target->title);
	if (link->page_id != 0)
	{
		json_put_int(out, "page_id", link->page_id);
		json_put_bool(out, "is_redirect", link->is_redirect);
	}
	if (target->interwiki != NULL)
		json_put_string(out, "interwiki_prefix", target->interwiki);
	json_end_object(out);
}

static void
put_page(const page_change *change, StringInfo out)
{
	const page_event *of = change->event;

	json_key(out, "page");
	json_begin_object(out);
	json_put_int(out, "page_id", of->page_id);
	fragment_put_title(change->s, out, change->wiki, NULL, of->state.namespace_id, of->state.title);
	json_put_bool(out, "is_redirect", of->state.is_redirect);
	if (of->link != NULL && visibility_shows(FIELD_REDIRECT_TARGET, visible_bits(change)))
		put_redirect_link(change, out, of->link);
	if (of->revision_count > 0)
		json_put_int(out, "revision_count", of->revision_count);
	json_end_object(out);
}

static void
put_created_redirect(const page_change *change, StringInfo out)
{
	const page *left = change->event->created_redirect;

	if (left == NULL)
		return;
	json_key(out, "created_redirect_page");
	json_begin_object(out);
	json_put_int(out, "page_id", left->page_id);
	fragment_put_title(change->s, out, change->wiki, NULL, left->namespace_id, left->title);
	json_put_bool(out, "is_redirect", left->is_redirect);
	json_end_object(out);
}

/* ---- who and why ---- */

/* put_performer: the editor of a new revision; else who the log says acted. */
static void
put_performer(const page_change *change, StringInfo out)
{
	const page_event *of = change->event;
	int64 actor_id = 0;

	if (change->kind == PAGE_CREATE || (change->kind == PAGE_EDIT && of->revision_is_new))
	{
		if (change->has_revision && visibility_shows(FIELD_EDITOR, change->revision.bits))
			actor_id = change->revision.actor_id;
	}
	else
		actor_id = action_find_actor(of, change->revision.bits);
	if (actor_id != 0)
		fragment_put_user(change->s, out, "performer", change->wiki, actor_id);
}

/* put_log_comment: the reason of the action, where the action is not the revision itself. */
static void
put_log_comment(const page_change *change, StringInfo out)
{
	page_event_kind kind = change->kind;
	const char *comment;

	if (kind != PAGE_MOVE && kind != PAGE_DELETE && kind != PAGE_UNDELETE)
		return;
	comment = action_find_comment(change->s, change->wiki, change->event, change->revision.bits);
	if (comment != NULL)
		json_put_string(out, "comment", comment);
}

/* ---- revision and prior state ---- */

static void
put_revision(const page_change *change, StringInfo out)
{
	if (change->event->suppressed)
		fragment_put_suppressed_revision(out, "revision", &change->revision, change->dt);
	else if (change->has_revision)
		fragment_put_revision(change->s, out, "revision", change->wiki, &change->revision,
		                      change->dt, change->with_content && change->kind != PAGE_DELETE);
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
put_prior_page(const page_change *change, StringInfo out)
{
	const page_event *of = change->event;

	if (of->kind != PAGE_MOVE && of->prior_page_id <= 0)
		return;
	json_key(out, "page");
	json_begin_object(out);
	if (of->kind == PAGE_MOVE)
		fragment_put_title(change->s, out, change->wiki, NULL, of->before.namespace_id,
		                   of->before.title);
	else
		json_put_int(out, "page_id", of->prior_page_id);
	json_end_object(out);
}

/* put_prior_visibility writes what was visible before. */
static void
put_prior_visibility(const page_change *change, StringInfo out)
{
	const page_event *of = change->event;

	if (!of->suppressed && !visibility_differs(of->old_bits, change->revision.bits))
		return; /* only the restriction changed */
	json_key(out, "revision");
	json_begin_object(out);
	if (of->suppressed)
		fragment_put_visibility(out, of->old_bits);
	else
		fragment_put_changed_visibility(out, of->old_bits, change->revision.bits);
	json_end_object(out);
}

static void
put_prior_revision(const page_change *change, StringInfo out)
{
	const page_event *of = change->event;
	const revision *prior;

	if (of->suppressed || of->kind == PAGE_VISIBILITY_CHANGE)
		put_prior_visibility(change, out);
	else if (of->prior_rev_id > 0 && change->kind != PAGE_UNDELETE &&
	         (prior = revision_find_anywhere(change->s, change->wiki, of->prior_rev_id, false)) !=
	             NULL)
		fragment_put_revision(change->s, out, "revision", change->wiki, prior, change->dt, false);
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

void
page_change_put(session *s, const event *e, StringInfo out, const char **uri, bool with_content)
{
	const page_event *of = e->what;
	struct wiki *w = wiki_get(s, e->wiki);
	page_change change;

	load(&change, s, e);
	change.with_content = with_content;
	json_put_string(out, "changelog_kind", kinds[change.kind].changelog_kind);
	json_put_string(out, "page_change_kind", kinds[change.kind].page_change_kind);
	json_put_time(out, "dt", change.dt);
	json_put_string(out, "wiki_id", w->wiki_id);
	put_page(&change, out);
	put_performer(&change, out);
	put_log_comment(&change, out);
	put_revision(&change, out);
	put_created_redirect(&change, out);
	put_prior_state(&change, out);
	*uri =
	    title_canonical_url(w, title_prefixed(s, w, NULL, of->state.namespace_id, of->state.title));
}

static void
put_body(session *s, const event *e, StringInfo out, const char **uri)
{
	page_change_put(s, e, out, uri, false);
}

const stream page_change_stream = {
    .name = "mediawiki.page_change.v1",
    .schema = "/mediawiki/page/change/1.2.0",
    .choose_schema = parity_choose_page_change_schema,
    .is_on = true,
    .partitions = 1,
    .cleanup = "delete",
    .retention_ms = STREAM_WEEK_MS,
    .aggregates = {&page_aggregate, &visibility_aggregate, &restore_aggregate, &told_aggregate},
    .accepts = page_change_accepts,
    .put_key = page_change_put_key,
    .put_body = put_body,
};

const stream page_change_private_stream = {
    .name = "mediawiki.page_change.private.v1",
    .schema = "/mediawiki/page/change/1.2.0",
    .choose_schema = parity_choose_page_change_schema,
    .is_private = true,
    .is_on = true,
    .partitions = 1,
    .cleanup = "delete",
    .retention_ms = STREAM_WEEK_MS,
    .aggregates = {&page_aggregate, &visibility_aggregate, &restore_aggregate, &told_aggregate},
    .accepts = page_change_accepts,
    .put_key = page_change_put_key,
    .put_body = put_body,
};
