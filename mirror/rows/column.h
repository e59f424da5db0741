/*
 * rows/column.h
 *	  One column's value in a row image: from bytes to a value.
 */
#ifndef MWMIRROR_ROWS_COLUMN_H
#define MWMIRROR_ROWS_COLUMN_H

#include "rows/bytes.h"
#include "rows/table_map.h"
#include "rows/value.h"

/*
 * Takes the value of a column that is present and not NULL. False: *err says why (its column index is left to
 * the caller). What is converted lives in the arena, the rest in the event's bytes.
 */
bool column_read(const column_def *col, cursor *c, arena *a, value *out, decode_error *err);

#endif
