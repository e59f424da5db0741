/*
 * support/pg_error.h
 *	  What an SQLSTATE means for a program that wants to go on: may the same work later, or not? Pure.
 */
#ifndef MWMIRROR_SUPPORT_PG_ERROR_H
#define MWMIRROR_SUPPORT_PG_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#define PG_STATE_SIZE 6 /* five characters and a zero */

typedef enum pg_answer
{
	PG_RETRY, /* the same may work later: connect anew and do it again */
	PG_REFUSE /* it will not, before somebody changes something */
} pg_answer;

/* A line of the table: a whole SQLSTATE, or its first two characters for a class. */
typedef struct pg_error
{
	const char *code;
	pg_answer answer;
	const char *meaning;
} pg_error;

/* All that have an answer of their own, ended by an entry whose code is NULL. */
extern const pg_error pg_errors[];

/*
 * The answer to an error of the server: that of its code, else of its class, else PG_REFUSE. NULL or "" is what libpq
 * says without the server, which is about the connection: PG_RETRY.
 */
pg_answer pg_judge(const char *sqlstate);

/* What an SQLSTATE means, in the table's words; something general for one that is not in it. */
const char *pg_meaning(const char *sqlstate);

/*
 * Finds the last SQLSTATE in a message of libpq with PQERRORS_VERBOSE, "...:  57P03: the ...", whatever the language.
 * False if there is none: then no server has spoken.
 */
bool pg_message_state(const char *message, char out[PG_STATE_SIZE]);

/* Copies such a message as one line, without SQLSTATEs and places in the server's source; cut where out is full. */
void pg_message_line(const char *message, char *out, size_t size);

#endif
