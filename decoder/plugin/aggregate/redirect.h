/*
 * plugin/aggregate/redirect.h
 *	  Where redirects lead to, and led to before: from the rows of redirect. Causes no events.
 */
#ifndef MWMIRROR_AGGREGATE_REDIRECT_H
#define MWMIRROR_AGGREGATE_REDIRECT_H

#include "plugin/core/registry.h"
#include "plugin/entity/page.h"

/* Where a redirect page leads to. */
typedef struct redirect_link
{
	const redirect *target;
	int64 page_id; /* 0: no such page */
	bool is_redirect;
} redirect_link;

extern const aggregate redirect_aggregate;

/* Where a redirect leads to at the mark, and where it led to before the source transaction; NULL if it is, or was, none. Both allocate
 * in the current memory. */
extern const redirect_link *redirect_link_find(session *s, int wiki, int64 page_id);
extern const redirect_link *redirect_link_find_prior(session *s, int wiki, int64 page_id);

#endif
