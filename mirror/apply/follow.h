/*
 * apply/follow.h
 *	  mwmirror follow: keeps the mirror in step with the source's binlog.
 */
#ifndef MWMIRROR_APPLY_FOLLOW_H
#define MWMIRROR_APPLY_FOLLOW_H

#include "support/config.h"
#include "support/status.h"

/*
 * Follows until a stop is asked for (STATUS_STOPPED) or something is wrong that waiting does not cure (logged, with what to
 * do). Lost connections and restarts of either server are waited out.
 */
status follow_run(const config *c);

#endif
