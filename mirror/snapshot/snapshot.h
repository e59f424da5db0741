/*
 * snapshot/snapshot.h
 *	  mwmirror snapshot: copies wikis into the mirror, whether follow runs or not.
 */
#ifndef MWMIRROR_SNAPSHOT_SNAPSHOT_H
#define MWMIRROR_SNAPSHOT_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>
#include "support/config.h"
#include "support/status.h"

typedef struct snapshot_progress
{
	int64_t rows_done;
	int64_t rows_total; /* roughly; at least rows_done */
	const char *tables; /* those that are being copied, as 'wiki table, ...' */
} snapshot_progress;

typedef struct snapshot_call
{
	const config *config;
	const char *const *wiki_ids; /* which wikis; none: all of the source that are not copied yet */
	size_t wiki_count;
	/* Shows how far it is, about once a second; NULL: nobody looks. */
	void (*show)(void *context, const snapshot_progress *p);
	void *context;
} snapshot_call;

/*
 * Copies wikis, and what is to be copied of others, with config->snapshot_workers workers. What an earlier call has copied stays. One wiki that cannot be
 * copied does not keep the others from it. STATUS_USAGE for a wiki that is not registered or
 * already copied; STATUS_STOPPED if a stop was asked for. Logged.
 */
status snapshot_run(const snapshot_call *call);

#endif
