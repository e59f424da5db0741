/*
 * snapshot/begin.h
 *	  The copy of a wiki, or of tables of it, begins and ends: mwmirror.copy_table and mwmirror.wiki.
 */
#ifndef MWMIRROR_SNAPSHOT_BEGIN_H
#define MWMIRROR_SNAPSHOT_BEGIN_H

#include <stdbool.h>
#include "mapping/wiki.h"
#include "snapshot/plans.h"
#include "snapshot/session.h"
#include "support/status.h"

/*
 * Looks at the wiki at the source, and if its copy has not begun, deletes what rows it has and begins it. What has begun goes on. *begun, malloc'd: the source's GTID list when its copy began. STATUS_SOURCE if it cannot be copied as it is (logged); else errors as
 * pg_execute and mariadb_query.
 */
status begin_wiki(session *s, plans *p, const wiki *w, char **begun);

/*
 * After all its tables are copied: the wiki is, and its events begin. *more: there are tables that are not copied, made at the source meanwhile. Errors as
 * begin_wiki.
 */
status end_wiki(session *s, plans *p, const wiki *w, const char *begun, bool *more);

#endif
