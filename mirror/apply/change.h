/*
 * apply/change.h
 *	  One source row change to statements on the mirror's tables.
 */
#ifndef MWMIRROR_APPLY_CHANGE_H
#define MWMIRROR_APPLY_CHANGE_H

#include <libpq-fe.h>
#include <stdint.h>
#include "apply/change_image.h"
#include "apply/param.h"
#include "apply/pipeline.h"
#include "apply/raw_value.h"
#include "apply/run.h"
#include "apply/statement.h"
#include "mapping/mapping.h"
#include "mapping/wiki.h"
#include "rows/row_image.h"
#include "rows/value.h"
#include "source/gtid.h"
#include "support/arena.h"

/* What writing needs; owned by the applier. */
typedef struct change_context
{
	pipeline *pipe;
	param_set *params;
	statement_cache *statements;
	raw_values *raws;
	arena *
	    scratch; /* converted values; the caller resets it after each row, if change_waits says no */
	run *rows;   /* that wait to be sent together */
	bool
	    plain; /* no INSERT has met a row that is there: they go without ON CONFLICT, which costs more */
	bool gather; /* rows may wait, until change_send_waiting */
} change_context;

/*
 * Sends the statements of one row change: kind and the images as row_reader_next gave them. *sent is raised by the
 * number of statements (0 if nothing that is mirrored changed). STATUS_DATA if a value cannot be converted (logged
 * with table, column and key), else as pipeline_send.
 */
status change_apply(change_context *c, const wiki *w, const plan *pl, const gtid *id, row_kind kind,
                    const value *before, const value *after, unsigned *sent);

/* True if rows wait: what they point to, the images and the scratch arena, must stay. */
bool change_waits(const change_context *c);

/* Sends the rows that wait. To be called before anything else is sent. */
status change_send_waiting(change_context *c);

/*
 * Deletes all rows of a wiki in the tables that a source table maps rows to (TRUNCATE, DROP).
 * Tables that other source tables fill as well are left alone unless shared_too.
 */
status change_empty(change_context *c, const wiki *w, const plan *pl, const gtid *id,
                    bool shared_too);

#endif
