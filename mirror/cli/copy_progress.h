/*
 * cli/copy_progress.h
 *	  How far a copy is: the bar of progress.h for snapshot_run.
 */
#ifndef MWMIRROR_CLI_COPY_PROGRESS_H
#define MWMIRROR_CLI_COPY_PROGRESS_H

#include "cli/progress.h"
#include "snapshot/snapshot.h"

/* context: a progress. */
void copy_progress_show(void *context, const snapshot_progress *now);

#endif
