/*
 * plugin/aggregate/recent_change.h
 *	  Edits, log entries and other changes that appeared among the recent ones: from the rows of recentchanges.
 */
#ifndef MWMIRROR_AGGREGATE_RECENT_CHANGE_H
#define MWMIRROR_AGGREGATE_RECENT_CHANGE_H

#include "plugin/core/registry.h"

/* The event is a recent_change (entity/recent_change.h) of which nothing is hidden. */
extern const aggregate recent_change_aggregate;

#endif
