/*
 * plugin/stream/revision_tags_change.c
 *	  Stream mediawiki.revision-tags-change, schema mediawiki/revision/tags-change 1.0.0: the tags of a revision, now and before.
 */
#include "plugin/stream/streams.h"

#include "plugin/aggregate/tags.h"
#include "plugin/core/json.h"
#include "plugin/stream/legacy.h"

/* accepts: EventBus hears of what counts tags; where one is deleted everywhere it is not told of the revisions that had it. */
static bool
accepts(session *s, const event *e)
{
	const tags_event *of = e->what;

	return (s->options.mode == MODE_COMPLETE || of->counted) &&
	       legacy_has_page(s, e->wiki, of->page);
}

static void
put_tags(StringInfo out, const List *names)
{
	const ListCell *cell;

	json_key(out, "tags");
	json_begin_array(out);
	foreach (cell, names)
		json_element_string(out, lfirst(cell));
	json_end_array(out);
}

static void
put_body(session *s, const event *e, StringInfo out, const char **uri)
{
	const tags_event *of = e->what;

	legacy_put_tagged(s, out, e->wiki, of->rev_id, log_find_performer(of->log), of->page, uri);
	put_tags(out, of->after);
	json_key(out, "prior_state");
	json_begin_object(out);
	put_tags(out, of->before);
	json_end_object(out);
}

const stream revision_tags_change_stream = {
    .name = "mediawiki.revision-tags-change",
    .schema = "/mediawiki/revision/tags-change/1.0.0",
    .is_on = true,
    .partitions = 1,
    .cleanup = "delete",
    .retention_ms = STREAM_WEEK_MS,
    .aggregates = {&tags_aggregate},
    .accepts = accepts,
    .put_body = put_body,
};
