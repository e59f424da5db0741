/*
 * plugin/stream/page_properties_change.c
 *	  Stream mediawiki.page-properties-change, schema mediawiki/page/properties-change 1.0.0: properties that a page's text yields.
 */
#include "plugin/stream/streams.h"

#include "plugin/aggregate/properties.h"
#include "plugin/core/json.h"
#include "plugin/stream/legacy.h"

static bool
accepts(session *s, const event *e)
{
	return legacy_has_page(s, e->wiki, ((const items_taken *) e->what)->page);
}

/* put_values writes the values that there are now, or were; nothing if there are none. */
static void
put_values(StringInfo out, const char *key, const items_taken *of, bool now)
{
	bool begun = false;

	for (int i = 0; i < of->count; i++)
	{
		const char *value = now ? of->list[i].after : of->list[i].before;

		if (value == NULL)
			continue;
		if (!begun)
		{
			json_key(out, key);
			json_begin_object(out);
			begun = true;
		}
		json_key_escaped(out, of->list[i].name);
		json_string(out, value);
	}
	if (begun)
		json_end_object(out);
}

static void
put_body(session *s, const event *e, StringInfo out, const char **uri)
{
	const items_taken *of = e->what;

	legacy_put_page(s, out, e->wiki, of->page, uri);
	json_put_bool(out, "page_is_redirect", of->page->is_redirect);
	json_put_int(out, "rev_id", of->page->latest);
	put_values(out, "added_properties", of, true);
	put_values(out, "removed_properties", of, false);
}

const stream page_properties_change_stream = {
    .name = "mediawiki.page-properties-change",
    .schema = "/mediawiki/page/properties-change/1.0.0",
    .is_on = true,
    .partitions = 1,
    .cleanup = "delete",
    .retention_ms = STREAM_WEEK_MS,
    .aggregates = {&properties_aggregate},
    .accepts = accepts,
    .put_body = put_body,
};
