/*
 * apply/row_batch.h
 *	  Row changes on their way into the mirror, gathered into batches for mwmirror.apply (wire/batch.h).
 *
 * What is added is copied, so nothing of a row has to stay. A batch goes out when it is large, when the server has nothing to
 * do and a fair number of changes wait, and when it must: before a statement (row_batch_statement), before COMMIT
 * (row_batch_send). So changes, statements and marks reach the server in the order in which they were added.
 */
#ifndef MWMIRROR_APPLY_ROW_BATCH_H
#define MWMIRROR_APPLY_ROW_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "apply/param.h"
#include "apply/pipeline.h"
#include "source/gtid.h"
#include "support/status.h"
#include "wire/batch.h"
#include "wire/mark.h"

typedef struct row_batch row_batch;

/* A table and its columns as changes name them. */
typedef struct row_shape
{
	batch_shape counts; /* finds and columns only */
	char *bytes;        /* as in a batch */
	size_t len;
	uint64_t batch;  /* the last one that it is in; 0: none */
	uint32_t number; /* in that batch */
} row_shape;

/* names: of the columns, what finds a row first. NULL without memory; freed with row_shape_destroy. */
row_shape *row_shape_create(const char *schema, const char *table, uint32_t finds, uint32_t columns,
                            const char *const *names);

void row_shape_destroy(row_shape *s);

/* The pipeline must outlive the batch. NULL without memory. */
row_batch *row_batch_create(pipeline *p);

void row_batch_destroy(row_batch *b);

/*
 * Adds a change of the source transaction id. item: kind, flags and values, as many as the shape has; its number of the shape
 * is set here. plain: an INSERT that could be one with BATCH_UPSERT. STATUS_DATA if no batch can hold it (logged), STATUS_MEMORY
 * (logged), or as pipeline_apply.
 */
status row_batch_add(row_batch *b, const gtid *id, row_shape *s, batch_item *item, bool plain);

/*
 * What is added from now on belongs to what is named so, and to no source transaction, whatever id is given; it is ended by a mark of that name. NULL: no
 * more. The text must last. Between source transactions only.
 */
void row_batch_name(row_batch *b, const char *name);

/* Ends the source transaction id, which m marks. Errors as row_batch_add. */
status row_batch_end_source(row_batch *b, const gtid *id, const mark *m);

/* Forgets what was added and not sent. */
void row_batch_discard(row_batch *b);

/* Sends what was added, if anything was. Errors as pipeline_apply. */
status row_batch_send(row_batch *b);

/* Sends a prepared statement behind what was added. Errors as pipeline_send. */
status row_batch_statement(row_batch *b, param_set *set, const char *statement,
                           const pipeline_op *op);

/* What was sent so far: batches, and statements between them. */
void row_batch_counts(const row_batch *b, uint64_t *batches, uint64_t *statements);

/*
 * Completes what was added to a batch, which stays the row_batch's; NULL without memory. row_batch_send does it; for tests.
 */
const char *row_batch_finish(row_batch *b, size_t *len);

#endif
