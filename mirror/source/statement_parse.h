/*
 * source/statement_parse.h
 *	  A statement being read. For statement.c and the files beside it that read its parts.
 */
#ifndef MWMIRROR_SOURCE_STATEMENT_PARSE_H
#define MWMIRROR_SOURCE_STATEMENT_PARSE_H

#include "source/sql_token.h"
#include "source/statement.h"

typedef struct parse
{
	sql_tokens tokens;
	const char *database;
	size_t database_len;
	arena *arena;
	size_t table_capacity;
	size_t column_capacity;
	bool no_memory;
	statement *out;
} parse;

bool parse_accept_any(sql_tokens *t, const char *one, const char *other);

/* IF EXISTS, IF NOT EXISTS. */
void parse_skip_if_exists(sql_tokens *t);

bool parse_at_name(const sql_tokens *t);

/* Reads [schema.]table. False: it is none, or there is no memory. */
bool parse_table(parse *p, table_effect effect);

/* Adds a column of the first table; next: its new name, or NULL. */
bool parse_add_column(parse *p, const sql_token *name, const sql_token *next,
                      statement_column_change change);

/* Takes a clause that a table's definition and ALTER TABLE share, or else one token or a pair of parentheses. */
void parse_clause(parse *p);

/* ENGINE of a table, behind that word. */
void parse_engine(parse *p);

/* What follows the name of an ALTER TABLE. */
statement_kind parse_alter_actions(parse *p);

/* A change of rows: its tables, or none if they cannot be told. The current token is its first word. */
statement_kind parse_change(parse *p);

#endif
