/*
 * plugin/stream.c
 *	  The table of streams, and what all their events have in common: $schema and meta.
 */
#include "plugin/stream.h"

#include "plugin/identity.h"
#include "plugin/json.h"
#include "plugin/wiki.h"
#include "utils/timestamp.h"

const stream *const event_streams[] = {
    &page_change_stream,
};

const int event_stream_count = lengthof(event_streams);

void
stream_render(plugin_state *state, const stream *s, const page_event *event, uint32 number,
              StringInfo key, StringInfo value)
{
	wiki *w = wiki_get(state, source_wiki_id(state->source, event->wiki));
	const char *uri = NULL;
	char id[IDENTITY_TEXT_SIZE];

	if (s->put_key != NULL)
		s->put_key(state, event, key);
	json_begin_object(value);
	s->put_body(state, w, event, value, &uri);
	json_put_string(value, "$schema", s->schema);
	json_key(value, "meta");
	json_begin_object(value);
	json_put_string(value, "stream", s->name);
	if (uri != NULL)
		json_put_string(value, "uri", uri);
	identity_format(&state->mark, s->name, number, w->wiki_id, id);
	json_put_string(value, "id", id);
	if (w->domain[0] != '\0')
		json_put_string(value, "domain", w->domain);
	json_put_time(value, "dt", state_commit_time(state));
	json_end_object(value);
	json_end_object(value);
}
