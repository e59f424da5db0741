/*
 * relay/assembler.c
 *	  Frames in, what to publish out; see assembler.h.
 */
#include "relay/assembler.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "support/log.h"

#define BUG_HINT                                                                                   \
	"the module in PostgreSQL and this program do not fit together: install both from one build, " \
	"then restart; nothing was lost, the position stays before this transaction."

void
assembler_init(assembler *a, const relay_position *stored)
{
	memset(a, 0, sizeof(*a));
	a->done = *stored;
	a->skip = relay_position_point(stored);
}

/* Logs what is wrong and where. */
static status
refuse(const assembler *a, const char *what, uint64_t found, uint64_t expected)
{
	char lsn[RELAY_LSN_SIZE];

	relay_lsn_format(a->commit_lsn, lsn);
	log_error_hint(BUG_HINT,
	               "BUG: the plugin's frames are wrong in source transaction %s (number %" PRIu32
	               " of the commit at %s): %s is %" PRIu64 ", expected %" PRIu64,
	               a->gtid, a->ordinal, lsn, what, found, expected);
	return STATUS_BUG;
}

/* The same for a frame that is not what must come next. */
static status
refuse_order(const assembler *a, const char *what)
{
	char lsn[RELAY_LSN_SIZE];

	relay_lsn_format(a->commit_lsn, lsn);
	log_error_hint(BUG_HINT,
	               "BUG: the plugin's frames are wrong in source transaction %s (number %" PRIu32
	               " of the commit at %s): %s, after %" PRIu32 " events",
	               a->gtid, a->ordinal, lsn, what, a->seen);
	return STATUS_BUG;
}

/* Copies bytes as a string; false if they do not fit into size. */
static bool
copy_text(const wire_bytes *from, char *to, size_t size)
{
	if (from->len >= size)
		return false;
	if (from->len > 0)
		memcpy(to, from->data, from->len);
	to[from->len] = '\0';
	return true;
}

/* What is covered last is a source transaction, which the position names; or a request made it: then the position keeps its GTID. */
static void
cover(relay_position *done, const char *source, const char *id, int64_t commit_time)
{
	done->request[0] = '\0';
	if (mark_id_is_request(id, strlen(id)))
	{
		snprintf(done->request, sizeof(done->request), "%s", id);
		return;
	}
	snprintf(done->source, sizeof(done->source), "%s", source);
	snprintf(done->gtid, sizeof(done->gtid), "%s", id);
	done->commit_time = commit_time;
}

static status
begin_source(assembler *a, const wire_frame *f)
{
	uint32_t last_ordinal = a->in_commit ? a->ordinal : 0;

	if (a->in_source)
		return refuse_order(a, "another begins before its end");
	if (a->in_commit && f->commit_lsn != a->commit_lsn)
		return refuse(a, "commit LSN of the next source transaction", f->commit_lsn, a->commit_lsn);
	a->commit_lsn = f->commit_lsn;
	if (!copy_text(&f->gtid, a->gtid, sizeof(a->gtid)) || f->gtid.len == 0)
		return refuse(a, "length of the GTID", f->gtid.len, MARK_GTID_SIZE - 1);
	if (!copy_text(&f->source, a->source, sizeof(a->source)) || f->source.len == 0)
		return refuse(a, "length of the source's name", f->source.len, MARK_SOURCE_SIZE - 1);
	if (!copy_text(&f->at, a->at, sizeof(a->at)))
		return refuse(a, "length of the position", f->at.len, ASSEMBLER_AT_SIZE - 1);
	if (f->ordinal <= last_ordinal)
		return refuse(a, "ordinal", f->ordinal, (uint64_t) last_ordinal + 1);
	a->in_commit = true;
	a->in_source = true;
	a->ordinal = f->ordinal;
	a->seen = 0;
	a->ended = false;
	a->commit_time = f->commit_time;
	a->dropping = f->commit_lsn < a->skip.lsn ||
	              (f->commit_lsn == a->skip.lsn && f->ordinal <= a->skip.ordinal);
	a->published = 0;
	if (!a->dropping && f->commit_lsn == a->skip.lsn)
	{
		/* the first one behind the stored position may be published in part */
		a->published = a->skip.index;
		a->skip.index = 0;
	}
	return STATUS_OK;
}

static status
take_event(assembler *a, const wire_frame *f, assembler_step *out)
{
	if (!a->in_source)
		return refuse_order(a, "an event before its begin");
	if (a->ended)
		return refuse_order(a, "an event behind the last one");
	if (f->index != (uint64_t) a->seen + 1)
		return refuse(a, "index of the event", f->index, (uint64_t) a->seen + 1);
	a->seen++;
	a->ended = (f->flags & WIRE_LAST) != 0;
	if (a->dropping || a->seen <= a->published)
		a->dropped++;
	else
		*out = ASSEMBLER_EVENT;
	return STATUS_OK;
}

static status
end_source(assembler *a, assembler_step *out)
{
	if (!a->in_source || !a->ended)
		return refuse_order(a, "its end without a last event");
	if (a->seen < a->published)
		return refuse(a, "number of events, of which more are published already", a->seen,
		              a->published);
	a->in_source = false;
	if (a->dropping)
		return STATUS_OK;
	a->done.lsn = a->commit_lsn;
	a->done.ordinal = a->ordinal;
	a->done.index = 0;
	a->done.events += a->seen - a->published;
	cover(&a->done, a->source, a->gtid, a->commit_time);
	*out = ASSEMBLER_SOURCE_END;
	return STATUS_OK;
}

static status
end_commit(assembler *a, const wire_frame *f, assembler_step *out)
{
	if (a->in_source)
		return refuse_order(a, "the commit before its end");
	if (a->in_commit && f->commit_lsn != a->commit_lsn)
		return refuse(a, "LSN of the commit", f->commit_lsn, a->commit_lsn);
	a->commit_lsn = f->commit_lsn;
	if (f->end_lsn < f->commit_lsn)
		return refuse(a, "end LSN of the commit", f->end_lsn, f->commit_lsn);
	a->in_commit = false;
	a->ordinal = 0;
	if (f->end_lsn <= a->done.lsn)
		return STATUS_OK; /* published before the restart */
	a->done.lsn = f->end_lsn;
	a->done.ordinal = 0;
	a->done.index = 0;
	if (f->gtid.len > 0)
	{
		a->done.commit_lsn = f->end_lsn;
		if (!copy_text(&f->gtid, a->gtid, sizeof(a->gtid)))
			return refuse(a, "length of the GTID", f->gtid.len, MARK_GTID_SIZE - 1);
		if (!copy_text(&f->source, a->source, sizeof(a->source)) || f->source.len == 0)
			return refuse(a, "length of the source's name", f->source.len, MARK_SOURCE_SIZE - 1);
		cover(&a->done, a->source, a->gtid, f->commit_time);
	}
	*out = ASSEMBLER_COMMIT;
	return STATUS_OK;
}

status
assembler_feed(assembler *a, const wire_frame *f, assembler_step *out)
{
	*out = ASSEMBLER_NOTHING;
	switch (f->type)
	{
		case WIRE_STREAM:
			break; /* says nothing of order: streams.h */
		case WIRE_BEGIN:
			return begin_source(a, f);
		case WIRE_EVENT:
			return take_event(a, f, out);
		case WIRE_SOURCE_END:
			return end_source(a, out);
		case WIRE_COMMIT:
			return end_commit(a, f, out);
	}
	return refuse(a, "type of the frame", (uint64_t) f->type, WIRE_BEGIN);
}

void
assembler_split(assembler *a)
{
	if (!a->in_source || a->dropping || a->seen <= a->published)
		return;
	if (a->done.lsn != a->commit_lsn)
		a->done.ordinal = 0;
	a->done.lsn = a->commit_lsn;
	a->done.index = a->seen;
	a->done.events += a->seen - a->published;
	a->published = a->seen;
}

bool
assembler_at_rest(const assembler *a)
{
	return !a->in_commit && !a->in_source;
}

void
assembler_advance(assembler *a, uint64_t lsn)
{
	if (lsn <= a->done.lsn)
		return;
	a->done.lsn = lsn;
	a->done.ordinal = 0;
	a->done.index = 0;
}
