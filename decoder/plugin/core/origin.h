/*
 * plugin/core/origin.h
 *	  Whose transaction it is, by the name of its replication origin (sql/functions/origin.sql).
 *
 *	 mwmirror/<oid of this database>/<source>/follow	the writer of that source: what its marks end gives events
 *	 mwmirror/<oid of this database>/<source>/copy<n>	its first copy: rows as they were, no changes
 *	 any other, or none									somebody else: a repair by hand, another database's mirror
 *
 * Only the extension makes and sets such origins, and only for members of mwmirror_writer. A message alone proves nothing:
 * anyone may write one.
 */
#ifndef MWMIRROR_CORE_ORIGIN_H
#define MWMIRROR_CORE_ORIGIN_H

#include "plugin/core/compat.h"

#include "replication/origin.h"
#include "wire/mark.h"

typedef enum origin_worker
{
	ORIGIN_NONE,
	ORIGIN_FOLLOW,
	ORIGIN_COPY
} origin_worker;

typedef struct origin
{
	origin_worker worker;
	char source[MARK_SOURCE_SIZE]; /* "" with ORIGIN_NONE */
} origin;

/* Reads what an origin's name says in this database. */
extern origin origin_parse(const char *name);

/* The origin of the PG transaction that is being decoded, as it was named then: under the historic snapshot. Call origin_watch before. */
extern origin origin_of_transaction(const ReorderBufferTXN *txn);

/* Begins to watch pg_replication_origin for changes. */
extern void origin_watch(void);

/* True if the transactions of that origin are a copy's, as it is named now: for the filter, which runs outside of decoded transactions. */
extern bool origin_is_copy(ReplOriginId id);

#endif
