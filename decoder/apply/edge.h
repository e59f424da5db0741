/*
 * apply/edge.h
 *	  What a row names by a reference, and when that is asked.
 */
#ifndef MWMIRROR_APPLY_EDGE_H
#define MWMIRROR_APPLY_EDGE_H

#include "postgres.h"

#include "access/tupdesc.h"
#include "apply/graph.h"
#include "lib/stringinfo.h"

/* A row in the table's columns. */
typedef struct table_row
{
	const Datum *values;
	const bool *nulls;
} table_row;

/* True if the edge is followed: by what is on, and, of what a request tells, by who is told. */
bool edge_is_needed(const graph_edge *edge);

/* True if an update made one of the columns another that the edge heeds. */
bool edge_heeds(const graph_edge *edge, TupleDesc desc, const table_row *a, const table_row *b);

/*
 * The values, wiki first, that find what the row names. name is room for one of them, which lives until it is used again. False: the row
 * names nothing.
 */
bool edge_key(const graph_edge *edge, const graph_node *node, const table_row *row, StringInfo name,
              Datum key[GRAPH_COLUMNS_MAX + 1]);

#endif
