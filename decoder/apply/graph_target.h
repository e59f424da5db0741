/*
 * apply/graph_target.h
 *	  Makes what a graph's references lead to.
 */
#ifndef MWMIRROR_APPLY_GRAPH_TARGET_H
#define MWMIRROR_APPLY_GRAPH_TARGET_H

#include "postgres.h"

#include "apply/graph.h"
#include "apply/reference_row.h"

/*
 * Fills the target, whose number is known, for what the row's reference names in a table of the graph: in the current memory context.
 */
void graph_target_make(graph_target *t, const graph_node *node, const reference_row *row);

/* Makes the target's item, in the current memory context, once all else is known. */
void graph_target_make_item(graph_target *t);

/* The column of a table that a reference names. Error: there is none. */
AttrNumber graph_target_column(Oid relid, const char *table, const char *name);

#endif
