/*
 * plugin/stream/message.c
 *	  What all messages have in common; see message.h.
 */
#include "plugin/stream/message.h"

#include "plugin/core/identity.h"
#include "plugin/core/json.h"
#include "plugin/core/missing.h"
#include "plugin/entity/choice.h"
#include "plugin/entity/tables.h"
#include "plugin/entity/wiki.h"

/* put_uri writes the page's URL; the title may make it longer than an event may say. */
static void
put_uri(session *s, const struct wiki *w, const char *uri, StringInfo out)
{
	if (uri == NULL)
		return;
	if (strlen(uri) > MESSAGE_URI_MOST)
		missing_report_value(s, TABLE_PAGE, PAGE_TITLE, w->number, 0);
	else
		json_put_string(out, "uri", uri);
}

void
message_put_meta(session *s, const char *stream_name, const struct wiki *w, const char *uri,
                 uint32 number, StringInfo out)
{
	char id[IDENTITY_TEXT_SIZE];

	json_key(out, "meta");
	json_begin_object(out);
	json_put_string(out, "stream", stream_name);
	put_uri(s, w, uri, out);
	identity_format(&s->mark, stream_name, number, w->wiki_id, id);
	json_put_string(out, "id", id);
	if (s->request_id[0] == '\0')
		identity_format_source(&s->mark, s->request_id);
	json_put_string(out, "request_id", s->request_id);
	if (w->domain[0] != '\0')
		json_put_string(out, "domain", w->domain);
	json_put_time(out, "dt", session_commit_time(s));
	json_end_object(out);
}

static void
put_key(session *s, int stream_number, const event *e, const struct wiki *w, StringInfo key)
{
	const stream *of = streams[stream_number];

	switch (choice_key(s, stream_number))
	{
		case STREAM_KEY_OWN:
			if (of->put_key != NULL)
				of->put_key(s, e, key);
			break;
		case STREAM_KEY_WIKI:
			json_begin_object(key);
			json_put_string(key, "wiki_id", w->wiki_id);
			json_end_object(key);
			break;
		case STREAM_KEY_NONE:
			break;
	}
}

void
message_render(session *s, int stream_number, const event *e, uint32 number, StringInfo key,
               StringInfo value)
{
	const stream *of = streams[stream_number];
	const struct wiki *w = wiki_get(s, e->wiki);
	const char *uri = NULL;

	put_key(s, stream_number, e, w, key);
	if (of->is_tombstone != NULL && of->is_tombstone(s, e))
		return;
	json_begin_object(value);
	of->put_body(s, e, value, &uri);
	json_put_string(value, "$schema",
	                of->choose_schema == NULL ? of->schema : of->choose_schema(s));
	message_put_meta(s, of->name, w, uri, number, value);
	json_end_object(value);
}
