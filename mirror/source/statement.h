/*
 * source/statement.h
 *	  The SQL text of QUERY events: what a statement does, and to which tables.
 *
 * Not an SQL parser: it reads keywords, the names of tables, and the actions of ALTER TABLE, which is all that a row-format
 * binlog needs. What it does not know it says to be unknown, or to change everything.
 */
#ifndef MWMIRROR_SOURCE_STATEMENT_H
#define MWMIRROR_SOURCE_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include "source/declared_type.h"
#include "source/sql_token.h"
#include "support/arena.h"

typedef enum statement_kind
{
	STATEMENT_BEGIN,
	STATEMENT_COMMIT,
	STATEMENT_ROLLBACK, /* ends a transaction whose non-transactional changes stay */
	STATEMENT_SAVEPOINT,
	STATEMENT_ROLLBACK_TO, /* undoes what came behind the savepoint */
	STATEMENT_XA,          /* XA START, END, PREPARE: says nothing of its own */
	STATEMENT_XA_COMMIT,   /* what was prepared holds */
	STATEMENT_XA_ROLLBACK, /* it does not */
	STATEMENT_CHANGE,      /* changes rows: STATEMENT format; tables says which */
	STATEMENT_TABLE_DDL,   /* ddl and tables say more */
	STATEMENT_NEUTRAL,     /* touches no rows and no columns: GRANT, ANALYZE, CREATE VIEW... */
	STATEMENT_UNKNOWN
} statement_kind;

typedef enum statement_ddl
{
	DDL_NONE,
	DDL_CREATE_TABLE,
	DDL_ALTER_TABLE,
	DDL_VERSIONING, /* CREATE or ALTER TABLE ... SYSTEM VERSIONING */
	DDL_CASCADE,    /* CREATE or ALTER TABLE with a foreign key that changes rows by itself */
	DDL_ENGINE,     /* the same with an engine whose rows may go without row events */
	DDL_DROP_TABLE,
	DDL_TRUNCATE_TABLE,
	DDL_RENAME_TABLE,
	DDL_CREATE_DATABASE, /* tables[0].schema, table "" */
	DDL_DROP_DATABASE    /* the same */
} statement_ddl;

/* What becomes of a table's rows. */
typedef enum table_effect
{
	TABLE_NAMED,   /* nothing */
	TABLE_AGAIN,   /* they, or their values, may be others than before, and no row events say so */
	TABLE_EMPTIED, /* they go, the table stays */
	TABLE_GONE     /* both go */
} table_effect;

typedef struct statement_table
{
	const char *schema; /* the default database if the statement names none */
	const char *table;
	table_effect effect;
} statement_table;

typedef enum statement_column_change
{
	COLUMN_ADDED,      /* rows have a value in it */
	COLUMN_ADDED_NULL, /* they have NULL in it */
	COLUMN_CHANGED,    /* its values may be others; also renamed */
	COLUMN_DROPPED,
	COLUMN_KEYED /* of a new primary key: NULLs become zeros, unless sql_mode is strict */
} statement_column_change;

/* A column that ALTER TABLE changes. */
typedef struct statement_column
{
	const char *name;
	const char *next; /* its new name, which may be the old one; or NULL */
	statement_column_change change;
	declared_type type; /* that it has from now on, if it is added or changed */
} statement_column;

typedef struct statement
{
	statement_kind kind;
	statement_ddl ddl;    /* of STATEMENT_TABLE_DDL */
	bool no_transactions; /* the table gets an engine that has none: MyISAM, Aria */
	bool replaces;        /* CREATE OR REPLACE: what was there before is dropped */
	/*
	 * In the arena. Of STATEMENT_TABLE_DDL: in the order in which things happen, so of a table that is named more than
	 * once the last counts. Of STATEMENT_CHANGE: all that it may write, none if that cannot be told.
	 */
	statement_table *tables;
	size_t table_count;
	statement_column *columns; /* of tables[0] */
	size_t column_count;
	/* Of SAVEPOINT and ROLLBACK TO: its name, in the arena; NULL if it cannot be read. */
	const char *savepoint;
	const char *why; /* the first action because of which tables[0] is TABLE_AGAIN, for messages */
	char word[32];   /* the statement's first word in upper case, for messages */
} statement;

/*
 * Says what an SQL text is. Names are unquoted copies in the arena. DDL whose table names cannot be read has
 * kind STATEMENT_UNKNOWN, also because they are in another character set than UTF-8 and not in ASCII. Of SET STATEMENT ... FOR, what it is for counts. CREATE TABLE ... SELECT is a
 * STATEMENT_CHANGE: in ROW format the server writes it without the SELECT. False only without memory.
 */
bool statement_parse(const char *sql, size_t len, const char *database, size_t database_len,
                     const sql_dialect *dialect, arena *a, statement *out);

/* True of REPLACE and LOAD DATA ... REPLACE: a row that is updated by it has the defaults of columns that it does not name. */
bool statement_replaces_rows(const char *sql, size_t len);

#endif
