/*
 * plugin/aggregate/properties.h
 *	  Properties of pages that changed: from the rows of page_props.
 */
#ifndef MWMIRROR_AGGREGATE_PROPERTIES_H
#define MWMIRROR_AGGREGATE_PROPERTIES_H

#include "plugin/aggregate/page_items.h"
#include "plugin/entity/page.h"

/* The event's struct is an items_taken: names and values. */
extern const aggregate properties_aggregate;

#endif
