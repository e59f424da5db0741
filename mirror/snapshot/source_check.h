/*
 * snapshot/source_check.h
 *	  Whether a wiki's tables can be copied as of one moment, and followed from there.
 */
#ifndef MWMIRROR_SNAPSHOT_SOURCE_CHECK_H
#define MWMIRROR_SNAPSHOT_SOURCE_CHECK_H

#include <mysql.h>
#include "mapping/mapping.h"
#include "mapping/wiki.h"
#include "snapshot/plans.h"
#include "support/status.h"

/*
 * Looks at each mirrored table of the wiki: a table without transactions is not part of a consistent snapshot, a view
 * has no rows in the binlog, a system-versioned table has its history among them, and what a cascading foreign key changes
 * is not there at all. STATUS_SOURCE if there is one
 * (each is logged, with what to run), or if the wiki has no mirrored table at all: then its prefix is another. Warns of text that is declared latin1.
 */
status snapshot_check_tables(MYSQL *mysql, const mapping *m, const wiki *w);

/* The same of one table, by its name without prefix, which may be there or not; without that warning. */
status snapshot_check_table(MYSQL *mysql, const mapping *m, const wiki *w, const char *bare);

/* Warns of wikis that are followed and of which the source shows no mirrored table. Errors as mariadb_query. */
status snapshot_warn_of_empty(MYSQL *mysql, const mapping *m, const wiki_list *wikis);

/* Whether the mirror's tables tell apart the rows of each of them. Errors as mapping_compile, key_check and mariadb_query. */
status snapshot_check_keys(MYSQL *mysql, plans *p, const wiki *w);

#endif
