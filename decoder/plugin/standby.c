/*
 * plugin/standby.c
 *	  SQL function mwmirror.log_standby_snapshot(): what pg_log_standby_snapshot() does from 16 on.
 *
 * Decoding keeps every committed transaction that changed a user catalog table until the WAL says which
 * transactions run; saying so often keeps that list short and lets restart_lsn move.
 */
#include "plugin/compat.h"

#include "access/xlog.h"
#include "fmgr.h"
#include "storage/standby.h"
#include "utils/pg_lsn.h"

PG_FUNCTION_INFO_V1(mwmirror_log_standby_snapshot);

/* Writes a running-xacts record; returns its LSN. */
Datum
mwmirror_log_standby_snapshot(PG_FUNCTION_ARGS)
{
	if (RecoveryInProgress())
		ereport(ERROR,
		        (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
		         errmsg("recovery is in progress"),
		         errhint("mwmirror.log_standby_snapshot() can be called on a primary only.")));
	if (!XLogStandbyInfoActive())
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
		                errmsg("mwmirror.log_standby_snapshot() needs wal_level >= replica"),
		                errhint("The mirror needs wal_level = logical; set it and restart.")));
	PG_RETURN_LSN(LogStandbySnapshot());
}
