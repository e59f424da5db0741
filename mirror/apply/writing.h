/*
 * apply/writing.h
 *	  A row of one target on its way into the mirror: to the batch or by a statement, and its raw values.
 */
#ifndef MWMIRROR_APPLY_WRITING_H
#define MWMIRROR_APPLY_WRITING_H

#include <stdbool.h>
#include "apply/change.h"

/* One target of a row change on its way. */
typedef struct writing
{
	change_context *c;
	const wiki *w;
	const plan *pl;
	const plan_target *t;
	bool shared; /* other source tables of the wiki may have the row, too */
	pipeline_op op;
	write_form form;
	target_value *after;  /* what the row becomes */
	target_value *before; /* what finds it */
	unsigned *written;
} writing;

/* Logs that a value does not fit its column, with table, column and key: STATUS_DATA. key_values may be NULL. */
status writing_fail_convert(const writing *x, const char *column, unsigned source_column,
                            const target_value *key_values, const convert_error *err);

/* The row image lacks what a column of the mirror is made of, and neither the row nor the source's defaults say it: STATUS_DATA, not logged. */
status writing_note_lacking(writing *x, const char *column);

/* Writes what the form says, in the batch or by a statement. Errors as change_apply. */
status writing_send(writing *x);

/* The same by a statement: a value or what finds the row is computed by SQL. */
status writing_send_statement(writing *x);

/* The param of a column that needs a raw value, or NULL. */
const target_value *writing_raw_of_column(const plan_column *column, const target_value *values);

/* Behind the row's change: what raw_value must say about it. */
status writing_keep_raw_values(writing *x, bool key_changed);

#endif
