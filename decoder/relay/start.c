/*
 * relay/start.c
 *	  Where to begin; see start.h.
 *
 * What can have happened to PostgreSQL, and what shows it:
 *
 *	 another cluster                      system identifier
 *	 a standby was promoted, or a         timeline: where the stored one was left must not be before the position
 *	   backup was recovered to a time
 *	 a copy was put in place of it        WAL that does not reach the position; a mirror that is behind its GTID; and
 *	                                      when both have caught up, the overlap
 *	 the slot was made anew               when and at which GTID `mwmirror init` made it
 *	 the slot was moved                   its position, past the stored one
 *	 the sink lost its position           a slot that is not where it was made
 */
#include "relay/start.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "source/gtid.h"

static void __attribute__((format(printf, 5, 6)))
gap(start_verdict *v, uint64_t from, uint64_t to, const char *until_gtid, const char *format, ...)
{
	va_list args;

	v->kind = START_GAP;
	v->watch = false;
	v->gap_from = from;
	v->gap_to = to;
	v->gap_gtid = until_gtid;
	va_start(args, format);
	vsnprintf(v->reason, sizeof(v->reason), format, args);
	va_end(args);
}

/* Where the stored position's source is in the mirror; "" if that is not known. */
static const char *
mirror_gtid(const relay_position *stored, const start_facts *f)
{
	for (size_t i = 0; i < f->source_count; i++)
		if (strcmp(f->sources[i].name, stored->source) == 0)
			return f->sources[i].gtid_pos;
	return "";
}

/* Returns the switch that ended a timeline, NULL if the server's history has no such timeline. */
static const start_switch *
find_switch(const start_facts *f, uint32_t timeline)
{
	for (size_t i = 0; i < f->switch_count; i++)
		if (f->switches[i].timeline == timeline)
			return &f->switches[i];
	return NULL;
}

/* False, with a gap: the position is on a timeline that this server has not, or has left before it. */
static bool
judge_timeline(const relay_position *stored, const start_facts *f, start_verdict *v)
{
	const start_switch *left;
	bool inside = stored->ordinal > 0 || stored->index > 0; /* of the commit that begins at lsn */

	if (stored->timeline == 0 || stored->timeline == f->timeline)
		return true;
	left = find_switch(f, stored->timeline);
	if (left == NULL)
	{
		gap(v, f->confirmed, stored->lsn, mirror_gtid(stored, f),
		    "it is on timeline %" PRIu32
		    ", which is not in the history of this server, on timeline %" PRIu32,
		    stored->timeline, f->timeline);
		return false;
	}
	if (left->lsn > stored->lsn || (left->lsn == stored->lsn && !inside))
		return true;
	if (!inside && stored->commit_lsn != 0 && stored->commit_lsn <= left->lsn)
	{
		/* what the old primary wrote last was no source transaction: the new one may have some there */
		v->from.lsn = left->lsn;
		return true;
	}
	gap(v, left->lsn, stored->lsn, mirror_gtid(stored, f),
	    "it is on timeline %" PRIu32 ", which this server left before that", stored->timeline);
	return false;
}

/* True if the mirror was at the position's GTID when the slot was made: then nothing lies between the two. */
static bool
nothing_was_missed(const relay_position *stored, const start_facts *f)
{
	gtid published;
	gtid_list made = {0};
	bool same;

	if (stored->index > 0 || stored->request[0] != '\0' || f->made_source[0] == '\0' ||
	    strcmp(f->made_source, stored->source) != 0)
		return false;
	same = gtid_parse(stored->gtid, &published) && gtid_list_parse(f->made_gtid, &made) &&
	       made.count == 1 && made.items[0].domain == published.domain &&
	       made.items[0].server == published.server && made.items[0].sequence == published.sequence;
	gtid_list_free(&made);
	return same;
}

/* False, with a gap, unless the mirror has the source transaction that was published last. */
static bool
judge_gtid(const relay_position *stored, const start_facts *f, start_verdict *v)
{
	gtid published;
	bool known = false;

	if (!gtid_parse(stored->gtid, &published))
		return true;
	for (size_t i = 0; i < f->source_count; i++)
	{
		gtid_list position = {0};
		bool covered;

		if (stored->source[0] != '\0' && strcmp(f->sources[i].name, stored->source) != 0)
			continue;
		known = true;
		covered = gtid_list_parse(f->sources[i].gtid_pos, &position) &&
		          gtid_list_covers(&position, &published);
		gtid_list_free(&position);
		if (covered)
			return true;
	}
	if (known)
		gap(v, f->confirmed, stored->lsn, mirror_gtid(stored, f),
		    "the mirror is behind it: this is an older copy of the cluster, or the source's "
		    "history began anew");
	else
		gap(v, f->confirmed, stored->lsn, "", "the mirror has no source %s", stored->source);
	return false;
}

/* The slot against the position; what can be told from neither shows in the overlap. */
static void
judge_slot(const relay_position *stored, const start_facts *f, start_verdict *v)
{
	bool anew = f->made_lsn != 0 && stored->commit_lsn != 0 && stored->commit_lsn <= f->made_lsn;

	if (anew && nothing_was_missed(stored, f))
	{
		v->from.lsn = f->confirmed;
		v->from.ordinal = 0;
		v->from.commit_lsn = 0; /* another slot's */
		v->watch = false;
		return;
	}
	if (anew)
		gap(v, stored->lsn <= f->made_lsn ? stored->lsn : stored->commit_lsn, f->made_lsn,
		    f->made_gtid, "the slot was made after it, and what lay between is not in it");
	else if (f->confirmed > v->from.lsn)
		gap(v, v->from.lsn, f->confirmed, mirror_gtid(stored, f),
		    "the slot was moved past it, and what lay between is not in it");
	/* a slot that was moved past the last commit belongs to the history that has it, whatever the GTIDs */
	else if (stored->commit_lsn == 0 || f->confirmed < stored->commit_lsn)
		(void) judge_gtid(stored, f, v);
}

static void
judge_first(const start_facts *f, start_verdict *v)
{
	if (f->made_lsn != 0 && f->made_lsn == f->confirmed)
		v->kind = START_FIRST;
	else if (f->made_lsn != 0)
		gap(v, f->made_lsn, f->confirmed, "",
		    "the slot was read since it was made, but the sink has no position: it was deleted or "
		    "has expired");
	else
		gap(v, 0, f->confirmed, "",
		    "the sink has no position, and `mwmirror init` did not make the slot, so it may have "
		    "been read before");
}

size_t
start_parse_history(const char *text, size_t len, start_switch *out, size_t most)
{
	const char *end = text + len;
	size_t count = 0;

	while (text < end && count < most)
	{
		size_t line = (size_t) (end - text);
		const char *newline = memchr(text, '\n', line);
		char copy[64];
		char lsn[RELAY_LSN_SIZE];

		if (newline != NULL)
			line = (size_t) (newline - text);
		snprintf(copy, sizeof(copy), "%.*s", (int) (line < sizeof(copy) ? line : sizeof(copy) - 1),
		         text);
		if (sscanf(copy, "%" SCNu32 " %19[0-9A-Fa-f/]", &out[count].timeline, lsn) == 2 &&
		    relay_lsn_parse(lsn, &out[count].lsn))
			count++;
		text += line + 1;
	}
	return count;
}

void
start_decide(const relay_position *stored, const start_facts *f, start_verdict *out)
{
	memset(out, 0, sizeof(*out));
	out->kind = START_CONTINUE;
	out->from = *stored;
	out->watch = true;
	out->gap_gtid = "";
	if (stored->lsn == 0)
		judge_first(f, out);
	else if (f->flaw[0] != '\0')
		gap(out, 0, 0, "", "%s", f->flaw);
	else if (stored->system[0] != '\0' && strcmp(stored->system, f->system) != 0)
		gap(out, 0, 0, "", "it is of another PostgreSQL cluster, %s", stored->system);
	else if (!judge_timeline(stored, f, out))
		;
	else if (out->from.lsn > f->server_lsn)
		gap(out, f->server_lsn, stored->lsn, mirror_gtid(stored, f),
		    "this server has not written that much WAL: it is an older copy of the cluster");
	else
		judge_slot(stored, f, out);
	if (out->kind == START_CONTINUE)
		return;
	/* behind a gap nothing of the old position holds but its count */
	memset(&out->from, 0, sizeof(out->from));
	out->from.lsn = f->confirmed;
	out->from.events = stored->events;
	out->watch = false;
}

void
overlap_init(overlap *o, const relay_position *stored, uint64_t start_lsn)
{
	memset(o, 0, sizeof(*o));
	o->stored = *stored;
	o->seen = stored->ordinal == 0 && (stored->commit_lsn == 0 || stored->commit_lsn <= start_lsn);
}

/* The id of what is covered last. */
static const char *
stored_id(const overlap *o)
{
	return o->stored.request[0] != '\0' ? o->stored.request : o->stored.gtid;
}

static bool
has_stored_id(const overlap *o, const wire_frame *f)
{
	const relay_position *p = &o->stored;
	const char *id = stored_id(o);

	return f->gtid.len == strlen(id) && memcmp(f->gtid.data, id, f->gtid.len) == 0 &&
	       (id != p->gtid || p->source[0] == '\0' ||
	        (f->source.len == strlen(p->source) &&
	         memcmp(f->source.data, p->source, f->source.len) == 0));
}

static overlap_answer __attribute__((format(printf, 2, 3)))
other(char reason[START_REASON_SIZE], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reason, START_REASON_SIZE, format, args);
	va_end(args);
	return OVERLAP_OTHER;
}

/* The stream has gone past the stored position. */
static overlap_answer
pass(overlap *o, char reason[START_REASON_SIZE])
{
	if (!o->seen)
		return other(
		    reason,
		    "source transaction %s, which was published last, is not where it was in the WAL",
		    stored_id(o));
	o->passed = true;
	return OVERLAP_SAME;
}

/* The frame is where the last published source transaction was. */
static overlap_answer
see(overlap *o, const wire_frame *f, char reason[START_REASON_SIZE])
{
	if (!has_stored_id(o, f))
		return other(reason,
		             "source transaction %.*s is where %s was in the WAL, which was published last",
		             (int) f->gtid.len, f->gtid.data != NULL ? f->gtid.data : "", stored_id(o));
	o->seen = true;
	return OVERLAP_SAME;
}

static overlap_answer
begin_source(overlap *o, const wire_frame *f, char reason[START_REASON_SIZE])
{
	const relay_position *p = &o->stored;

	if (f->commit_lsn > p->lsn || (f->commit_lsn == p->lsn && f->ordinal > p->ordinal))
		return pass(o, reason);
	if (f->commit_lsn == p->lsn && f->ordinal == p->ordinal)
		return see(o, f, reason);
	if (f->commit_lsn < p->lsn && f->commit_lsn >= p->commit_lsn && p->commit_lsn != 0)
		return other(reason, "source transaction %.*s is where there was none in the WAL",
		             (int) f->gtid.len, f->gtid.data);
	return OVERLAP_SAME;
}

static overlap_answer
end_commit(overlap *o, const wire_frame *f, char reason[START_REASON_SIZE])
{
	const relay_position *p = &o->stored;

	/* with an ordinal the stored GTID is one of the next commit */
	if (f->end_lsn == p->commit_lsn && p->ordinal == 0)
		return see(o, f, reason);
	if (f->end_lsn > p->lsn)
		return pass(o, reason);
	if (f->gtid.len > 0 && p->commit_lsn != 0 && f->end_lsn > p->commit_lsn)
		return other(reason, "source transaction %.*s is where there was none in the WAL",
		             (int) f->gtid.len, f->gtid.data);
	return OVERLAP_SAME;
}

overlap_answer
overlap_frame(overlap *o, const wire_frame *f, char reason[START_REASON_SIZE])
{
	if (o->passed)
		return OVERLAP_SAME;
	if (f->type == WIRE_BEGIN)
		return begin_source(o, f, reason);
	return f->type == WIRE_COMMIT ? end_commit(o, f, reason) : OVERLAP_SAME;
}

overlap_answer
overlap_keepalive(overlap *o, uint64_t lsn, char reason[START_REASON_SIZE])
{
	/* inside a commit, that commit begins at the stored LSN and is still to come */
	bool before = lsn < o->stored.lsn || (lsn == o->stored.lsn && o->stored.ordinal > 0);

	return o->passed || before ? OVERLAP_SAME : pass(o, reason);
}
