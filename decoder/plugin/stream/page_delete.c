/*
 * plugin/stream/page_delete.c
 *	  Stream mediawiki.page-delete, schema mediawiki/page/delete 1.0.0: every page that is deleted, but for suppression.
 */
#include "plugin/stream/streams.h"

#include "plugin/aggregate/page.h"
#include "plugin/stream/legacy.h"

static bool
accepts(session *s, const event *e)
{
	const page_event *of = e->what;

	return of->kind == PAGE_DELETE && !of->suppressed && legacy_has_page(s, e->wiki, &of->state);
}

static void
put_body(session *s, const event *e, StringInfo out, const char **uri)
{
	legacy_put_page_event(s, out, e->wiki, e->what, uri);
}

const stream page_delete_stream = {
    .name = "mediawiki.page-delete",
    .schema = "/mediawiki/page/delete/1.0.0",
    .is_on = true,
    .partitions = 1,
    .cleanup = "delete",
    .retention_ms = STREAM_WEEK_MS,
    .aggregates = {&page_aggregate},
    .accepts = accepts,
    .put_body = put_body,
};
