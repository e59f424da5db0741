/*
 * source/statement.h
 *	  The SQL text of QUERY events: what a statement does, and to which tables.
 *
 * Not an SQL parser: it reads leading comments, keywords and the table names
 * that directly follow them, which is all that a row-format binlog needs.
 */
#ifndef MWMIRROR_SOURCE_STATEMENT_H
#define MWMIRROR_SOURCE_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include "support/arena.h"

typedef enum statement_kind
{
	STATEMENT_BEGIN,
	STATEMENT_COMMIT,
	STATEMENT_ROLLBACK,    /* ends a transaction whose non-transactional changes stay */
	STATEMENT_SAVEPOINT,   /* also RELEASE SAVEPOINT: nothing to do */
	STATEMENT_ROLLBACK_TO, /* undoes a part of the transaction: not understood */
	STATEMENT_XA,          /* XA START, END, PREPARE, COMMIT, ROLLBACK: not understood */
	STATEMENT_CHANGE,      /* changes rows: STATEMENT format */
	STATEMENT_TABLE_DDL,   /* ddl and tables say more */
	STATEMENT_NEUTRAL,     /* touches no rows and no columns: GRANT, ANALYZE, CREATE VIEW... */
	STATEMENT_UNKNOWN
} statement_kind;

typedef enum statement_ddl
{
	DDL_NONE,
	DDL_CREATE_TABLE,
	DDL_ALTER_TABLE, /* tables[1] is the new name if it renames */
	DDL_ALTER_ROWS, /* ALTER TABLE that drops or moves rows of each of tables: partitions, tablespaces */
	DDL_VERSIONING, /* CREATE or ALTER TABLE ... SYSTEM VERSIONING */
	DDL_CASCADE,    /* CREATE or ALTER TABLE with a foreign key that changes rows by itself */
	DDL_DROP_TABLE, /* each of tables */
	DDL_TRUNCATE_TABLE,
	DDL_RENAME_TABLE,    /* from, to, from, to... */
	DDL_CREATE_DATABASE, /* tables[0].schema, table "" */
	DDL_DROP_DATABASE    /* the same */
} statement_ddl;

typedef struct statement_table
{
	const char *schema; /* the default database if the statement names none */
	const char *table;
} statement_table;

typedef struct statement
{
	statement_kind kind;
	statement_ddl ddl;       /* of STATEMENT_TABLE_DDL */
	bool replaces;           /* CREATE OR REPLACE: what was there before is dropped */
	statement_table *tables; /* in the arena */
	size_t table_count;
	char word[32]; /* the statement's first word in upper case, for messages */
} statement;

/*
 * Says what an SQL text is. Names are unquoted copies in the arena. DDL whose table names cannot be read has
 * kind STATEMENT_UNKNOWN. Of SET STATEMENT ... FOR, what it is for counts. CREATE TABLE ... SELECT is a
 * STATEMENT_CHANGE: in ROW format the server writes it without the SELECT. False only without memory.
 */
bool statement_parse(const char *sql, size_t len, const char *database, size_t database_len,
                     arena *a, statement *out);

/* Only the kind, without names: for those that wait for COMMIT and ROLLBACK. */
statement_kind statement_classify(const char *sql, size_t len);

#endif
