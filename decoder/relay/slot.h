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
	uint64_t server_lsn;            /* flushed WAL */
	uint64_t confirmed;             /* the slot's confirmed_flush_lsn */
	int active_pid;                 /* who reads the slot; 0: nobody */
	int timeout_ms;                 /* wal_sender_timeout; 0: none */
} slot_facts;

/* IDENTIFY_SYSTEM and the settings that matter, on a replication connection. */
status slot_identify(PGconn *conn, slot_facts *out);

/* Looks the slot up. STATUS_TARGET, logged: it is missing, lost, or another plugin's or database's. */
status slot_check(PGconn *conn, const char *slot, slot_facts *out);

/* Logs that another process reads the slot; returns STATUS_FENCED. */
status slot_refuse_active(const char *slot, int pid);

/* Logs a failed command with what to do; returns STATUS_RETRY if it may work later, else STATUS_TARGET or STATUS_FENCED. */
status slot_refuse(PGconn *conn, const PGresult *result, const char *slot, const char *doing);

#endif
