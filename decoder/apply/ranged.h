/*
 * apply/ranged.h
 *	  The table of which mwmirror.request_rows() reads a range, and the query for it.
 */
#ifndef MWMIRROR_APPLY_RANGED_H
#define MWMIRROR_APPLY_RANGED_H

#include "postgres.h"

#include "apply/asked.h"
#include "apply/graph.h"
#include "lib/stringinfo.h"
#include "utils/rel.h"

/* A table: its columns, wiki_id first, and which of them are the key behind wiki_id. */
typedef struct ranged
{
	graph_target target; /* attnums are the columns' numbers in what the query gives */
	const char **type_names;
	int key_count;
	int key[INDEX_MAX_KEYS]; /* numbers among the columns */
	Relation rel;
	AttrNumber *own; /* of each column, in the table */
	int size_column; /* number among the columns; -1: none */
} ranged;

/* A query and its parameters. */
typedef struct range_query
{
	StringInfoData sql;
	int count;
	Oid types[3 * INDEX_MAX_KEYS + 3];
	Datum values[3 * INDEX_MAX_KEYS + 3];
} range_query;

/*
 * Opens the table, which the caller closes (rel), and finds its columns and the order of its rows. Errors: there is no such table or column, or
 * it has no key that begins with wiki_id.
 */
void ranged_open(ranged *r, const asked *a);

/* Writes the query for the rows that are asked for: the table's columns, and behind them, if that is asked, whether a row is wanted. */
void ranged_make_query(range_query *q, const asked *a, const ranged *r);

#endif
