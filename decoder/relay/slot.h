/*
 * relay/slot.h
 *	  Is this PostgreSQL, and this slot, fit to be read? Clear answers where it is not.
 */
#ifndef MWMIRROR_RELAY_SLOT_H
#define MWMIRROR_RELAY_SLOT_H

#include <stdbool.h>
#include <stdint.h>
#include <libpq-fe.h>
#include "relay/position.h"
#include "support/status.h"

#define SLOT_STARTED_SIZE 40

typedef struct slot_facts
{
	char system[RELAY_SYSTEM_SIZE];  /* system identifier of the cluster */
	char started[SLOT_STARTED_SIZE]; /* when the server was: two of conninfo's hosts differ */
	uint32_t timeline;
	uint64_t server_lsn; /* flushed WAL; of a standby, what it can decode */
	uint64_t confirmed;  /* the slot's confirmed_flush_lsn */
	int active_pid;      /* who reads the slot; 0: nobody */
	int timeout_ms;      /* wal_sender_timeout; 0: none */
	bool in_recovery;    /* a standby, whose timeline may change while it is read */
} slot_facts;

/* What was being done when the server answered with an error. */
typedef enum slot_doing
{
	SLOT_LOOK_UP,
	SLOT_START,
	SLOT_READ
} slot_doing;

/*
 * IDENTIFY_SYSTEM and the settings that matter, on a replication connection. STATUS_RETRY: no connection, or a
 * standby that cannot decode. STATUS_TARGET: it is not set up as needed.
 */
status slot_identify(PGconn *conn, const char *slot, slot_facts *out);

/*
 * Looks the slot up, after slot_identify. STATUS_TARGET, logged: it is missing, lost, or another plugin's or database's.
 * STATUS_RETRY: this is a standby, on which the slot is missing or a copy that cannot be read before a promotion.
 */
status slot_check(PGconn *conn, const char *slot, slot_facts *out);

/* Asks on a replication connection. STATUS_RETRY, logged: no connection, or another timeline than the known facts have. */
status slot_same_timeline(PGconn *conn, const char *slot, const slot_facts *known);

/* Logs that the slot stays in use; STATUS_FENCED. */
status slot_refuse_active(const char *slot, int pid);

/*
 * Logs an error of the server with what to do: its own hint if it sent one. STATUS_RETRY if the same may work later
 * (support/pg_error.c has the table), else STATUS_TARGET.
 */
status slot_fail(PGconn *conn, const PGresult *result, const char *slot, slot_doing doing);

#endif
