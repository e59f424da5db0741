/*
 * support/pg_copy.h
 *	  Rows of a query as they come, by COPY ... TO STDOUT, which keeps none of them. Its binary format:
 *
 *	 header		"PGCOPY\n\377\r\n\0", flags u32, extension length u32 and so many bytes; before the first row, in its message
 *	 row		field count u16, then each field: length i32 (-1: NULL) and that many bytes; a message of its own
 *	 trailer	-1 as i16
 *	 All integers are big endian; a value has the binary form of its type.
 */
#ifndef MWMIRROR_SUPPORT_PG_COPY_H
#define MWMIRROR_SUPPORT_PG_COPY_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include "support/status.h"

/* Zero-initialised is closed. */
typedef struct pg_rows
{
	PGconn *conn;
	const char *doing; /* completes "cannot ..." */
	char *message;     /* of the row that came last */
	bool begun;
} pg_rows;

typedef struct pg_field
{
	const char *data; /* NULL for NULL; not ended by a zero */
	size_t len;
} pg_field;

/* Begins; query is a SELECT without parameters, doing the caller's until the end. Errors as pg_execute. */
status pg_rows_begin(pg_rows *r, PGconn *conn, const char *query, const char *doing);

/*
 * The next row, of exactly count fields, which are good until the next call. *found false: there was none, and the connection is free again.
 * STATUS_RETRY, STATUS_TARGET, STATUS_STOPPED (logged); then the connection is to be closed.
 */
status pg_rows_next(pg_rows *r, pg_field *fields, unsigned count, bool *found);

/*
 * The same in the text format: a line as COPY FROM reads it, without its newline, good until the next call. A reading is of rows or of lines, from
 * its begin on.
 */
status pg_lines_begin(pg_rows *r, PGconn *conn, const char *query, const char *doing);
status pg_lines_next(pg_rows *r, const char **line, size_t *len, bool *found);

/* Frees what it holds; for a reading that is left before its end, the connection is to be closed next. */
void pg_rows_end(pg_rows *r);

/* Integers as they are in binary fields: smallint, integer and bigint, by their length. */
int64_t pg_field_integer(const pg_field *f);

#endif
