/*
 * plugin/aggregate/touch.h
 *	  Pages whose caches were invalidated though they did not change: null edits, purges, and what MediaWiki does about pages that
 *	  depend on another. From the rows of page; they do not tell these apart.
 */
#ifndef MWMIRROR_AGGREGATE_TOUCH_H
#define MWMIRROR_AGGREGATE_TOUCH_H

#include "plugin/core/registry.h"

/* Its events' what: the page (entity/page.h), as of the mark. */
extern const aggregate touch_aggregate;

#endif
