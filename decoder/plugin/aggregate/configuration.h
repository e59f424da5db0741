/*
 * plugin/aggregate/configuration.h
 *	  Settings of wikis that changed: from the rows of mwmirror.wiki_told, which follow writes for the decoder.
 */
#ifndef MWMIRROR_AGGREGATE_CONFIGURATION_H
#define MWMIRROR_AGGREGATE_CONFIGURATION_H

#include "plugin/core/registry.h"

/* What the settings are is in entity/wiki.h. */
typedef struct configuration_event
{
	bool is_new; /* nothing was told of the wiki, or it was private */
} configuration_event;

extern const aggregate configuration_aggregate;

#endif
