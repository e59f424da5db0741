/*
 * plugin/aggregate/told.h
 *	  Pages and revisions that a request tells again, as page_events: each as if its revision had been made just now.
 */
#ifndef MWMIRROR_AGGREGATE_TOLD_H
#define MWMIRROR_AGGREGATE_TOLD_H

#include "plugin/aggregate/page.h"

extern const aggregate told_aggregate;

#endif
