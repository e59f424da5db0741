/*
 * plugin/stream/resource_change.c
 *	  Stream resource_change, schema resource_change 1.0.0: every page whose caches were invalidated though it did not change.
 *
 * EventBus (1.43 EventBusHooks.php) tells of purges and of null edits, by different tags. Rows say neither which it was, nor whether
 * MediaWiki touched a page because of another; so it is off at first.
 */
#include "plugin/stream/streams.h"

#include "plugin/aggregate/touch.h"
#include "plugin/entity/page.h"
#include "plugin/entity/title.h"
#include "plugin/entity/wiki.h"
#include "plugin/stream/resource.h"

static bool
accepts(session *s, const event *e)
{
	return true;
}

static void
put_body(session *s, const event *e, StringInfo out, const char **uri)
{
	const page *of = e->what;
	wiki *w = wiki_get(s, e->wiki);

	resource_put_tag(out, "null_edit");
	*uri = title_canonical_url(w, title_prefixed(s, w, NULL, of->namespace_id, of->title));
}

const stream resource_change_stream = {
    .name = "resource_change",
    .schema = RESOURCE_SCHEMA,
    .partitions = 1,
    .cleanup = "delete",
    .retention_ms = STREAM_WEEK_MS,
    .aggregates = {&touch_aggregate},
    .accepts = accepts,
    .put_body = put_body,
};
