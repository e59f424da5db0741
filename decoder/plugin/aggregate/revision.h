/*
 * plugin/aggregate/revision.h
 *	  What happened to revisions: from the rows of revision and archive.
 */
#ifndef MWMIRROR_AGGREGATE_REVISION_H
#define MWMIRROR_AGGREGATE_REVISION_H

#include "plugin/core/registry.h"
#include "plugin/entity/page.h"

/* A revision appeared in revision: new, imported, or restored. */
typedef struct revision_event
{
	int64 rev_id;
	const page *page; /* that it is of */
} revision_event;

extern const aggregate revision_aggregate;

/* For other aggregates: what is known of a revision's changes so far; of DELETEs only where the revision is known to be concerned. */
typedef struct revision_change
{
	bool inserted;
	bool deleted;    /* and archived before, or inserted; old_bits is set */
	bool archived;   /* new_bits is set */
	bool unarchived; /* and inserted before */
	bool merged;     /* went to another page */
	uint8 old_bits;
	uint8 new_bits;
	int64 archived_page_id; /* of one that was unarchived: the page it had in the archive */
} revision_change;

extern revision_change revision_change_known(session *s, int wiki, int64 rev_id);

#endif
