/*
 * relay/published.h
 *	  What this process knows it has published, over lost connections; and how often it failed since.
 */
#ifndef MWMIRROR_RELAY_PUBLISHED_H
#define MWMIRROR_RELAY_PUBLISHED_H

#include <stdbool.h>
#include <stdint.h>
#include "relay/position.h"
#include "relay/sink.h"
#include "support/config.h"
#include "support/status.h"

/* Zero-initialised: nothing yet. */
typedef struct published
{
	relay_position committed;        /* the last one that the sink has, as far as is known */
	relay_position attempted;        /* the last one given to the sink, committed or not */
	bool attached;                   /* committed was read, or written, by this process */
	uint64_t events;                 /* by this process */
	int troubles[SINK_DOUBTFUL + 1]; /* by kind, since the last commit */
} published;

/* A commit succeeded. */
void published_commit(published *p, const relay_position *position);

/*
 * Takes over the position that a sink holds when it is opened. What it holds decides, never what a commit answered.
 * STATUS_SINK, logged: it is older than what this process had committed.
 */
status published_take_stored(published *p, const sink *s, const char *slot,
                             const relay_position *stored);

/* After a failure that may pass: STATUS_RETRY, or, logged, STATUS_FENCED or STATUS_SINK if it came too often. */
status published_weigh(published *p, const sink *s, const config *c);

#endif
