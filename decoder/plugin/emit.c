/*
 * plugin/emit.c
 *	  From facts to messages, one by one, so that memory does not grow with their number.
 */
#include "plugin/emit.h"

#include "miscadmin.h"
#include "plugin/core/output.h"
#include "plugin/entity/entities.h"
#include "plugin/stream/message.h"
#include "utils/memutils.h"

/* What was sent of the source transaction. */
typedef struct progress
{
	uint32 index;    /* of the last event; 0: none yet */
	uint32 *numbers; /* events so far of each wiki and stream */
} progress;

/* emit_message sends a stream's message of an event. */
static void
emit_message(session *s, progress *p, int stream_number, const event *e)
{
	uint32 *number = &p->numbers[e->wiki * stream_count + stream_number];

	if (p->index == 0)
		output_begin(s);
	message_render(s, streams[stream_number], e, ++*number, &s->key, &s->value);
	output_event(s, stream_number, ++p->index, &s->key, &s->value);
	session_empty_buffer(s, &s->key);
	session_empty_buffer(s, &s->value);
}

/* emit_fact sends what a fact amounts to. */
static void
emit_fact(session *s, progress *p, const fact *f)
{
	void *data = palloc(f->kind->size);
	event e;

	memcpy(data, f->data, f->kind->size);
	if (!f->kind->conclude(s, f->wiki, f->id, data, &e))
		return;
	for (int i = 0; i < stream_count; i++)
		if (streams[i]->accepts(s, &e))
			emit_message(s, p, i, &e);
}

void
emit_source(session *s)
{
	progress p = {0};
	uint64 place = 0;
	MemoryContext old;
	fact f;

	p.numbers = MemoryContextAllocZero(s->source_context,
	                                   wiki_ids_count(s->wiki_ids) * stream_count * sizeof(uint32));
	old = MemoryContextSwitchTo(s->event_context);
	while (gather_next(s->gather, &place, &f))
	{
		CHECK_FOR_INTERRUPTS();
		output_keep_alive(s);
		emit_fact(s, &p, &f);
		entities_end_event(s);
		MemoryContextReset(s->event_context);
	}
	MemoryContextSwitchTo(old);
	if (p.index > 0)
		output_end(s);
}
