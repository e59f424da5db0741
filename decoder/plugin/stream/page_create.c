/*
 * plugin/stream/page_create.c
 *	  Stream mediawiki.page-create, schema mediawiki/revision/create 2.0.0: every page that is made.
 */
#include "plugin/stream/streams.h"

#include "plugin/aggregate/page.h"
#include "plugin/stream/legacy.h"

/* accepts: EventBus of all versions tells only of pages that were saved; a page that was restored had been made before. */
static bool
accepts(session *s, const event *e)
{
	const page_event *of = e->what;

	return of->kind == PAGE_CREATE &&
	       of->cause != CAUSE_IMPORT && /* which is said in parity modes only */
	       legacy_has_page(s, e->wiki, &of->state);
}

static void
put_body(session *s, const event *e, StringInfo out, const char **uri)
{
	const page_event *of = e->what;

	legacy_put_revision(s, out, e->wiki, of->rev_id, &of->state, uri);
}

const stream page_create_stream = {
    .name = "mediawiki.page-create",
    .schema = "/mediawiki/revision/create/2.0.0",
    .is_on = true,
    .partitions = 1,
    .cleanup = "delete",
    .retention_ms = STREAM_WEEK_MS,
    .aggregates = {&page_aggregate},
    .accepts = accepts,
    .put_body = put_body,
};
