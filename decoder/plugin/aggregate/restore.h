/*
 * plugin/aggregate/restore.h
 *	  Revisions that were restored into a page whose latest revision they did not become, as a page_event: from the rows of archive.
 */
#ifndef MWMIRROR_AGGREGATE_RESTORE_H
#define MWMIRROR_AGGREGATE_RESTORE_H

#include "plugin/aggregate/page.h"

extern const aggregate restore_aggregate;

#endif
