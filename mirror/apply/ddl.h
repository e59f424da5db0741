/*
 * apply/ddl.h
 *	  What DDL at the source means for the mirror.
 *
 *	 TRUNCATE TABLE		the wiki's rows go from the mirror's tables
 *	 DROP TABLE, CREATE OR REPLACE TABLE, RENAME of a table	the same, but rows stay where another source table also feeds the
 *						mirror's table: an upgrade of MediaWiki has moved them there (ipblocks to block)
 *	 RENAME to a mirrored table, ALTER TABLE that may change rows or values of columns that the mapping uses	its rows are read
 *						again. statement_alter.c says which actions do not
 *	 DROP, RENAME of a column that nothing else gives and that a key or events need, SYSTEM VERSIONING, foreign keys that
 *	 cascade, engines that lose rows	the mirror stops
 *	 DROP DATABASE of a wiki	it is followed no more, and its rows stay
 *	 all else			nothing: the next TABLE_MAP names the columns
 */
#ifndef MWMIRROR_APPLY_DDL_H
#define MWMIRROR_APPLY_DDL_H

#include <stdbool.h>
#include <stddef.h>
#include "apply/applier.h"
#include "mapping/wiki.h"
#include "source/gtid.h"
#include "source/statement.h"
#include "support/status.h"

/* Does what the statement means. STATUS_DATA if the mirror must stop (logged). */
status ddl_take(applier *a, const statement *s);

/* True if one of the statement's tables is mirrored, of a wiki that is copied and whose copy is older than the statement. */
bool ddl_names_mirrored(const applier *a, const statement *s);

/* True if any wiki that is copied must follow what happens at the GTID: its copy is older. */
bool ddl_any_wiki_follows(const wiki_list *wikis, const gtid *id);

/*
 * The same of what happens between two transactions, after the position: only a copy that has seen a later GTID is
 * certain to be newer.
 */
bool ddl_wiki_follows_after(const wiki *w, const gtid_list *position);
bool ddl_any_wiki_follows_after(const wiki_list *wikis, const gtid_list *position);

/*
 * True if an SQL text may concern mirrored tables of such wikis: its default database has one or is empty, or it
 * mentions such a database.
 */
bool ddl_text_concerns(const wiki_list *wikis, const gtid *id, const char *database,
                       size_t database_len, const char *sql, size_t sql_len);

#endif
