/*
 * plugin/hold.c
 *	  The queue of what is held back; see hold.h.
 *
 * The queue is a list of items, each a frame or a line. The first item of a source transaction that waits ('B')
 * names its hold; nothing from there on is sent while events of it wait. Items are freed as they are sent, so memory is
 * bounded by HOLD_BYTES, the largest event and the source transaction that is being sent.
 */
#include "plugin/hold.h"

#include "lib/ilist.h"
#include "miscadmin.h"
#include "plugin/json.h"
#include "plugin/wiki.h"
#include "utils/memutils.h"

#define USECS_PER_MSEC 1000

typedef struct held_source held_source;

typedef struct item
{
	dlist_node node;
	held_source *opens; /* the source transaction that begins here, if it waits or waited */
	int len;
	char *data; /* NULL: an event that waits */
} item;

/* An event that waits; gone once its item has data. */
typedef struct late_event
{
	dlist_node node;
	item *item;
	const stream *stream;
	output_event head;
	const char *wiki_id;
	page_event_kind kind;
	int log_kinds;
	int64 page_id;
	int32 namespace_id;
	const char *title;
	bool suppressed_already; /* the log row gives its time only */
	int passed;              /* source transactions of its wiki since */
	hold_rendering plain;
	hold_rendering suppressed;
} late_event;

struct held_source
{
	dlist_node node; /* in hold_queue.sources while events wait */
	XLogRecPtr commit_lsn;
	int64 commit_time; /* of its mark, unix microseconds */
	uint64 begun;      /* hold_queue.total then */
	bool fresh;        /* of the mark that is being worked on: its own log rows were looked at */
	bool given_up;     /* its events wait no more */
	dlist_head late;
};

struct hold_queue
{
	MemoryContext context;
	dlist_head items;
	dlist_head sources;   /* with events that wait, oldest first */
	held_source *sending; /* between hold_begin and hold_end */
	uint64 total;         /* bytes ever queued */
};

hold_queue *
hold_create(MemoryContext parent)
{
	hold_queue *q = MemoryContextAllocZero(parent, sizeof(hold_queue));

	q->context = AllocSetContextCreate(parent, "mwmirror held", ALLOCSET_DEFAULT_SIZES);
	dlist_init(&q->items);
	dlist_init(&q->sources);
	return q;
}

bool
hold_is_open(const plugin_state *state)
{
	const hold_queue *q = state->held;

	return !dlist_is_empty((dlist_head *) &q->items) || hold_may_wait(state);
}

bool
hold_may_wait(const plugin_state *state)
{
	const held_source *s = state->held->sending;

	return s != NULL && !s->given_up;
}

static bool
source_waits(const hold_queue *q, held_source *s)
{
	if (s->given_up)
		return false;
	return s == q->sending || !dlist_is_empty(&s->late);
}

/* queue_send sends what no longer waits. */
static void
queue_send(plugin_state *state)
{
	hold_queue *q = state->held;

	while (!dlist_is_empty(&q->items))
	{
		item *head = dlist_container(item, node, dlist_head_node(&q->items));

		if (head->opens != NULL && source_waits(q, head->opens))
			return;
		output_bytes(state, head->data, head->len, false);
		dlist_delete(&head->node);
		if (head->opens != NULL && head->opens != q->sending)
			pfree(head->opens);
		pfree(head->data);
		pfree(head);
	}
	if (q->sending == NULL)
		MemoryContextReset(q->context);
}

/* rendering_fill makes an event's value whole; dt is NULL and members empty if the log row says nothing. */
static void
rendering_fill(const hold_rendering *r, const char *dt, const StringInfoData *members,
               StringInfo out)
{
	int at = r->gaps.members;

	appendBinaryStringInfo(out, r->value, at);
	if (members->len > 0)
	{
		appendStringInfoChar(out, ',');
		appendBinaryStringInfo(out, members->data, members->len);
	}
	appendBinaryStringInfo(out, r->value + at, r->len - at);
	if (dt != NULL && r->gaps.dt != 0)
		memcpy(out->data + r->gaps.dt, dt, JSON_TIME_LENGTH);
}

static void
rendering_free(hold_rendering *r)
{
	if (r->value != NULL)
		pfree((char *) r->value);
}

/* event_settle ends the waiting of an event. Uses and resets state->event_context. */
static void
event_settle(plugin_state *state, late_event *late, const hold_rendering *r, const char *dt,
             const StringInfoData *members)
{
	MemoryContext old = MemoryContextSwitchTo(state->event_context);
	StringInfoData value;
	StringInfoData out;

	initStringInfo(&value);
	initStringInfo(&out);
	rendering_fill(r, dt, members, &value);
	output_render_event(state, &out, &late->head, value.data, value.len);
	late->item->data = MemoryContextAlloc(state->held->context, out.len);
	late->item->len = out.len;
	memcpy(late->item->data, out.data, out.len);
	MemoryContextSwitchTo(old);
	MemoryContextReset(state->event_context);
	dlist_delete(&late->node);
	rendering_free(&late->plain);
	rendering_free(&late->suppressed);
	pfree((char *) late->wiki_id);
	pfree((char *) late->title);
	if (late->head.key != NULL)
		pfree((char *) late->head.key);
	pfree(late);
}

/* event_give_up lets an event go out without its log row. */
static void
event_give_up(plugin_state *state, late_event *late)
{
	static const StringInfoData nothing;

	event_settle(state, late, &late->plain, NULL, &nothing);
}

/* event_use_log lets an event go out with a log row of the source transaction at hand. */
static void
event_use_log(plugin_state *state, late_event *late, const log_entry *log)
{
	MemoryContext old = MemoryContextSwitchTo(state->event_context);
	wiki *w = wiki_get(state, late->wiki_id);
	const hold_rendering *r = &late->plain;
	StringInfoData members;
	StringInfoData dt;
	log_row row;
	/* As with a row in the same source transaction: one whose action is hidden says nothing. */
	bool usable =
	    lookup_log(state, late->wiki_id, log->log_id, &row) && (row.hidden & HIDDEN_ACTION) == 0;

	initStringInfo(&members);
	initStringInfo(&dt);
	if (usable && json_time_is_writable(row.timestamp))
		json_time(&dt, row.timestamp);
	if (usable && !log->suppressed && !late->suppressed_already)
		late->stream->put_late(state, w, late->kind, &row, &members);
	if (log->suppressed && late->suppressed.value != NULL)
		r = &late->suppressed;
	MemoryContextSwitchTo(old);
	event_settle(state, late, r, dt.len == JSON_TIME_LENGTH ? dt.data : NULL, &members);
}

/* source_check_done takes a source transaction off the list once nothing of it waits. */
static void
source_check_done(held_source *s)
{
	if (dlist_is_empty(&s->late))
		dlist_delete(&s->node);
}

static void
source_give_up(plugin_state *state, held_source *s)
{
	dlist_mutable_iter iter;

	s->given_up = true;
	dlist_foreach_modify(iter, &s->late)
	    event_give_up(state, dlist_container(late_event, node, iter.cur));
	dlist_delete(&s->node);
}

void
hold_begin(plugin_state *state)
{
	hold_queue *q = state->held;
	held_source *s = MemoryContextAllocZero(q->context, sizeof(held_source));

	s->commit_lsn = state->txn->final_lsn;
	s->commit_time = state->mark.commit_time;
	s->begun = q->total;
	s->fresh = true;
	dlist_init(&s->late);
	dlist_push_tail(&q->sources, &s->node);
	q->sending = s;
}

void
hold_end(plugin_state *state)
{
	hold_queue *q = state->held;
	held_source *s = q->sending;

	q->sending = NULL;
	if (s->given_up)
		pfree(s); /* its first item is sent: see limit_bytes */
	else
		source_check_done(s);
	queue_send(state);
}

/*
 * limit_bytes
 *	 Gives up what has too much behind it. A source transaction that is too large by itself is given up while it
 *	 is being sent: all before it has more behind it, so the queue is empty then and the rest of it goes out at once.
 */
static void
limit_bytes(plugin_state *state)
{
	hold_queue *q = state->held;
	bool gave_up = false;

	while (!dlist_is_empty(&q->sources))
	{
		held_source *oldest = dlist_container(held_source, node, dlist_head_node(&q->sources));

		if (q->total - oldest->begun <= HOLD_BYTES)
			break;
		source_give_up(state, oldest);
		gave_up = true;
	}
	if (gave_up)
		queue_send(state);
}

/* queue_add appends an empty item of so many bytes. */
static item *
queue_add(plugin_state *state, Size bytes)
{
	hold_queue *q = state->held;
	item *new = MemoryContextAllocZero(q->context, sizeof(item));

	if (q->sending != NULL && q->sending->begun == q->total)
		new->opens = q->sending;
	q->total += bytes + sizeof(item);
	dlist_push_tail(&q->items, &new->node);
	return new;
}

void
hold_put(plugin_state *state, const char *data, int len)
{
	item *new = queue_add(state, len);

	new->data = MemoryContextAlloc(state->held->context, len);
	new->len = len;
	memcpy(new->data, data, len);
	limit_bytes(state);
}

static hold_rendering
rendering_copy(const hold_rendering *r)
{
	hold_rendering copy = *r;

	if (r->value != NULL)
		copy.value = pnstrdup(r->value, r->len);
	return copy;
}

void
hold_put_event(plugin_state *state, const stream *s, const page_event *event,
               const output_event *head, const hold_rendering *plain,
               const hold_rendering *suppressed)
{
	hold_queue *q = state->held;
	item *new = queue_add(state, sizeof(late_event) + plain->len + suppressed->len);
	MemoryContext old = MemoryContextSwitchTo(q->context);
	late_event *late = palloc0(sizeof(late_event));

	late->item = new;
	late->stream = s;
	late->head = *head;
	if (head->key != NULL)
		late->head.key = pstrdup(head->key);
	late->wiki_id = pstrdup(source_wiki_id(state->source, event->wiki));
	late->kind = event->kind;
	late->log_kinds = event->log_kinds;
	late->page_id = event->page_id;
	late->namespace_id = event->log_namespace;
	late->title = pstrdup(event->log_title);
	late->suppressed_already = event->suppressed;
	late->plain = rendering_copy(plain);
	late->suppressed = rendering_copy(suppressed);
	MemoryContextSwitchTo(old);
	dlist_push_tail(&q->sending->late, &late->node);
	limit_bytes(state);
}

void
hold_pass_time(plugin_state *state)
{
	hold_queue *q = state->held;
	int64 wait = (int64) state->options.log_wait_ms * USECS_PER_MSEC;
	dlist_mutable_iter iter;

	if (dlist_is_empty(&q->sources))
		return;
	dlist_foreach_modify(iter, &q->sources)
	{
		held_source *s = dlist_container(held_source, node, iter.cur);
		int64 passed = state->mark.commit_time - s->commit_time;

		/* A clock that was set back, or another server's, must not make it wait for hours. */
		if (passed > wait || passed < -wait)
			source_give_up(state, s);
	}
	queue_send(state);
}

void
hold_pass_silence(plugin_state *state, uint32 idle_ms)
{
	hold_queue *q = state->held;
	dlist_mutable_iter iter;

	if (idle_ms < (uint32) state->options.log_wait_ms)
		return;
	/* All that is held was committed before that silence began. */
	dlist_foreach_modify(iter, &q->sources)
	    source_give_up(state, dlist_container(held_source, node, iter.cur));
	queue_send(state);
}

/* source_take_logs looks for the log rows of one source transaction that waits. */
static void
source_take_logs(plugin_state *state, held_source *s)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &s->late)
	{
		late_event *late = dlist_container(late_event, node, iter.cur);
		int number = source_find_wiki(state->source, late->wiki_id);
		log_entry *log;

		if (number < 0)
			continue;
		log = source_find_free_log(state->source, number, late->log_kinds, late->page_id,
		                           late->namespace_id, late->title);
		if (log != NULL)
		{
			log->taken = true;
			event_use_log(state, late, log);
		}
		else if (++late->passed >= HOLD_TRANSACTIONS)
			event_give_up(state, late);
	}
	source_check_done(s);
}

/*
 * hold_take_logs
 *	 A log row is the newest event's that it fits: a script writes it right after the change. And which older ones
 *	 still wait depends on where decoding began, so they must not take from newer ones.
 */
void
hold_take_logs(plugin_state *state)
{
	hold_queue *q = state->held;
	dlist_node *node;
	dlist_node *older;

	if (dlist_is_empty(&q->sources))
		return;
	for (node = dlist_tail_node(&q->sources); node != &q->sources.head; node = older)
	{
		held_source *s = dlist_container(held_source, node, node);

		CHECK_FOR_INTERRUPTS();
		older = node->prev;
		if (s->fresh)
			s->fresh = false;
		else
			source_take_logs(state, s);
	}
	queue_send(state);
}

void
hold_say_waiting(plugin_state *state)
{
	hold_queue *q = state->held;
	bool waits = !dlist_is_empty(&q->items);
	wire_frame frame = {.type = WIRE_WAITING};

	if (state->options.format == FORMAT_TEXT || waits == state->waiting_said)
		return;
	if (waits)
		frame.commit_lsn =
		    dlist_container(held_source, node, dlist_head_node(&q->sources))->commit_lsn;
	state->waiting_said = waits;
	output_frame(state, &frame);
}
