/*
 * snapshot/chunk.h
 *	  Chunks: rows of one target and their raw values go into PostgreSQL by COPY, in transactions of bounded size.
 */
#ifndef MWMIRROR_SNAPSHOT_CHUNK_H
#define MWMIRROR_SNAPSHOT_CHUNK_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include "mapping/mapping.h"
#include "snapshot/copy.h"
#include "support/status.h"

/* Zero-initialised is one that chunk_free takes. */
typedef struct chunk
{
	PGconn *conn;
	const char *copy_sql;
	const char *raw_sql;
	const char *move_sql; /* from the staging table; NULL if there is none */
	bool raw_staged;      /* raw values go through a temporary table, as keys may repeat */
	bool copying;         /* a transaction is open */
	copy_buffer out;      /* the caller appends rows */
	copy_buffer raw;      /* rows of mwmirror.raw_value, with their header */
	unsigned rows;
	size_t bytes;
} chunk;

/* Sets up for a target; the texts must outlive the chunk. Errors as target_execute. */
status chunk_prepare(chunk *c, PGconn *conn, const plan_target *t, const char *copy_sql,
                     const char *move_sql);

void chunk_free(chunk *c);

/* Begins a transaction and its COPY. Errors as pg_fail. */
status chunk_begin(chunk *c);

/* Counts a row of that many bytes in c->out, which is sent when there is much. STATUS_MEMORY (logged), or as pg_fail. */
status chunk_add(chunk *c, size_t bytes);

/* True if it is time for chunk_end. */
bool chunk_full(const chunk *c);

/* Ends the COPY, moves what is staged, writes raw values and commits. Errors as chunk_add. */
status chunk_end(chunk *c);

#endif
