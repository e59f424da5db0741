/*
 * snapshot/copy.h
 *	  PostgreSQL's COPY ... BINARY format, written into memory.
 *
 *	 header		"PGCOPY\n\377\r\n\0", flags u32 (0), extension length u32 (0)
 *	 row		field count u16, then each field: length i32 (-1: NULL) and that many bytes
 *	 trailer	-1 as i16
 *	 All integers are big endian; a value has the binary form of its type.
 */
#ifndef MWMIRROR_SNAPSHOT_COPY_H
#define MWMIRROR_SNAPSHOT_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "mapping/convert.h"
#include "mapping/mapping.h"

/* Zero-initialised is empty. */
typedef struct copy_buffer
{
	char *data;
	size_t len;
	size_t capacity;
	bool no_memory; /* something could not be appended; the buffer is of no more use */
} copy_buffer;

void copy_header(copy_buffer *b);
void copy_trailer(copy_buffer *b);

/* Begins a row of count fields. */
void copy_row(copy_buffer *b, unsigned count);

/* Appends a field. False: *err says why the value does not fit the type. */
bool copy_value(copy_buffer *b, mapping_type type, const target_value *v, convert_error *err);
void copy_text(copy_buffer *b, const char *text, size_t len);
void copy_bool(copy_buffer *b, bool truth);
void copy_null(copy_buffer *b);

/* Empties the buffer, keeping its memory. */
void copy_clear(copy_buffer *b);

void copy_free(copy_buffer *b);

#endif
