/*
 * snapshot/snapshot.h
 *	  mwmirror snapshot: copies wikis into the mirror, consistent at a GTID.
 */
#ifndef MWMIRROR_SNAPSHOT_SNAPSHOT_H
#define MWMIRROR_SNAPSHOT_SNAPSHOT_H

#include <stdbool.h>
#include "support/config.h"
#include "support/status.h"

/*
 * Copies one wiki, or (wiki_id NULL) all wikis of the source that are not copied yet; with force also those that are. A
 * wiki whose copy failed starts over. STATUS_FENCED while follow holds the source's lock, STATUS_USAGE for a wiki
 * that is not registered or already copied; STATUS_STOPPED if a stop was asked for. Logged.
 */
status snapshot_run(const config *c, const char *wiki_id, bool force);

#endif
