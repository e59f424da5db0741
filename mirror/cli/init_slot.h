/*
 * cli/init_slot.h
 *	  The replication slot from which the relay reads.
 */
#ifndef MWMIRROR_CLI_INIT_SLOT_H
#define MWMIRROR_CLI_INIT_SLOT_H

#include <libpq-fe.h>
#include <stdbool.h>
#include "support/status.h"

/*
 * Makes the slot of that name, or sees that the one that is there serves; *made: which. PostgreSQL makes one only once every
 * transaction that is open has ended: until then it says for whom it waits, by another connection of conninfo. STATUS_TARGET
 * (logged) if a slot of that name is none of ours; STATUS_STOPPED, and then the slot is not made behind our back either.
 */
status init_slot(PGconn *conn, const char *conninfo, const char *name, bool *made);

#endif
