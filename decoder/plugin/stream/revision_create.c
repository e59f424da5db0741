/*
 * plugin/stream/revision_create.c
 *	  Stream mediawiki.revision-create, schema mediawiki/revision/create 2.0.0: every revision that appears.
 */
#include "plugin/stream/streams.h"

#include "plugin/aggregate/revision.h"
#include "plugin/stream/legacy.h"

/* accepts: EventBus sends all that MediaWiki inserts, imported, restored and null ones too: both modes are the same. */
static bool
accepts(session *s, const event *e)
{
	const revision_event *of = e->what;

	return legacy_has_page(s, e->wiki, of->page);
}

static void
put_body(session *s, const event *e, StringInfo out, const char **uri)
{
	const revision_event *of = e->what;

	legacy_put_revision(s, out, e->wiki, of->rev_id, of->page, uri);
}

const stream revision_create_stream = {
    .name = "mediawiki.revision-create",
    .schema = "/mediawiki/revision/create/2.0.0",
    .is_on = true,
    .partitions = 1,
    .cleanup = "delete",
    .retention_ms = STREAM_WEEK_MS,
    .aggregates = {&revision_aggregate},
    .accepts = accepts,
    .put_body = put_body,
};
