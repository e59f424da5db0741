/*
 * plugin/stream/wiki_change.c
 *	  Stream mwmirror.wiki_change.v1, schema mwmirror/wiki/change 1.0.0 (decoder/schemas): what the mirror knows of a wiki, whenever that changes.
 */
#include "plugin/stream/streams.h"

#include "plugin/aggregate/configuration.h"
#include "plugin/core/json.h"
#include "plugin/entity/wiki.h"

#include "nodes/pg_list.h"
#include "port/pg_bitutils.h"

static bool
accepts(session *s, const event *e)
{
	return true;
}

static void
put_key(session *s, const event *e, StringInfo out)
{
	json_begin_object(out);
	json_put_string(out, "wiki_id", wiki_ids_text(s->wiki_ids, e->wiki));
	json_end_object(out);
}

static void
put_namespace(StringInfo out, const wiki_name *of)
{
	json_begin_element(out);
	json_put_int(out, "namespace_id", of->id);
	json_put_string(out, "namespace_name", of->name);
	if (of->male_name != NULL)
		json_put_string(out, "male_name", of->male_name);
	if (of->female_name != NULL)
		json_put_string(out, "female_name", of->female_name);
	json_end_object(out);
}

static void
put_namespaces(session *s, StringInfo out, const struct wiki *w)
{
	ListCell *cell;

	json_key(out, "namespaces");
	json_begin_array(out);
	foreach (cell, wiki_list_namespaces(s, w))
		put_namespace(out, lfirst(cell));
	json_end_array(out);
}

static void
put_bot_groups(StringInfo out, const struct wiki *w)
{
	json_key(out, "bot_groups");
	json_begin_array(out);
	for (int i = 0; i < w->bot_group_count; i++)
		json_element_string(out, w->bot_groups[i]);
	json_end_array(out);
}

/* put_streams writes the names of the streams that tell of the wiki. */
static void
put_streams(StringInfo out, const struct wiki *w)
{
	json_key(out, "streams");
	json_begin_array(out);
	for (uint64 rest = w->streams; rest != 0; rest &= rest - 1)
		json_element_string(out, streams[pg_rightmost_one_pos64(rest)]->name);
	json_end_array(out);
}

static void
put_wiki(session *s, StringInfo out, const struct wiki *w)
{
	json_key(out, "wiki");
	json_begin_object(out);
	json_put_string(out, "domain", w->domain);
	json_put_string(out, "canonical_server", w->canonical_server);
	json_put_string(out, "article_path", w->article_path);
	json_put_string(out, "script_path", w->script_path);
	json_put_string(out, "language", w->language);
	if (w->generator != NULL)
		json_put_string(out, "generator", w->generator);
	json_put_bool(out, "temp_accounts", w->temp_accounts);
	json_put_bool(out, "local_central_ids", w->local_central_ids);
	json_put_int(out, "autoconfirm_age", w->autoconfirm_age);
	json_put_int(out, "autoconfirm_count", w->autoconfirm_count);
	put_bot_groups(out, w);
	put_namespaces(s, out, w);
	put_streams(out, w);
	json_end_object(out);
}

static void
put_body(session *s, const event *e, StringInfo out, const char **uri)
{
	const configuration_event *of = e->what;
	struct wiki *w = wiki_get(s, e->wiki);

	json_put_string(out, "changelog_kind", of->is_new ? "insert" : "update");
	json_put_time(out, "dt", session_commit_time(s));
	json_put_string(out, "wiki_id", w->wiki_id);
	put_wiki(s, out, w);
}

const stream wiki_change_stream = {
    .name = "mwmirror.wiki_change.v1",
    .schema = "/mwmirror/wiki/change/1.0.0",
    .partitions = 1,
    .cleanup = "compact",
    .retention_ms = "",
    .aggregates = {&configuration_aggregate},
    .accepts = accepts,
    .put_key = put_key,
    .put_body = put_body,
};
