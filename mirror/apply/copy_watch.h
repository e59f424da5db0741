/*
 * apply/copy_watch.h
 *	  What follow knows of copies (copy/map.h), kept in step with mwmirror.copy_table and copy_chunk.
 *
 * Each group begins with a look at mwmirror.copy_version, under a lock that keeps it as it is until the group ends (sql/functions/copy.sql). While nothing
 * is being copied the look is a statement that fails if there is anything new, which costs no round trip; the attempt begins anew then, which is also what
 * happens when a wiki comes or goes that is followed. Else what is new is read before a row is applied, also which wikis are copied now.
 *
 * What depends on the map must be decided in an open group: so it holds until the position is behind it.
 */
#ifndef MWMIRROR_APPLY_COPY_WATCH_H
#define MWMIRROR_APPLY_COPY_WATCH_H

#include <libpq-fe.h>
#include <stdbool.h>
#include "apply/param.h"
#include "apply/pipeline.h"
#include "apply/raw_value.h"
#include "copy/map.h"
#include "mapping/wiki.h"
#include "source/gtid.h"
#include "support/status.h"

typedef struct copy_watch copy_watch;

/* Prepares statements; before pipeline mode. Errors as pg_prepare. */
status copy_watch_prepare(PGconn *conn);

/*
 * Reads what is copied; before pipeline mode, and before the list of wikis is read, whose changes from here on are seen. The source's name must outlive it.
 * Errors as pg_execute, copy_map_put. On STATUS_OK freed with copy_watch_destroy.
 */
status copy_watch_create(PGconn *conn, const char *source_name, copy_watch **out);

void copy_watch_destroy(copy_watch *w);

/* While nothing is followed: STATUS_RETRY if the list of wikis, or what is copied, is not what was read, and the attempt must begin anew. */
status copy_watch_look(copy_watch *w);

/* Before anything below: what statements go through, the wikis that this attempt follows, which are kept as they are, and what is to know of rows that a copy writes. All must outlive it. STATUS_MEMORY (logged). */
status copy_watch_attach(copy_watch *w, pipeline *p, param_set *params, wiki_list *wikis,
                         raw_values *raws);

/*
 * Behind BEGIN: nothing that is copied changes until the transaction ends, and the map is right. STATUS_RETRY if the attempt must begin anew: see
 * copy_watch_is_outdated; else as pipeline_ask, copy_map_put.
 */
status copy_watch_begin(copy_watch *w);

/* Reads what this transaction itself has changed in mwmirror.copy_table. Errors as copy_watch_begin. */
status copy_watch_reload(copy_watch *w);

/*
 * Between groups, once a second: sees changes while there is nothing to apply, and forgets tables that are copied and whose chunks the position, which is
 * committed, is behind. Errors as copy_watch_begin.
 */
status copy_watch_idle(copy_watch *w, const gtid_list *position);

/* Milliseconds until copy_watch_idle has something to do. */
int copy_watch_due(const copy_watch *w);

/* After STATUS_RETRY: true if the attempt ended because what is copied or the list of wikis has changed, which is no failure. */
bool copy_watch_is_outdated(const copy_watch *w);

/* True if any table is being copied: then rows are looked up. */
bool copy_watch_is_any(const copy_watch *w);

/* The table's copy; NULL if it is not being copied. */
copy_entry *copy_watch_find(const copy_watch *w, const wiki *of, const char *table);

/*
 * Waits until a chunk is read, or its reader has died; *chunk says which. In an open group. Errors as pipeline_ask; STATUS_STOPPED.
 */
status copy_watch_wait(copy_watch *w, copy_entry *e, copy_chunk *chunk);

/*
 * The copy of a table begins anew, in the open group and with nobody reading a chunk of it. keeps_key: the table is cut by its key as before; else it is one chunk,
 * as its key may be another. The entry goes. Errors as copy_watch_begin.
 */
status copy_watch_restart(copy_watch *w, const copy_entry *e, bool keeps_key);

#endif
