/*
 * plugin/stream/page_state.c
 *	  Stream mediawiki.page.state.v1, and mediawiki.page.state.private.v1 of private wikis, schema mwmirror/page/state 1.0.0
 *	  (decoder/schemas): one document a page, all that holds of it, whenever any of it changes; a tombstone when the page is deleted.
 */
#include "plugin/stream/streams.h"

#include "plugin/aggregate/page_state.h"
#include "plugin/core/json.h"
#include "plugin/core/missing.h"
#include "plugin/entity/revision.h"
#include "plugin/entity/tables.h"
#include "plugin/entity/title.h"
#include "plugin/entity/visibility.h"
#include "plugin/entity/wiki.h"
#include "plugin/stream/fragment.h"
#include "plugin/stream/page_lists.h"

static bool
accepts(session *s, const event *e)
{
	return true;
}

static bool
is_tombstone(session *s, const event *e)
{
	return ((const page_state_event *) e->what)->page == NULL;
}

static void
put_key(session *s, const event *e, StringInfo out)
{
	json_begin_object(out);
	json_put_string(out, "wiki_id", wiki_ids_text(s->wiki_ids, e->wiki));
	json_put_int(out, "page_id", ((const page_state_event *) e->what)->page_id);
	json_end_object(out);
}

/* put_redirect_link: of the page that it leads to nothing but its title, for that page has a document of its own. */
static void
put_redirect_link(session *s, StringInfo out, int wiki, const redirect *target)
{
	json_key(out, "redirect_page_link");
	json_begin_object(out);
	fragment_put_title(s, out, wiki, target->interwiki, target->namespace_id, target->title);
	if (target->interwiki != NULL)
		json_put_string(out, "interwiki_prefix", target->interwiki);
	if (target->fragment != NULL)
		json_put_string(out, "fragment", target->fragment);
	json_end_object(out);
}

static void
put_page(session *s, StringInfo out, int wiki, const page_state_event *of)
{
	const page *p = of->page;
	const redirect *target = p->is_redirect ? redirect_find(s, wiki, p->page_id) : NULL;

	json_key(out, "page");
	json_begin_object(out);
	json_put_int(out, "page_id", p->page_id);
	fragment_put_title(s, out, wiki, NULL, p->namespace_id, p->title);
	if (visibility_shows(FIELD_IS_REDIRECT, of->bits))
		json_put_bool(out, "is_redirect", p->is_redirect);
	if (of->content_model != NULL)
		json_put_string(out, "content_model", of->content_model);
	if (of->lang != NULL)
		json_put_string(out, "lang", of->lang);
	if (target != NULL && visibility_shows(FIELD_REDIRECT_TARGET, of->bits))
		put_redirect_link(s, out, wiki, target);
	json_end_object(out);
}

/* put_revision: of one that is not known its number. */
static void
put_revision(session *s, StringInfo out, int wiki, int64 rev_id)
{
	const revision *r = revision_find(s, wiki, rev_id);

	if (r != NULL)
	{
		fragment_put_revision(s, out, "revision", wiki, r, session_commit_time(s), true);
		return;
	}
	missing_report(s, TABLE_REVISION, wiki, rev_id);
	json_key(out, "revision");
	json_begin_object(out);
	json_put_int(out, "rev_id", rev_id);
	json_end_object(out);
}

static void
put_body(session *s, const event *e, StringInfo out, const char **uri)
{
	const page_state_event *of = e->what;
	struct wiki *w = wiki_get(s, e->wiki);
	StringInfoData left_out;

	initStringInfo(&left_out);
	json_begin_array(&left_out);
	json_put_string(out, "wiki_id", w->wiki_id);
	put_page(s, out, e->wiki, of);
	put_revision(s, out, e->wiki, of->page->latest);
	page_lists_put(s, out, e->wiki, of->page_id, of->shows_parsed, &left_out);
	json_end_array(&left_out);
	json_put_raw(out, "left_out", left_out.data);
	*uri =
	    title_canonical_url(w, title_prefixed(s, w, NULL, of->page->namespace_id, of->page->title));
}

static const mirror_table own_tables[] = {
    TABLE_CONTENT_BODY,  TABLE_PAGE_PROPS,
    TABLE_PAGELINKS,     TABLE_TEMPLATELINKS,
    TABLE_IMAGELINKS,    TABLE_CATEGORYLINKS,
    TABLE_EXTERNALLINKS, TABLE_LANGLINKS,
    TABLE_IWLINKS,       0,
};

const stream page_state_stream = {
    .name = "mediawiki.page.state.v1",
    .schema = "/mwmirror/page/state/1.0.0",
    .partitions = 1,
    .cleanup = "compact",
    .retention_ms = "",
    .compaction_lag_ms = STREAM_DAY_MS,
    .aggregates = {&page_state_aggregate},
    .own_tables = own_tables,
    .accepts = accepts,
    .is_tombstone = is_tombstone,
    .put_key = put_key,
    .put_body = put_body,
};

const stream page_state_private_stream = {
    .name = "mediawiki.page.state.private.v1",
    .schema = "/mwmirror/page/state/1.0.0",
    .is_private = true,
    .partitions = 1,
    .cleanup = "compact",
    .retention_ms = "",
    .compaction_lag_ms = STREAM_DAY_MS,
    .aggregates = {&page_state_aggregate},
    .own_tables = own_tables,
    .accepts = accepts,
    .is_tombstone = is_tombstone,
    .put_key = put_key,
    .put_body = put_body,
};
