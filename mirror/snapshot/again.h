/*
 * snapshot/again.h
 *	  mwmirror snapshot --force: has wikis that are copied compared with the source, by follow (apply/copy_again.h).
 */
#ifndef MWMIRROR_SNAPSHOT_AGAIN_H
#define MWMIRROR_SNAPSHOT_AGAIN_H

#include <stdbool.h>
#include <stddef.h>
#include "snapshot/snapshot.h"
#include "support/config.h"
#include "support/status.h"

typedef struct again_call
{
	const config *config;
	const char *const *wiki_ids; /* which wikis; none: all of the source that are copied */
	size_t wiki_count;
	const char *table; /* at the source, without prefix; NULL: all that are mirrored */
	bool wait;         /* until all is compared */
	/* Shows how far it is, about once a second. */
	void (*show)(void *context, const snapshot_progress *p);
	void *context;
} again_call;

/*
 * Has tables copied again. Where the source cannot be followed from the mirror's position (its history is another, or its binlog lacks what follows), the position moves to where the
 * source is, which all of its wikis must be compared for. STATUS_USAGE for a wiki that is not copied, STATUS_SOURCE if the position has to move and wikis or a table were named; errors as
 * target_open, mariadb_open_source, pg_execute. Logged.
 */
status again_run(const again_call *call);

#endif
