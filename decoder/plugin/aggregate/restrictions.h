/*
 * plugin/aggregate/restrictions.h
 *	  Pages that were protected or are no more: from the rows of page_restrictions.
 */
#ifndef MWMIRROR_AGGREGATE_RESTRICTIONS_H
#define MWMIRROR_AGGREGATE_RESTRICTIONS_H

#include "plugin/core/registry.h"
#include "plugin/entity/log.h"
#include "plugin/entity/page.h"

/* What one may do with a page, and who; level "": everybody. */
typedef struct restriction
{
	const char *type;
	const char *level;
} restriction;

typedef struct restrictions_event
{
	const page *page;
	int count;
	const restriction *list; /* all that there are, and those that are no more; of each type one */
	const log_entry
	    *log; /* of the protection, or of the move that took it to the redirect left; NULL: none */
} restrictions_event;

extern const aggregate restrictions_aggregate;

#endif
