/*
 * plugin/stream/page_move.c
 *	  Stream mediawiki.page-move, schema mediawiki/page/move 1.0.0: every page whose title changes.
 */
#include "plugin/stream/streams.h"

#include "plugin/aggregate/page.h"
#include "plugin/core/json.h"
#include "plugin/entity/title.h"
#include "plugin/entity/wiki.h"
#include "plugin/stream/legacy.h"

/* prior_latest: what was the page's latest revision before; it may be the same. */
static int64
prior_latest(const page_event *of)
{
	return of->prior_rev_id != 0 ? of->prior_rev_id : of->rev_id;
}

static bool
accepts(session *s, const event *e)
{
	const page_event *of = e->what;

	return of->kind == PAGE_MOVE && legacy_has_page(s, e->wiki, &of->state) &&
	       entity_fits(s, TABLE_PAGE, PAGE_LATEST, e->wiki, of->page_id, prior_latest(of));
}

/* put_place writes a title and a page's revision. */
static void
put_place(session *s, StringInfo out, int wiki, const page *at, int64 rev_id)
{
	json_put_string(out, "page_title",
	                title_prefixed(s, wiki_get(s, wiki), NULL, at->namespace_id, at->title));
	json_put_int(out, "page_namespace", at->namespace_id);
	json_put_int(out, "rev_id", rev_id);
}

/* put_redirect leaves the member out of a page without ids that the schema allows. */
static void
put_redirect(session *s, StringInfo out, int wiki, const page *left)
{
	if (left == NULL || left->page_id <= 0 ||
	    !entity_fits(s, TABLE_PAGE, PAGE_LATEST, wiki, left->page_id, left->latest))
		return;
	json_key(out, "new_redirect_page");
	json_begin_object(out);
	json_put_int(out, "page_id", left->page_id);
	put_place(s, out, wiki, left, left->latest);
	json_end_object(out);
}

static void
put_body(session *s, const event *e, StringInfo out, const char **uri)
{
	const page_event *of = e->what;

	legacy_put_page_event(s, out, e->wiki, of, uri);
	json_key(out, "prior_state");
	json_begin_object(out);
	put_place(s, out, e->wiki, &of->before, prior_latest(of));
	json_end_object(out);
	put_redirect(s, out, e->wiki, of->created_redirect);
}

const stream page_move_stream = {
    .name = "mediawiki.page-move",
    .schema = "/mediawiki/page/move/1.0.0",
    .is_on = true,
    .partitions = 1,
    .cleanup = "delete",
    .retention_ms = STREAM_WEEK_MS,
    .aggregates = {&page_aggregate},
    .accepts = accepts,
    .put_body = put_body,
};
