/*
 * relay/assembler.h
 *	  Frames in, what to publish out: the order and completeness of source transactions. Pure.
 *
 * It checks that the plugin's frames make sense, drops the source transactions that are at or before the stored
 * position, and says which position holds after each frame. It knows no sink and no socket.
 */
#ifndef MWMIRROR_RELAY_ASSEMBLER_H
#define MWMIRROR_RELAY_ASSEMBLER_H

#include <stdbool.h>
#include <stdint.h>
#include "relay/position.h"
#include "support/status.h"
#include "wire/wire.h"

#define ASSEMBLER_AT_SIZE 2048

typedef enum assembler_step
{
	ASSEMBLER_NOTHING, /* nothing to publish: a frame of a dropped transaction, or one that opens one */
	ASSEMBLER_EVENT,      /* publish the event */
	ASSEMBLER_SOURCE_END, /* a source transaction is whole: the position may be committed now */
	ASSEMBLER_COMMIT      /* a PostgreSQL transaction is whole: so may it now */
} assembler_step;

typedef struct assembler
{
	relay_position done; /* all up to here has been handed out; commit this with the sink */
	relay_point skip;    /* the stored position */
	bool in_commit;      /* between the first frame of a PostgreSQL transaction and its 'C' */
	bool in_source;      /* between 'B' and 'S' */
	bool dropping;       /* this source transaction is published already */
	uint32_t published;  /* of its events, the first that are published already */
	uint64_t commit_lsn; /* of the PostgreSQL transaction */
	uint32_t ordinal;    /* of the source transaction in it */
	uint32_t seen;       /* its events so far */
	bool ended;          /* the last of them is seen */
	uint64_t dropped;    /* events dropped since assembler_init, for the log */
	char source[MARK_SOURCE_SIZE]; /* of the source transaction */
	char gtid[MARK_GTID_SIZE];     /* its id: a GTID, or a request's */
	char at[ASSEMBLER_AT_SIZE];    /* of what a request told again: the source's position */
	int64_t commit_time;
} assembler;

/* Starts behind the position that the sink has stored. */
void assembler_init(assembler *a, const relay_position *stored);

/*
 * Takes the next frame. STATUS_BUG, logged with GTID and LSN: the frames contradict each other, so that plugin and
 * relay do not belong together or one of them is wrong; nothing of this transaction may be committed then.
 */
status assembler_feed(assembler *a, const wire_frame *f, assembler_step *out);

/*
 * Moves the position into the source transaction that is being read: all its events so far. For one that is too large,
 * or takes too long, for one transaction of the sink.
 */
void assembler_split(assembler *a);

/* True if no transaction is half read, so that the server's own position may be taken over. */
bool assembler_at_rest(const assembler *a);

/* Moves the position to an LSN before which the server has nothing more; only at rest; never backwards. */
void assembler_advance(assembler *a, uint64_t lsn);

#endif
