/*
 * relay/relay.c
 *	  The loop between slot and sink; see relay.h.
 *
 * A sink transaction begins with the first event that arrives and takes every whole source transaction that has
 * arrived with it, up to the limits of the configuration; when nothing more is there, it is committed, and the loop
 * goes on at once with what arrived meanwhile. Events go to the sink as they come: nothing is gathered here.
 *
 * value                 advances                                      never
 * assembler.done        with each whole transaction, and with         into a half read transaction
 *                       keepalives while none is half read
 * committed             with each commit of the sink                  ahead of the sink
 * confirmed (slot)      to committed, after the commit                ahead of committed
 */
#include "relay/relay.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "relay/assembler.h"
#include "relay/begin.h"
#include "relay/published.h"
#include "relay/replication.h"
#include "relay/streams.h"
#include "support/clock.h"
#include "support/log.h"
#include "support/retry.h"
#include "support/stop.h"

#define POSITION_MS 1000   /* a position without events is stored at most this often */
#define ASK_MS 100         /* how often the server is asked where it is, with until_lsn */
#define GATHER_BYTES 65536 /* a batch of so much, all at once, is a sign of a backlog */
#define GATHER_FACTOR 4    /* then gather this many times as long as a commit takes */
#define GATHER_MOST_MS 100
#define GATHER_GAP_MS 1    /* but not longer than this without anything new */
#define SLOT_WAIT_MS 10000 /* for the walsender of a predecessor to notice that it is gone */
#define RETRY_LEAST_MS 100
#define RETRY_MOST_MS 10000

typedef struct relay
{
	const config *config;
	const relay_options *options;
	replication *replication;
	stream_list streams; /* of this session */
	sink *sink;
	assembler assembler;
	overlap overlap;    /* of the stream with what was published before */
	bool other_history; /* what it found, for the next attempt */
	bool accept_gap; /* as asked for, until something was published: a later gap is another one */
	published published;
	bool in_sink; /* a sink transaction is open */
	uint64_t batch_events;
	uint64_t batch_bytes;
	int64_t committed_ms;
	int64_t begun_ms;  /* the open batch */
	int64_t commit_ms; /* what the last commit with events took */
	bool gathering;    /* waited for more already since the last message */
	int slot_wait_ms;
	retry retry;
	char lsn_text[RELAY_LSN_SIZE]; /* of the transaction being read */
} relay;

/* Called by a sink that is blocked. A lost connection shows itself again when the stream is read. */
static void
keep_server_waiting(void *arg)
{
	relay *r = arg;

	(void) replication_service(r->replication);
}

static status
begin_batch(relay *r)
{
	status s;

	if (r->in_sink)
		return STATUS_OK;
	s = r->sink->begin(r->sink);
	if (s == STATUS_OK)
		r->in_sink = true;
	r->begun_ms = clock_ms();
	return s;
}

/* Commits what the sink has been given, with the position; then the server may forget it. */
static status
commit_batch(relay *r)
{
	relay_position p = r->assembler.done;
	int64_t before = clock_ms();
	bool first = r->published.committed.lsn == 0;
	status s = replication_same_timeline(r->replication);

	if (s == STATUS_OK)
		s = begin_batch(r);
	if (s != STATUS_OK)
		return s;
	p.published_at = relay_time_now();
	snprintf(p.system, sizeof(p.system), "%s", replication_system(r->replication));
	p.timeline = replication_timeline(r->replication);
	p.accepts_gap = r->accept_gap;
	p.previous = relay_position_point(&r->published.committed);
	r->published.attempted = p;
	s = r->sink->commit(r->sink, &p);
	if (s != STATUS_OK)
		return s;
	log_debug("committed %" PRIu64 " events, %" PRIu64 " bytes, in %" PRId64 " us", r->batch_events,
	          r->batch_bytes, relay_time_now() - p.published_at);
	r->in_sink = false;
	r->accept_gap = r->other_history = false;
	published_commit(&r->published, &p);
	r->batch_events = 0;
	r->batch_bytes = 0;
	r->committed_ms = clock_ms();
	r->commit_ms = r->committed_ms - before;
	retry_reset(&r->retry);
	replication_confirm(r->replication, p.lsn);
	/* a slot that looks untouched would make a lost position look like a first start: so the first time, at once */
	return first ? replication_ask(r->replication) : replication_service(r->replication);
}

static const char *
lacking_content(uint8_t flags)
{
	if ((flags & WIRE_CONTENT_LARGE) != 0)
		return "too large";
	return (flags & WIRE_CONTENT_ABSENT) != 0 ? "absent" : NULL;
}

static status
publish(relay *r, const wire_frame *f)
{
	const assembler *a = &r->assembler;
	sink_event e = {.stream = streams_find(&r->streams, f->stream),
	                .key = f->key,
	                .value = f->value,
	                .timestamp = f->timestamp,
	                .source = a->source,
	                .gtid = a->gtid,
	                .at = a->at[0] != '\0' ? a->at : NULL,
	                .lsn = r->lsn_text,
	                .ordinal = f->index,
	                .last = (f->flags & WIRE_LAST) != 0,
	                .content = lacking_content(f->flags)};
	status s = e.stream != NULL ? begin_batch(r) : STATUS_BUG;

	if (s != STATUS_OK)
		return s;
	r->batch_events++;
	r->batch_bytes += (uint64_t) f->key.len + f->value.len;
	return r->sink->event(r->sink, &e);
}

static bool
batch_is_full(const relay *r)
{
	return r->batch_events >= (uint64_t) r->config->relay_batch_events ||
	       r->batch_bytes >= (uint64_t) r->config->relay_batch_bytes;
}

/* True if the sink's transaction has been open for long enough, so that a source transaction is published in parts. */
static bool
batch_is_old(const relay *r)
{
	return r->in_sink && r->sink->open_most_ms > 0 &&
	       clock_ms() - r->begun_ms > r->sink->open_most_ms;
}

/* Commits what is there, also in the middle of a source transaction. */
static status
commit_old_batch(relay *r)
{
	if (r->assembler.in_source)
	{
		log_info("a long source transaction is published in parts: %" PRIu32
		         " of its events so far",
		         r->assembler.seen);
		assembler_split(&r->assembler);
	}
	return commit_batch(r);
}

/* After the overlap has seen a frame or a keepalive: the stored position is the slot's as soon as it is proven. */
static status
heed_overlap(relay *r, overlap_answer answer, const char *reason)
{
	if (answer == OVERLAP_OTHER)
	{
		r->other_history = true;
		return begin_refuse_history(r->config, &r->overlap.stored, reason, r->accept_gap);
	}
	if (r->overlap.passed)
		replication_confirm(r->replication, r->overlap.stored.lsn);
	return STATUS_OK;
}

static status
take_frame(relay *r, const wire_frame *f)
{
	char reason[START_REASON_SIZE];
	assembler_step step;
	status s = STATUS_OK;

	if (f->type == WIRE_STREAM)
		return streams_announce(&r->streams, f);
	if (!r->overlap.passed)
		s = heed_overlap(r, overlap_frame(&r->overlap, f, reason), reason);
	if (s == STATUS_OK)
		s = assembler_feed(&r->assembler, f, &step);
	if (s != STATUS_OK)
		return s;
	if (f->type == WIRE_BEGIN)
	{
		relay_lsn_format(f->commit_lsn, r->lsn_text);
		log_set_gtid(r->assembler.gtid);
		log_set_lsn(f->commit_lsn);
	}
	switch (step)
	{
		case ASSEMBLER_NOTHING:
			return STATUS_OK;
		case ASSEMBLER_EVENT:
			return publish(r, f);
		case ASSEMBLER_SOURCE_END:
		case ASSEMBLER_COMMIT:
			return r->in_sink && batch_is_full(r) ? commit_batch(r) : STATUS_OK;
	}
	return STATUS_BUG;
}

static status
take_message(relay *r, const replication_message *m)
{
	const char *cursor = m->data;
	const char *end = m->data + m->len;
	status s = STATUS_OK;

	while (s == STATUS_OK && cursor < end)
	{
		wire_frame f;

		if (!wire_frame_read(&cursor, end, &f))
		{
			log_error_hint(
			    "install the module in PostgreSQL and this program from one build, then restart.",
			    "BUG: the plugin's message of %zu bytes is malformed at byte %td", m->len,
			    cursor - m->data);
			return STATUS_BUG;
		}
		s = take_frame(r, &f);
	}
	return s == STATUS_OK && batch_is_old(r) ? commit_old_batch(r) : s;
}

static status
take_keepalive(relay *r, uint64_t lsn)
{
	char reason[START_REASON_SIZE];
	status s = STATUS_OK;

	if (!assembler_at_rest(&r->assembler))
		return STATUS_OK;
	if (!r->overlap.passed)
		s = heed_overlap(r, overlap_keepalive(&r->overlap, lsn, reason), reason);
	if (s == STATUS_OK)
		assembler_advance(&r->assembler, lsn);
	return s;
}

/* True if all that was read is not in the sink yet, though it holds no event. */
static bool
position_moved(const relay *r)
{
	const relay_point done = relay_position_point(&r->assembler.done);
	const relay_point committed = relay_position_point(&r->published.committed);

	return r->overlap.passed && relay_point_compare(&done, &committed) != 0;
}

static bool
until_reached(const relay *r, uint64_t lsn)
{
	return r->options->until_lsn != 0 && lsn >= r->options->until_lsn;
}

/*
 * True if waiting for a moment makes fewer and larger sink transactions. A commit costs the same whatever it holds,
 * and the socket empties faster than the plugin fills it: so in a backlog the batch may grow for a few times as long
 * as a commit takes. A lone transaction never waits.
 */
static bool
should_gather(relay *r, int64_t now)
{
	bool more = r->in_sink && !r->gathering && !stop_requested() && r->batch_bytes >= GATHER_BYTES;
	int64_t most = r->commit_ms * GATHER_FACTOR;

	r->gathering = true;
	return more && now - r->begun_ms < (most < GATHER_MOST_MS ? most : GATHER_MOST_MS);
}

/* Nothing more has arrived: commits if there is a reason to, then waits. STATUS_STOPPED ends the stream. */
static status
settle(relay *r)
{
	int64_t now = clock_ms();
	int wait_ms = POSITION_MS;
	bool due = false;
	status s = STATUS_OK;

	if (should_gather(r, now))
		return replication_wait(r->replication, GATHER_GAP_MS);
	if (!r->assembler.in_source)
	{
		bool moved = position_moved(r);

		due = r->in_sink || (moved && (now - r->committed_ms >= POSITION_MS || stop_requested() ||
		                               until_reached(r, r->assembler.done.lsn)));
		if (moved && !due)
			wait_ms = (int) (r->committed_ms + POSITION_MS - now);
	}
	if (due)
		return commit_batch(r); /* and look at once for what arrived meanwhile */
	if (batch_is_old(r))
		return commit_old_batch(r);
	if (stop_requested() || until_reached(r, r->published.committed.lsn))
		return STATUS_STOPPED;
	if (r->options->until_lsn != 0)
	{
		wait_ms = ASK_MS;
		s = replication_ask(r->replication);
	}
	return s == STATUS_OK ? replication_wait(r->replication, wait_ms) : s;
}

/* Reads the stream until a stop, until_lsn or a failure. */
static status
stream(relay *r)
{
	replication_message m;
	status s = STATUS_OK;

	while (s == STATUS_OK)
	{
		s = replication_receive(r->replication, &m);
		if (s != STATUS_OK)
			return s;
		switch (m.kind)
		{
			case REPLICATION_NOTHING:
				s = settle(r);
				break;
			case REPLICATION_DATA:
				r->gathering = false;
				s = take_message(r, &m);
				if (s == STATUS_OK)
					s = replication_service(r->replication);
				break;
			case REPLICATION_KEEPALIVE:
				s = take_keepalive(r, m.lsn);
				break;
		}
		if (s == STATUS_OK && m.kind == REPLICATION_DATA && stop_requested())
		{
			if (!r->assembler.in_source && r->in_sink)
				s = commit_batch(r);
			return s == STATUS_OK ? STATUS_STOPPED : s;
		}
	}
	return s;
}

/* Decides where to begin, from what the sink has stored and where the slot is. */
static status
choose_start(relay *r, const relay_position *stored, start_verdict *out)
{
	bool known = r->sink->keeps_position && (!r->options->look_only || stored->lsn != 0);

	if (known && !r->other_history)
		return begin_choose(r->replication, r->config, r->sink->flaw, r->accept_gap, stored, out);
	memset(out, 0, sizeof(*out));
	out->from.lsn = replication_slot_confirmed(r->replication);
	out->from.events = stored->events;
	return STATUS_OK;
}

static status
open_sink(relay *r, relay_position *stored)
{
	status s = STATUS_OK;

	r->sink = sink_create(r->config, r->options->format);
	if (r->sink == NULL)
		return STATUS_MEMORY;
	r->sink->streams = &r->streams;
	r->sink->idle = keep_server_waiting;
	r->sink->idle_arg = r;
	if (r->sink->check != NULL)
		s = r->sink->check(r->sink);
	return s == STATUS_OK ? r->sink->open(r->sink, stored) : s;
}

/* One connection to both ends, until it ends. */
static status
attempt(relay *r)
{
	relay_position stored = {0};
	start_verdict start = {0};
	uint64_t from;
	status s = replication_open(r->config, r->slot_wait_ms, r->options->look_only, &r->replication);

	if (s == STATUS_OK)
		s = streams_read(replication_connection(r->replication), &r->streams);
	if (s == STATUS_OK)
		s = open_sink(r, &stored);
	if (s == STATUS_OK)
		s = published_take_stored(&r->published, r->sink, r->config->relay_slot, &stored);
	if (s == STATUS_OK)
		s = choose_start(r, &stored, &start);
	if (s != STATUS_OK)
		return s;
	from = start.watch ? replication_slot_confirmed(r->replication) : start.from.lsn;
	s = replication_start(r->replication, from);
	if (s != STATUS_OK)
		return s;
	overlap_init(&r->overlap, &start.from, from);
	r->overlap.passed = !start.watch;
	r->slot_wait_ms = SLOT_WAIT_MS + replication_timeout_ms(r->replication);
	r->in_sink = false;
	r->batch_events = 0;
	r->batch_bytes = 0;
	r->committed_ms = clock_ms() - POSITION_MS;
	assembler_init(&r->assembler, &start.from);
	s = stream(r);
	if (s == STATUS_STOPPED)
		replication_finish(r->replication);
	return s;
}

static void
close_both(relay *r)
{
	if (r->sink != NULL)
		r->sink->destroy(r->sink);
	replication_close(r->replication);
	streams_close(&r->streams);
	r->sink = NULL;
	r->replication = NULL;
	log_set_gtid(NULL);
	log_set_lsn(0);
}

status
relay_run(const config *c, const relay_options *options)
{
	relay r = {.config = c,
	           .options = options,
	           .slot_wait_ms = SLOT_WAIT_MS,
	           .accept_gap = options->accept_gap};
	char at[RELAY_LSN_SIZE];
	status s;

	retry_init(&r.retry, RETRY_LEAST_MS, RETRY_MOST_MS);
	for (;;)
	{
		uint32_t wait_ms;

		s = attempt(&r);
		if (s == STATUS_RETRY)
			s = published_weigh(&r.published, r.sink, c);
		close_both(&r);
		if (s != STATUS_RETRY)
			break;
		wait_ms = retry_next(&r.retry);
		log_debug("trying again in %" PRIu32 " ms", wait_ms);
		if (stop_wait((int) wait_ms))
		{
			s = STATUS_STOPPED;
			break;
		}
	}
	streams_free(&r.streams);
	relay_lsn_format(r.published.committed.lsn, at);
	if (r.published.committed.lsn != 0)
		log_info("ends at %s, GTID %s, after %" PRIu64 " events", at,
		         r.published.committed.gtid[0] != '\0' ? r.published.committed.gtid : "none yet",
		         r.published.events);
	return s == STATUS_STOPPED && until_reached(&r, r.published.committed.lsn) ? STATUS_OK : s;
}
