/*
 * source/sql_token.h
 *	  Words, names and symbols of an SQL text, one after the other.
 */
#ifndef MWMIRROR_SOURCE_SQL_TOKEN_H
#define MWMIRROR_SOURCE_SQL_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum sql_token_kind
{
	SQL_TOKEN_END,
	SQL_TOKEN_WORD,   /* keyword, plain name, number */
	SQL_TOKEN_NAME,   /* quoted as one; start and len are of what is inside */
	SQL_TOKEN_STRING, /* likewise */
	SQL_TOKEN_SYMBOL  /* one byte */
} sql_token_kind;

/* How the server read the text: its sql_mode and character_set_client. All 0: the server's defaults. */
typedef struct sql_dialect
{
	uint64_t mode;    /* SQL_MODE_... */
	uint16_t charset; /* number of a collation of it; 0: not known, taken for UTF-8 */
} sql_dialect;

/* Bits of sql_mode that are of interest. */
#define SQL_MODE_ANSI_QUOTES UINT64_C(0x4)
#define SQL_MODE_MSSQL UINT64_C(0x400)
#define SQL_MODE_NO_BACKSLASH_ESCAPES UINT64_C(0x100000)

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
	sql_dialect dialect;
	bool opaque;     /* words were passed that the server may have divided in another way */
	sql_token token; /* the current one */
} sql_tokens;

/* Starts at the first token. */
void sql_tokens_open(sql_tokens *t, const char *sql, size_t len, const sql_dialect *dialect);

/*
 * Goes on to the next token; comments are skipped, but what MariaDB executes of them is read: all but those of MySQL
 * 5.7 and later. (What is newer than the server itself it has made plain comments of when it wrote the binlog.)
 */
void sql_tokens_next(sql_tokens *t);

/* True if the current token is the keyword, in any case. */
bool sql_tokens_is(const sql_tokens *t, const char *word);

/* As sql_tokens_is, and then goes on. */
bool sql_tokens_accept(sql_tokens *t, const char *word);

/* Goes behind these keywords, which are separated by blanks, if they come next; else it stays. */
bool sql_tokens_accept_all(sql_tokens *t, const char *words);

/* True if the current token is one of the keywords, which are separated by blanks. */
bool sql_tokens_is_any(const sql_tokens *t, const char *words);

/* True if the current token is the symbol. */
bool sql_tokens_is_symbol(const sql_tokens *t, char symbol);

/* True if the current token has letters that are not in UTF-8, as names in the binlog's other events are. */
bool sql_tokens_is_foreign(const sql_tokens *t);

/* Goes behind the symbol's closing one if it is an opening parenthesis, else behind the token. */
void sql_tokens_skip(sql_tokens *t);

#endif
