/*
 * apply/change.h
 *	  One source row change to changes of the mirror's rows.
 */
#ifndef MWMIRROR_APPLY_CHANGE_H
#define MWMIRROR_APPLY_CHANGE_H

#include <libpq-fe.h>
#include <stdint.h>
#include "apply/change_item.h"
#include "apply/param.h"
#include "apply/pipeline.h"
#include "apply/raw_value.h"
#include "apply/row_batch.h"
#include "apply/sharing.h"
#include "apply/write_cache.h"
#include "body/reader.h"
#include "mapping/mapping.h"
#include "mapping/wiki.h"
#include "rows/row_image.h"
#include "rows/value.h"
#include "source/gtid.h"
#include "support/arena.h"

/* What writing needs; owned by the applier. */
typedef struct change_context
{
	row_batch *batch;
	change_items *items;
	pipeline *pipe;
	param_set *params;
	write_cache *statements;
	raw_values *raws;
	body_reader *bodies;
	sharing *sharing;
	const gtid_list *position; /* the mirror's */
	arena *scratch;            /* converted values; the caller resets it after each row */
	bool plain; /* no INSERT has met a row that is there, so they do not look for one first */
	char lacking[200]; /* what the image of the row that failed does not say; empty: nothing */
} change_context;

/*
 * Adds one row change to the batch, or sends its statements where SQL computes a value: kind and the images as row_reader_next
 * gave them. *written is raised by the number of rows of the mirror (0 if nothing that is mirrored changed). STATUS_DATA if a
 * value cannot be converted (logged with table, column and key), or, not logged, with c->lacking set: the row is then not written, or in some of the
 * mirror's tables only, and only the source can tell what it is. Else as row_batch_add and row_batch_statement.
 */
status change_apply(change_context *c, const wiki *w, const plan *pl, const gtid *id, row_kind kind,
                    const value *before, const value *after, unsigned *written);

/*
 * Deletes all rows of a wiki in the tables that a source table maps rows to (TRUNCATE, DROP).
 * Of tables that other source tables fill as well go the rows that only this one can have made (table_map.own_rows).
 */
status change_empty(change_context *c, const wiki *w, const plan *pl, const gtid *id);

#endif
