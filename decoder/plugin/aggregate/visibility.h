/*
 * plugin/aggregate/visibility.h
 *	  What was hidden or shown of each revision, as a page_event of its page: from the rows of revision.
 */
#ifndef MWMIRROR_AGGREGATE_VISIBILITY_H
#define MWMIRROR_AGGREGATE_VISIBILITY_H

#include "plugin/aggregate/page.h"

extern const aggregate visibility_aggregate;

#endif
