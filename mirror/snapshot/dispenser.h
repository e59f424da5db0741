/*
 * snapshot/dispenser.h
 *	  Who copies which chunk: mwmirror.copy_table and copy_chunk (sql/functions/copy.sql).
 *
 * All of it is in PostgreSQL, so threads, programs and hosts may take chunks of one table, and one that is killed leaves nothing behind
 * but a chunk that the next one takes over.
 */
#ifndef MWMIRROR_SNAPSHOT_DISPENSER_H
#define MWMIRROR_SNAPSHOT_DISPENSER_H

#include <libpq-fe.h>
#include <mysql.h>
#include <stdint.h>
#include "mapping/wiki.h"
#include "snapshot/key_range.h"
#include "source/gtid.h"
#include "support/status.h"

typedef enum claim_answer
{
	CLAIM_CHUNK,
	CLAIM_BUSY,  /* others read all that is left */
	CLAIM_AGAIN, /* what is left has changed meanwhile: ask again */
	CLAIM_NONE,  /* all chunks are copied: dispenser_end is due */
	CLAIM_OVER   /* the table is copied, or not to be copied any more */
} claim_answer;

/* A chunk that this session is to read. Zero-initialised is none. */
typedef struct chunk_claim
{
	int ordinal;
	key_range range;
	gtid_list position; /* what its snapshot must cover */
} chunk_claim;

/*
 * Takes a chunk of about so many rows and announces it to follow; waits for follow's open group. Until dispenser_release the session has the chunk's lock.
 * mysql: not in a transaction. Errors logged, as pg_execute and mariadb_query.
 */
status dispenser_claim(PGconn *conn, MYSQL *mysql, const wiki *w, const char *table, uint64_t rows,
                       chunk_claim *out, claim_answer *answer);

/* In the transaction with the chunk's rows: says that they are those of the snapshot gtid. *ours false: it is to be rolled back. */
status dispenser_copied(PGconn *conn, const wiki *w, const char *table, const chunk_claim *c,
                        const char *at, uint64_t rows, bool *ours);

/* Gives the lock back and frees the claim. */
status dispenser_release(PGconn *conn, chunk_claim *c);

/* After CLAIM_NONE: the table is copied. */
status dispenser_end(PGconn *conn, const wiki *w, const char *table);

void chunk_claim_free(chunk_claim *c);

#endif
