/*
 * apply/lookup.h
 *	  What was looked for in a PostgreSQL transaction: the target and the values that find its rows.
 *
 * All is forgotten with the transaction, with a savepoint that is rolled back, when the graph is another, and when somebody else may have
 * written between two calls.
 */
#ifndef MWMIRROR_APPLY_LOOKUP_H
#define MWMIRROR_APPLY_LOOKUP_H

#include "postgres.h"

#include "apply/graph.h"
#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "wire/mark.h"

/* Something looked for. */
typedef struct lookup
{
	const graph_target *target;
	Datum values[GRAPH_COLUMNS_MAX + 1]; /* wiki first */
	bool good;                           /* its rows are in the WAL as they are */
	uint64 source;                       /* source transaction that referred to it last */
	uint64 reading;                      /* that found it referred to last */
	List *refers;                        /* to lookups */
} lookup;

/* What is remembered in a PostgreSQL transaction. */
typedef struct lookups
{
	MemoryContext context; /* of the lookups; NULL: they are forgotten */
	struct keys_hash *keys;
	StringInfoData key; /* of one that is looked for */
	uint64 graph_version;
	bool *shape_sent; /* by number of target */
	Size sent;        /* bytes of rows that the lookups stand for */
	/* the reader has rows of lookups that are forgotten: tell it with the next source transaction */
	bool stale;
	uint64 source;             /* number of the source transaction */
	uint64 reading;            /* number of the reading of a lookup's rows */
	char gtid[MARK_GTID_SIZE]; /* of the one that is open; "": none */
	uint64 lacking;  /* streams, by number, that a call since the last mark lacked an edge of */
	CommandId first; /* command in which it began */
	CommandId next;  /* of the next call, if nobody else writes in between */
} lookups;

/* Those of the transaction, for a call: without any if they are of another graph, or somebody else may have written. */
lookups *lookups_get(const graph *g);

/* Forgets all, and remembers anew, by that graph. */
void lookups_start_anew(lookups *l, const graph *g);

/* True if anything was looked for. */
bool lookups_any(const lookups *l);

/* What was looked for with these values, made if it was not. */
lookup *lookups_add(lookups *l, const graph_target *target, const Datum *values);

/* NULL if it was not. */
lookup *lookups_find(lookups *l, const graph_target *target, const Datum *values);

#endif
