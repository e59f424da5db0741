/*
 * plugin/hold.h
 *	  Holds back source transactions that lack a log row, and all output behind them.
 *
 * MediaWiki's command-line scripts commit the log row of a change of a page in a later transaction than the change
 * (1.39 includes/page/UndeletePage.php: the atomic section of undeleteRevisions() ends before addLogEntry()). Its
 * events are rendered at their own mark, but for what the log row says, and wait for it: README.md, "The hold".
 *
 * A hold ends by its own rules only, all from what is in the WAL behind it. So it ends at the same place wherever
 * decoding began, and whatever else is held.
 */
#ifndef MWMIRROR_PLUGIN_HOLD_H
#define MWMIRROR_PLUGIN_HOLD_H

#include "plugin/output.h"
#include "plugin/stream.h"

/* A hold ends after so many later source transactions with changes of pages or revisions of the event's wiki. */
#define HOLD_TRANSACTIONS 100
/* And when so many bytes wait, its own included. */
#define HOLD_BYTES (1024 * 1024)

/* An event that was rendered without its log row. */
typedef struct hold_rendering
{
	const char *value; /* NULL: there is no such rendering */
	int len;
	stream_gaps gaps;
} hold_rendering;

extern hold_queue *hold_create(MemoryContext parent);

/* True if output must go through hold_put: something waits before it. */
extern bool hold_is_open(const plugin_state *state);

/* True if the source transaction that is being sent may wait: between hold_begin and hold_end, unless it grew too large. */
extern bool hold_may_wait(const plugin_state *state);

/* The source transaction of state->mark, whose events are sent next, waits for log rows. */
extern void hold_begin(plugin_state *state);
extern void hold_end(plugin_state *state);

/* Queues a frame or a line, which is copied. This and hold_put_event may reset state->event_context. */
extern void hold_put(plugin_state *state, const char *data, int len);

/*
 * hold_put_event
 *	 Queues an event of which page_event_lacks_log is true. plain: as it goes out without the log row, or with a
 *	 usual one; suppressed: as it goes out if the row is of the suppression log. All is copied.
 */
extern void hold_put_event(plugin_state *state, const stream *s, const page_event *event,
                           const output_event *head, const hold_rendering *plain,
                           const hold_rendering *suppressed);

/* At each mark, before its events: ends holds by its commit time. */
extern void hold_pass_time(plugin_state *state);
/* At each mark, after its events: ends holds by the log rows in state->source, or by the count. */
extern void hold_take_logs(plugin_state *state);
/* At a tick: the source is silent for so long. */
extern void hold_pass_silence(plugin_state *state, uint32 idle_ms);

/* At the end of a PG transaction, after its 'C': tells the client whether anything waits. */
extern void hold_say_waiting(plugin_state *state);

#endif
