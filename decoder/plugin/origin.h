/*
 * plugin/origin.h
 *	  Which replication origin is the snapshot's: its rows are a copy of state, not changes.
 */
#ifndef MWMIRROR_PLUGIN_ORIGIN_H
#define MWMIRROR_PLUGIN_ORIGIN_H

#include "plugin/compat.h"

#include "replication/origin.h"

#define ORIGIN_SNAPSHOT "mwmirror_snapshot"

/* Begins to watch pg_replication_origin for changes; call before origin_is_snapshot. */
extern void origin_watch(void);

/* True if the transactions of that origin are the snapshot's. */
extern bool origin_is_snapshot(RepOriginId origin);

#endif
