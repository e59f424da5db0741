/*
 * plugin/emit.c
 *	  From facts to messages, one by one, so that memory does not grow with their number.
 */
#include "plugin/emit.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "plugin/core/output.h"
#include "plugin/entity/choice.h"
#include "plugin/entity/entities.h"
#include "plugin/entity/wiki.h"
#include "plugin/state/state.h"
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
	s->lacks = 0;
	message_render(s, stream_number, e, ++*number, &s->key, &s->value);
	output_event(s, stream_number, streams[stream_number]->name, ++p->index, &s->key, &s->value);
	session_empty_buffer(s, &s->key);
	session_empty_buffer(s, &s->value);
}

/* emit_messages sends a stream's messages of an event. */
static void
emit_messages(session *s, progress *p, int stream_number, event *e)
{
	const stream *of = streams[stream_number];
	int count = of->count == NULL ? 1 : of->count(s, e);

	for (e->part = 0; e->part < count; e->part++)
		emit_message(s, p, stream_number, e);
}

/*
 * with_rows
 *	 Those of the streams that rows are not lacking for. A stream that was switched on while the source transaction was written begins
 *	 after it: what it would tell might be less than the truth.
 */
static uint64
with_rows(session *s, uint64 takers)
{
	uint64 lacking = takers & s->lacking & ~s->reported_lacking;

	s->reported_lacking |= lacking;
	for (; lacking != 0; lacking &= lacking - 1)
		ereport(LOG,
		        (errmsg("stream %s was switched on while a source transaction was written, and "
		                "begins after it",
		                streams[pg_rightmost_one_pos64(lacking)]->name)));
	return takers & ~s->lacking;
}

/*
 * emit_event
 *	 Sends what a fact amounts to, on the streams that tell of its wiki. *e has no more than whose it is, or is the event before of the
 *	 same fact.
 */
static void
emit_event(session *s, progress *p, const fact *f, event *e)
{
	void *data = palloc(f->kind->size);
	uint64 takers;

	memcpy(data, f->data, f->kind->size);
	takers = with_rows(s, choice_takers(s, e->aggregate, wiki_get(s, e->wiki)->streams));
	if (s->told.is_active)
		takers &= s->told.streams;
	if (takers == 0 || !f->kind->conclude(s, f->wiki, f->id, data, e))
		return;
	for (; takers != 0; takers &= takers - 1)
	{
		int number = pg_rightmost_one_pos64(takers);

		if (streams[number]->accepts(s, e))
			emit_messages(s, p, number, e);
	}
}

/* emit_fact sends the events of a fact. */
static void
emit_fact(session *s, progress *p, fact *f)
{
	event e = {.aggregate = f->kind->aggregate, .wiki = f->wiki};

	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		output_keep_alive(s);
		emit_event(s, p, f, &e);
		entities_end_event(s);
		MemoryContextReset(s->event_context);
		if (!e.has_more)
			return;
		f->data = gather_find(s->gather, f->kind, f->wiki, f->id);
	}
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
		emit_fact(s, &p, &f);
	MemoryContextSwitchTo(old);
	state_emit(s, &p.index);
	if (p.index > 0)
		output_end(s);
}
