/*
 * plugin/aggregate/links.h
 *	  Links of pages, to pages of the wiki and to other sites: from the rows of pagelinks and externallinks.
 */
#ifndef MWMIRROR_AGGREGATE_LINKS_H
#define MWMIRROR_AGGREGATE_LINKS_H

#include "plugin/core/registry.h"
#include "plugin/entity/page.h"

typedef struct page_link
{
	bool added;      /* false: removed */
	const char *url; /* of a link to another site; else NULL */
	int32 namespace_id;
	const char *title;
} page_link;

typedef struct links_event
{
	const page *page; /* as it is, or, of one that is gone, as it was */
	int count;
	const page_link *list;
} links_event;

extern const aggregate links_aggregate;

#endif
