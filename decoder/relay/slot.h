/*
 * relay/slot.h
 *	  Is this PostgreSQL, and this slot, fit to be read? Clear answers where it is not.
 */
#ifndef MWMIRROR_RELAY_SLOT_H
#define MWMIRROR_RELAY_SLOT_H

#include <stdint.h>
#include <libpq-fe.h>
#include "relay/position.h"
#include "support/status.h"

typedef struct slot_facts
{
	char system[RELAY_SYSTEM_SIZE]; /* system identifier of the cluster */
	uint32_t timeline;
	uint64_t server_lsn; /* flushed WAL */
	uint64_t confirmed;  /* the slot's confirmed_flush_lsn */
	int active_pid;      /* who reads the slot; 0: nobody */
	int timeout_ms;      /* wal_sender_timeout; 0: none */
} slot_facts;

/* What was being done when the server answered with an error. */
typedef enum slot_doing
{
	SLOT_LOOK_UP,
	SLOT_START,
	SLOT_READ
} slot_doing;

/*
 * IDENTIFY_SYSTEM and the settings that matter, on a replication connection. STATUS_RETRY: no connection, or the
 * server is in recovery. STATUS_TARGET: it is not set up as needed.
 */
status slot_identify(PGconn *conn, const char *slot, slot_facts *out);

/* Looks the slot up. STATUS_TARGET, logged: it is missing, lost, or another plugin's or database's. */
status slot_check(PGconn *conn, const char *slot, slot_facts *out);

/* Logs that the slot stays in use; STATUS_FENCED. */
status slot_refuse_active(const char *slot, int pid);

/*
 * Logs an error of the server with what to do: its own hint if it sent one. STATUS_RETRY if the same may work later
 * (support/pg_error.c has the table), else STATUS_TARGET.
 */
status slot_fail(PGconn *conn, const PGresult *result, const char *slot, slot_doing doing);

#endif
