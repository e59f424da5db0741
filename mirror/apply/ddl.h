/*
 * apply/ddl.h
 *	  What DDL at the source means for the mirror.
 *
 *	 CREATE TABLE, ADD, DROP, MODIFY, RENAME COLUMN	nothing: the next TABLE_MAP names the columns
 *	 TRUNCATE TABLE		the wiki's rows go from the mirror's tables
 *	 DROP TABLE, CREATE OR REPLACE TABLE	the same, but rows stay where another source table also feeds the
 *						mirror's table: an upgrade of MediaWiki has moved them there (ipblocks to block)
 *	 RENAME of or to a mirrored table, DROP DATABASE of a wiki	the mirror stops: rows come or go without row events
 */
#ifndef MWMIRROR_APPLY_DDL_H
#define MWMIRROR_APPLY_DDL_H

#include <stdbool.h>
#include <stddef.h>
#include "apply/change.h"
#include "apply/touched.h"
#include "mapping/mapping.h"
#include "mapping/wiki.h"
#include "source/gtid.h"
#include "source/statement.h"
#include "support/status.h"

typedef struct ddl_context
{
	const wiki_list *wikis;
	mapping *mapping;
	change_context *changes;
	touched *touched;
	const gtid *id; /* of the statement */
} ddl_context;

/*
 * True if the statement names a mirrored table or a wiki's database, of a wiki that is copied and whose copy is older
 * than the statement. *changes_rows: ddl_apply will send statements.
 */
bool ddl_concerns(const ddl_context *d, const statement *s, bool *changes_rows);

/*
 * Does what the statement means; raises *rows and adds to touched if rows may have changed. STATUS_DATA if the mirror must
 * stop (logged).
 */
status ddl_apply(const ddl_context *d, const statement *s, unsigned *rows);

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
