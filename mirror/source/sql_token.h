/*
 * source/sql_token.h
 *	  Words, names and symbols of an SQL text, one after the other.
 */
#ifndef MWMIRROR_SOURCE_SQL_TOKEN_H
#define MWMIRROR_SOURCE_SQL_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

typedef enum sql_token_kind
{
	SQL_TOKEN_END,
	SQL_TOKEN_WORD,   /* keyword, plain name, number */
	SQL_TOKEN_NAME,   /* in backticks or double quotes; start and len are of what is inside */
	SQL_TOKEN_STRING, /* in single quotes */
	SQL_TOKEN_SYMBOL  /* one byte */
} sql_token_kind;

typedef struct sql_token
{
	sql_token_kind kind;
	const char *start;
	size_t len;
} sql_token;

typedef struct sql_tokens
{
	const char *next;
	const char *end;
	sql_token token; /* the current one */
} sql_tokens;

/* Starts at the first token. */
void sql_tokens_open(sql_tokens *t, const char *sql, size_t len);

/* Goes on to the next token; comments are skipped, but what executable ones hold is read. */
void sql_tokens_next(sql_tokens *t);

/* True if the current token is the keyword, in any case. */
bool sql_tokens_is(const sql_tokens *t, const char *word);

/* As sql_tokens_is, and then goes on. */
bool sql_tokens_accept(sql_tokens *t, const char *word);

/* True if the current token is the symbol. */
bool sql_tokens_is_symbol(const sql_tokens *t, char symbol);

#endif
