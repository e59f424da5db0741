/*
 * apply/raw_value.h
 *	  Keeps mwmirror.raw_value in step with the rows.
 *
 * Few rows have raw values: which (wiki, table) have any is known, so that the others cost nothing.
 */
#ifndef MWMIRROR_APPLY_RAW_VALUE_H
#define MWMIRROR_APPLY_RAW_VALUE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include "apply/param.h"
#include "apply/pipeline.h"
#include "apply/row_batch.h"
#include "source/gtid.h"
#include "support/status.h"

#define RAW_KEY_SEPARATOR '\x1F'

typedef struct raw_values raw_values;

/* Reads which tables have raw values, and prepares statements; before pipeline mode. Errors logged. */
status raw_values_load(PGconn *conn, raw_values **out);

void raw_values_destroy(raw_values *r);

/* True if rows of the table may have raw values. */
bool raw_values_any(const raw_values *r, const char *wiki_id, const char *table);

/* Others write rows of the wiki: any of its tables may have raw values from now on. STATUS_MEMORY (logged). */
status raw_values_expect(raw_values *r, const char *wiki_id);

/* A row of a mirror table, as raw_value names it. */
typedef struct raw_row
{
	const gtid *id; /* of the source transaction that changes it */
	const char *wiki_id;
	const char *table;
	const char *key;
	size_t key_len;
} raw_row;

/* These add to the batch, behind the change of the row. Errors as row_batch_add. Sets one raw value. */
status raw_values_set(raw_values *r, row_batch *b, const raw_row *row, const char *column,
                      const char *raw, size_t raw_len);

/* Deletes the raw value of one column, or of all columns (NULL) of a row. */
status raw_values_delete(raw_values *r, row_batch *b, const raw_row *row, const char *column);

/* Moves a row's raw values to another key: a statement. */
status raw_values_move(raw_values *r, row_batch *b, param_set *params, const pipeline_op *op,
                       const raw_row *row, const char *new_key, size_t new_key_len);

/* Deletes those of a whole table of a wiki: a statement. */
status raw_values_empty(raw_values *r, row_batch *b, param_set *params, const pipeline_op *op,
                        const char *wiki_id, const char *table);

#endif
