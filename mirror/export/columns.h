/*
 * export/columns.h
 *	  Rows by columns, in the buffers of Arrow: what is not NULL a bit, offsets of values of any length, values.
 */
#ifndef MWMIRROR_EXPORT_COLUMNS_H
#define MWMIRROR_EXPORT_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "support/pg_copy.h"
#include "support/status.h"

typedef enum column_kind
{
	COLUMN_INT16,
	COLUMN_INT32,
	COLUMN_INT64,
	COLUMN_BOOL,
	COLUMN_FLOAT32,
	COLUMN_FLOAT64,
	COLUMN_TIMESTAMP, /* microseconds since 1970 in UTC; infinity is the last one of the year 9999, -infinity the first of 1 */
	COLUMN_STRING,
	COLUMN_BINARY
} column_kind;

extern const char *const column_kind_names[];

/* The kind for a type of PostgreSQL; *as_text: its values are to be cast to text first. */
column_kind column_kind_of(const char *type, bool *as_text);

typedef struct column_bytes
{
	char *data;
	size_t len, capacity;
} column_bytes;

/* Zero-initialised, but for its kind, is empty. */
typedef struct column_buffers
{
	column_kind kind;
	column_bytes validity, offsets, data;
} column_buffers;

/* Adds a value in PostgreSQL's binary form, as the row of this number. STATUS_MEMORY. */
status column_add(column_buffers *c, size_t row, const pg_field *f);

/* Empties it, keeping the memory. */
void column_clear(column_buffers *c);

void column_free(column_buffers *c);

#endif
