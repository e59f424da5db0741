/*
 * plugin/aggregate/visibility.h
 *	  What was hidden or shown of revisions, as a page_event of the page whose latest it is: from the rows of revision.
 */
#ifndef MWMIRROR_AGGREGATE_VISIBILITY_H
#define MWMIRROR_AGGREGATE_VISIBILITY_H

#include "plugin/aggregate/page.h"

extern const aggregate visibility_aggregate;

#endif
