/*
 * plugin/entity/states.c
 *	  The state streams that have been named; see states.h.
 */
#include "plugin/entity/states.h"

#include "plugin/core/registry.h"
#include "utils/memutils.h"

#define PREFIX "mwmirror.state."
#define SUFFIX ".v1"
#define PRIVATE_SUFFIX ".private.v1"

static bool
ends_with(const char *text, size_t len, const char *end)
{
	return len > strlen(end) && strcmp(text + len - strlen(end), end) == 0;
}

/* add adds the stream of a name that begins and ends as such names do. */
static int
add(session *s, const char *name)
{
	MemoryContext old = MemoryContextSwitchTo(s->context);
	state_stream *made = palloc(sizeof(state_stream));
	size_t len = strlen(name);

	made->is_private = ends_with(name, len, PRIVATE_SUFFIX);
	len -= strlen(PREFIX) + strlen(made->is_private ? PRIVATE_SUFFIX : SUFFIX);
	made->name = pstrdup(name);
	made->table = pnstrdup(name + strlen(PREFIX), len);
	made->schema =
	    psprintf("/mwmirror/state/%s%s/1.0.0", made->table, made->is_private ? "/private" : "");
	made->number = stream_count + list_length(s->state_streams);
	s->state_streams = lappend(s->state_streams, made);
	MemoryContextSwitchTo(old);
	return list_length(s->state_streams) - 1;
}

int
states_find(session *s, const char *name)
{
	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 ||
	    !ends_with(name + strlen(PREFIX), strlen(name + strlen(PREFIX)), SUFFIX))
		return -1;
	for (int i = 0; i < list_length(s->state_streams); i++)
		if (strcmp(states_get(s, i)->name, name) == 0)
			return i;
	return add(s, name);
}

const state_stream *
states_get(const session *s, int place)
{
	return list_nth(s->state_streams, place);
}

int
states_of_table(session *s, whole_table *t, state_side side)
{
	int count = list_length(s->state_streams);

	if (t->streams_known == 0)
		t->streams[STATE_PUBLIC] = t->streams[STATE_PRIVATE] = -1;
	for (; t->streams_known < count; t->streams_known++)
	{
		const state_stream *of = states_get(s, t->streams_known);

		if (strcmp(of->table, t->name) == 0)
			t->streams[of->is_private ? STATE_PRIVATE : STATE_PUBLIC] = t->streams_known;
	}
	return count == 0 ? -1 : t->streams[side];
}
