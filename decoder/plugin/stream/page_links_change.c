/*
 * plugin/stream/page_links_change.c
 *	  Stream mediawiki.page-links-change, schema mediawiki/page/links-change 1.0.0: links of pages to pages of the wiki and to other
 *	  sites.
 *
 * A link to a page is the path of its URL. EventBus encodes that, and the URLs of other sites, once more (EventFactory.php); so do
 * parity modes. In the complete mode a link is what a browser asks for.
 */
#include "plugin/stream/streams.h"

#include "plugin/aggregate/links.h"
#include "plugin/core/json.h"
#include "plugin/entity/title.h"
#include "plugin/entity/wiki.h"
#include "plugin/stream/legacy.h"

static bool
accepts(session *s, const event *e)
{
	return legacy_has_page(s, e->wiki, ((const links_event *) e->what)->page);
}

static void
put_link(session *s, StringInfo out, struct wiki *w, const page_link *of)
{
	const char *link = of->url;
	StringInfoData encoded;

	if (link == NULL)
		link = title_local_url(w, title_prefixed(s, w, NULL, of->namespace_id, of->title));
	json_begin_element(out);
	if (s->options.mode == MODE_COMPLETE)
		json_put_string(out, "link", link);
	else
	{
		initStringInfo(&encoded);
		title_append_urlencoded(&encoded, link);
		json_put_string(out, "link", encoded.data);
		pfree(encoded.data);
	}
	json_put_bool(out, "external", of->url != NULL);
	json_end_object(out);
}

/* put_links writes those that were added, or removed; nothing if there are none. */
static void
put_links(session *s, StringInfo out, const char *key, int wiki, const links_event *of, bool added)
{
	struct wiki *w = wiki_get(s, wiki);
	bool begun = false;

	for (int i = 0; i < of->count; i++)
	{
		if (of->list[i].added != added)
			continue;
		if (!begun)
		{
			json_key(out, key);
			json_begin_array(out);
			begun = true;
		}
		put_link(s, out, w, &of->list[i]);
	}
	if (begun)
		json_end_array(out);
}

static void
put_body(session *s, const event *e, StringInfo out, const char **uri)
{
	const links_event *of = e->what;

	legacy_put_page(s, out, e->wiki, of->page, uri);
	json_put_bool(out, "page_is_redirect", of->page->is_redirect);
	json_put_int(out, "rev_id", of->page->latest);
	put_links(s, out, "added_links", e->wiki, of, true);
	put_links(s, out, "removed_links", e->wiki, of, false);
}

const stream page_links_change_stream = {
    .name = "mediawiki.page-links-change",
    .schema = "/mediawiki/page/links-change/1.0.0",
    .is_on = true,
    .partitions = 1,
    .cleanup = "delete",
    .retention_ms = STREAM_WEEK_MS,
    .aggregates = {&links_aggregate},
    .accepts = accepts,
    .put_body = put_body,
};
