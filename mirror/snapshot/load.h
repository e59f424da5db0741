/*
 * snapshot/load.h
 *	  Rows of one target and their raw values go into PostgreSQL by COPY, within a transaction of the caller's.
 */
#ifndef MWMIRROR_SNAPSHOT_LOAD_H
#define MWMIRROR_SNAPSHOT_LOAD_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include "mapping/mapping.h"
#include "snapshot/copy.h"
#include "support/status.h"

/* Zero-initialised is one that load_free takes. */
typedef struct load
{
	PGconn *conn;
	char *copy_sql;
	char *move_sql;  /* from the staging table; NULL if there is none */
	bool raw_staged; /* raw values go through a temporary table, as keys may repeat */
	unsigned staging;
	copy_buffer out; /* the caller appends rows */
	copy_buffer raw; /* rows of mwmirror.raw_value, with their header */
} load;

/* Sets up for a target, outside of a transaction: SQL, and what it needs of temporary tables. STATUS_MEMORY; errors as target_execute. */
status load_prepare(load *l, PGconn *conn, const plan_target *t);

void load_free(load *l);

/* Begins a COPY. Errors as pg_fail. */
status load_begin(load *l);

/* Sends l->out when there is much. STATUS_MEMORY (logged), or as pg_fail. */
status load_add(load *l);

/* True if raw values take so much memory that it is time for load_end and load_begin. */
bool load_full(const load *l);

/* Ends the COPY, moves what is staged, writes raw values; more: load_begin follows in the same transaction. Errors as load_add. */
status load_end(load *l, bool more);

#endif
