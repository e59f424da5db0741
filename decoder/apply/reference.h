/*
 * apply/reference.h
 *	  Rows that the changes of a source transaction refer to, written into the WAL with its mark (wire/reference.h).
 *
 * What mwmirror.reference says is followed from each row that changed, as it was, as it becomes or as it goes. At the end of the source
 * transaction the rows are read, own changes visible, and so on from them. What was read is remembered until the end of the
 * PostgreSQL transaction: a row that does not change goes into the WAL once.
 */
#ifndef MWMIRROR_APPLY_REFERENCE_H
#define MWMIRROR_APPLY_REFERENCE_H

#include "postgres.h"

#include "apply/edge.h"
#include "apply/graph.h"
#include "apply/relation.h"
#include "apply/shape.h"

typedef struct references references;

/* For a call, in the current memory context. shapes: of the graph's targets, resolved, their tables locked. */
references *reference_begin(opened *o, const graph *g, shape **shapes);

/* A source transaction begins, or goes on in another batch. */
void reference_begin_source(references *r, const char *gtid);

/* A row of the table changed: one side of it, and the other one if it is updated, else NULL. */
void reference_changed(references *r, const target *t, graph_side side, const table_row *row,
                       const table_row *other);

/* A row that is not in the table is told as if it had been read, if a reference that is needed leads to such rows. */
void reference_tell(references *r, const target *t, const table_row *row);

/* The end of a source transaction: writes its mark and the rows. */
void reference_end_source(references *r, const char *mark, size_t len);

/* The end of the call: of a source transaction that goes on, writes the rows that were named so far. */
void reference_end(references *r);

#endif
