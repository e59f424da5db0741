/*
 * plugin/stream/page_undelete.c
 *	  Stream mediawiki.page-undelete, schema mediawiki/page/undelete 1.0.0: every page that revisions were restored into.
 */
#include "plugin/stream/streams.h"

#include "plugin/aggregate/page.h"
#include "plugin/aggregate/restore.h"
#include "plugin/core/json.h"
#include "plugin/stream/legacy.h"

/* accepts: EventBus of all versions tells of each undeletion, into a page that is there too, whether or not its latest revision changes. */
static bool
accepts(session *s, const event *e)
{
	const page_event *of = e->what;
	bool restored = of->kind == PAGE_UNDELETE || of->kind == PAGE_RESTORE ||
	                (of->kind == PAGE_EDIT && of->cause == CAUSE_RESTORE);

	return restored && legacy_has_page(s, e->wiki, &of->state);
}

static void
put_body(session *s, const event *e, StringInfo out, const char **uri)
{
	const page_event *of = e->what;

	legacy_put_page_event(s, out, e->wiki, of, uri);
	if (of->prior_page_id <= 0)
		return;
	json_key(out, "prior_state");
	json_begin_object(out);
	json_put_int(out, "page_id", of->prior_page_id);
	json_end_object(out);
}

const stream page_undelete_stream = {
    .name = "mediawiki.page-undelete",
    .schema = "/mediawiki/page/undelete/1.0.0",
    .is_on = true,
    .partitions = 1,
    .cleanup = "delete",
    .retention_ms = STREAM_WEEK_MS,
    .aggregates = {&page_aggregate, &restore_aggregate},
    .accepts = accepts,
    .put_body = put_body,
};
