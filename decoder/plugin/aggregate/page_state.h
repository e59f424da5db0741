/*
 * plugin/aggregate/page_state.h
 *	  Pages of which anything changed that their document has: from the rows of page, of its latest revision, and of all that its text
 *	  yields.
 */
#ifndef MWMIRROR_AGGREGATE_PAGE_STATE_H
#define MWMIRROR_AGGREGATE_PAGE_STATE_H

#include "plugin/core/registry.h"
#include "plugin/entity/page.h"

typedef struct page_state_event
{
	int64 page_id;
	const page *page;          /* NULL: it was deleted; then the others are not set */
	const char *content_model; /* by the page's row; NULL: not said */
	const char *lang;          /* likewise; NULL: the wiki's */
	int bits;                  /* what is hidden of its latest revision */
	/* what the text yields may be said: links, properties, where a redirect leads to */
	bool shows_parsed;
} page_state_event;

extern const aggregate page_state_aggregate;

#endif
