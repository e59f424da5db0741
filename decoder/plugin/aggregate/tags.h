/*
 * plugin/aggregate/tags.h
 *	  Which tags revisions got and lost: from the rows of change_tag and change_tag_def.
 */
#ifndef MWMIRROR_AGGREGATE_TAGS_H
#define MWMIRROR_AGGREGATE_TAGS_H

#include "plugin/core/registry.h"
#include "plugin/entity/log.h"
#include "plugin/entity/page.h"

#include "nodes/pg_list.h"

/* A live revision's tags are others. */
typedef struct tags_event
{
	int64 rev_id;
	const page *page; /* that it is of */
	List *
	    before; /* names that may be told, each once, in byte order; they differ from those after */
	List *after;
	/* a tag's count changed too, as MediaWiki does it but where it deletes a tag everywhere */
	bool counted;
	const log_entry *log; /* a user's change of them; NULL: made by software, or not logged */
} tags_event;

extern const aggregate tags_aggregate;

#endif
