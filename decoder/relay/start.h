/*
 * relay/start.h
 *	  Where to begin: what the sink has stored against what this PostgreSQL is. Pure.
 *
 * A relay may go on only where nothing can be lost or come twice; all else is a gap, which a person accepts or not.
 * Two parts: start_decide judges before the stream is asked for; an overlap then watches it until it has passed the
 * stored position, because a copy of a cluster has the same identifier, timeline and, in time, LSNs.
 */
#ifndef MWMIRROR_RELAY_START_H
#define MWMIRROR_RELAY_START_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "relay/position.h"
#include "wire/wire.h"

#define START_REASON_SIZE 440

/* Where a timeline of the server's history ended and the next one began. */
typedef struct start_switch
{
	uint32_t timeline;
	uint64_t lsn;
} start_switch;

/* A row of mwmirror.source: a GTID list, all of which is in the mirror. */
typedef struct start_source
{
	const char *name;
	const char *gtid_pos;
} start_source;

/* How this PostgreSQL is, read after the stored position was. Texts are the caller's. */
typedef struct start_facts
{
	const char *flaw; /* why the sink doubts that what it holds is whole; "" if it does not */
	const char *system;
	uint32_t timeline;
	const start_switch *switches; /* of the timelines before this one */
	size_t switch_count;
	uint64_t server_lsn; /* flushed WAL */
	uint64_t confirmed;  /* the slot's confirmed_flush_lsn */
	uint64_t made_lsn;   /* confirmed_flush_lsn when `mwmirror init` made the slot; 0: not known */
	const char *made_source; /* where the mirror was then, if it had one source; else "" */
	const char *made_gtid;
	const start_source *sources;
	size_t source_count;
} start_facts;

typedef enum start_kind
{
	START_FIRST,    /* nothing was ever published from this slot */
	START_CONTINUE, /* behind the stored position */
	START_GAP       /* only if a person says so, at the slot's position */
} start_kind;

typedef struct start_verdict
{
	start_kind kind;
	relay_position from; /* go on behind it; of a gap: where to go on if it is accepted */
	/* stream from the slot's position and let an overlap see that it is the same history */
	bool watch;
	/* of a gap */
	char reason[START_REASON_SIZE];
	/* WAL whose events are missing, or were published and are not in this server */
	uint64_t gap_from;
	uint64_t gap_to;
	const char *gap_gtid; /* source transactions between the stored GTID and this one; may be "" */
} start_verdict;

/*
 * Reads a timeline history file, lines of "timeline<tab>LSN<tab>reason" and "#...": where each timeline before the
 * present one ended. Returns how many there are, at most `most`, the newest of which may be missing then.
 */
size_t start_parse_history(const char *text, size_t len, start_switch *out, size_t most);

/* Decides; stored->lsn is 0 if the sink has no position. */
void start_decide(const relay_position *stored, const start_facts *facts, start_verdict *out);

/* Watches the beginning of the stream for the commit that the stored position ends with. */
typedef struct overlap
{
	relay_position stored;
	bool passed; /* the stream is behind the stored position, and it was the same history */
	bool seen;   /* the last commit of the stored position has come by, or cannot */
} overlap;

typedef enum overlap_answer
{
	OVERLAP_SAME, /* nothing speaks against it */
	OVERLAP_OTHER /* the stream is not the one that the position is from; reason says why */
} overlap_answer;

/* Begins to watch a stream that starts at an LSN. */
void overlap_init(overlap *o, const relay_position *stored, uint64_t start_lsn);

/* Takes each frame before it is published. */
overlap_answer overlap_frame(overlap *o, const wire_frame *f, char reason[START_REASON_SIZE]);

/* Takes the word of the server that it has sent all before lsn. */
overlap_answer overlap_keepalive(overlap *o, uint64_t lsn, char reason[START_REASON_SIZE]);

#endif
