/*
 * plugin/stream/revision_visibility_change.c
 *	  Stream mediawiki.revision-visibility-change, schema mediawiki/revision/visibility-change 1.0.0: every revision of which something is
 *	  hidden or shown.
 */
#include "plugin/stream/streams.h"

#include "plugin/aggregate/visibility.h"
#include "plugin/stream/legacy.h"
#include "plugin/stream/parity.h"

/* accepts: a change that is not logged as one is hide-user's, of which EventBus does not hear. */
static bool
accepts(session *s, const event *e)
{
	const page_event *of = e->what;
	page_event_kind kind;

	return parity_find_kind(s, of, &kind) && legacy_has_page(s, e->wiki, &of->state);
}

static void
put_body(session *s, const event *e, StringInfo out, const char **uri)
{
	legacy_put_visibility_change(s, out, e->wiki, e->what, uri);
}

const stream revision_visibility_change_stream = {
    .name = "mediawiki.revision-visibility-change",
    .schema = "/mediawiki/revision/visibility-change/1.0.0",
    .is_on = true,
    .partitions = 1,
    .cleanup = "delete",
    .retention_ms = STREAM_WEEK_MS,
    .aggregates = {&visibility_aggregate},
    .accepts = accepts,
    .put_body = put_body,
};
