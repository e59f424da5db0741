/*
 * relay/replication.h
 *	  PostgreSQL's streaming replication protocol for one logical slot, over libpq.
 *
 * Life: replication_open (connects, checks cluster and slot), replication_start, then replication_receive and
 * replication_wait in turns with replication_service at least once a status interval, replication_finish,
 * replication_close. One thread. What is confirmed to the server is only what replication_confirm was told.
 */
#ifndef MWMIRROR_RELAY_REPLICATION_H
#define MWMIRROR_RELAY_REPLICATION_H

#include <stdbool.h>
#include <stdint.h>
#include <libpq-fe.h>
#include "support/config.h"
#include "support/status.h"

typedef struct replication replication;

typedef enum replication_kind
{
	REPLICATION_NOTHING,  /* nothing more has arrived; use replication_wait */
	REPLICATION_DATA,     /* a message of the plugin */
	REPLICATION_KEEPALIVE /* the server has sent everything before lsn */
} replication_kind;

typedef struct replication_message
{
	replication_kind kind;
	const char *data; /* DATA: until the next receive */
	size_t len;
	uint64_t lsn; /* KEEPALIVE */
} replication_message;

/*
 * Connects and checks wal_level, slot, its plugin and database, and whether it is free; waits up to wait_ms for a
 * slot that is in use. STATUS_TARGET: not set up as needed; STATUS_FENCED: the slot stays in use; STATUS_RETRY: no
 * connection. All are logged. With look_only the slot is never moved. On STATUS_OK the caller owns *out.
 */
status replication_open(const config *c, int wait_ms, bool look_only, replication **out);

/*
 * Reads the facts below again. They are to be judged against a position of the sink, so they must be younger than it:
 * a predecessor may have published until a moment ago. Errors as replication_open.
 */
status replication_look(replication *r);

/* Facts of the last look. */
const char *replication_system(const replication *r);      /* system identifier */
uint32_t replication_timeline(const replication *r);       /* timeline of the server */
uint64_t replication_server_lsn(const replication *r);     /* flushed WAL of the server */
uint64_t replication_slot_confirmed(const replication *r); /* confirmed_flush_lsn of the slot */
int replication_timeout_ms(const replication *r);          /* wal_sender_timeout; 0: none */

/*
 * STATUS_OK if all that was received so far is of replication_timeline(). A primary keeps its timeline as long as it runs;
 * a standby goes over to the next one when it or its primary is promoted, and the stream goes on without a word: then,
 * and when it cannot be asked, STATUS_RETRY, logged.
 */
status replication_same_timeline(replication *r);

/* The connection, for queries before replication_start. */
PGconn *replication_connection(replication *r);

/* Begins to stream from lsn (0: from the slot's own confirmed position). */
status replication_start(replication *r, uint64_t lsn);

/* Takes the next message without blocking. STATUS_RETRY: the connection is gone. */
status replication_receive(replication *r, replication_message *out);

/* Waits until something arrives, a stop is asked for, a status is due or the milliseconds are over. */
status replication_wait(replication *r, int milliseconds);

/* Remembers that all before lsn is safe in the sink; never moves back. Sent with the next status, unless only looking. */
void replication_confirm(replication *r, uint64_t lsn);

/* Sends a status if one is due; never blocks. Call it while busy elsewhere, so that the server keeps waiting. */
status replication_service(replication *r);

/* Asks the server for a keepalive now. */
status replication_ask(replication *r);

/* Ends the stream in an orderly way, within a few seconds. */
void replication_finish(replication *r);

/* Closes and frees; NULL is fine. */
void replication_close(replication *r);

#endif
