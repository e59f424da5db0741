/*
 * wire/reference.h
 *	  Rows that the changes of a source transaction refer to, in the WAL with its mark.
 *
 * They are in transactional logical messages with MARK_PREFIX:
 *
 *	 mark, as in wire/mark.h, or, where they do not fit into one message or batch, REFERENCE_HEAD
 *	 item  to the end of the message
 *
 * item: kind u8, then (n and string as in wire/batch.h; a name is n = length * 2, then as many bytes, or n = number * 2 + 1 of one
 * in wire/names.h)
 *	 'F'  forget: what was sent with earlier source transactions of this PostgreSQL transaction does not count any more
 *	 'S'  shape: a table and its columns but wiki_id; it may be told again, and take another shape's number
 *		  shape    n         number by which rows name it
 *		  table    name      in schema mediawiki
 *		  columns  n
 *		  column   name, then type n (oid); columns times
 *	 'W'  wiki of the rows that follow in this message
 *		  wiki_id  string
 *	 'R'  row
 *		  shape    n
 *		  values   n         as many as the shape has columns
 *		  value    values times: n = length * 4 + form, then length bytes; form 0: the type's send form, form 1: NULL,
 *		           form 2: an integer that is not negative, highest byte first, without bytes of 0 before it
 *
 *	 'L'  lacking: streams that were off when the source transaction was written: rows that only their events need are not in the
 *		  messages. With the mark only
 *		  streams  n
 *		  stream   name; streams times. REFERENCE_STATES is all state streams
 *	 'T'  told: by which streams the rows of a request are told. Only in messages of requests
 *		  at       n, bytes  the source's position, a list of GTIDs, up to which the rows are the state
 *		  streams  n
 *		  stream   name, then topic n, bytes; streams times. The topic is of no other stream, and nothing else goes there; empty: the stream's
 *
 * A row is as it was at that point of the WAL, so a later change of the same source transaction is newer. It is sent once in a
 * PostgreSQL transaction, and again only after it has changed or was forgotten: a reader keeps rows until the end of the
 * PostgreSQL transaction, or 'F'. Rows that the source transaction itself changed are not repeated, they are its changes.
 * 'F' comes as the first item of a source transaction only, and with the first of a PostgreSQL transaction.
 */
#ifndef MWMIRROR_WIRE_REFERENCE_H
#define MWMIRROR_WIRE_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "wire/batch.h"

#define REFERENCE_HEAD "R\n"
#define REFERENCE_STATES "mwmirror.state.*" /* of 'L': all state streams */
#define REFERENCE_INTEGER_MAX 9             /* bytes of an integer */

typedef enum reference_kind
{
	REFERENCE_FORGET = 'F',
	REFERENCE_SHAPE = 'S',
	REFERENCE_WIKI = 'W',
	REFERENCE_ROW = 'R',
	REFERENCE_LACKING = 'L',
	REFERENCE_TOLD = 'T'
} reference_kind;

typedef struct reference_item
{
	reference_kind kind;
	uint32_t shape;    /* S, R */
	batch_bytes text;  /* S: table; W: wiki; T: at */
	uint32_t count;    /* S: columns; R: values; L: names; T: streams */
	batch_bytes parts; /* S: columns, R: values, L: names, T: streams; see below */
} reference_item;

typedef enum reference_form
{
	REFERENCE_VALUE,
	REFERENCE_NULL,
	REFERENCE_INTEGER
} reference_form;

typedef struct reference_value
{
	reference_form form;
	batch_bytes bytes; /* VALUE */
	int64_t integer;   /* INTEGER */
} reference_value;

typedef struct reference_reader
{
	const char *next;
	const char *end;
} reference_reader;

/* True if items are left. */
bool reference_more(const reference_reader *r);

/* Reads the next item, all of it is checked. False: it is malformed. Its bytes stay inside of the message, but names may be static. */
bool reference_read(reference_reader *r, reference_item *out);

/* Take the next column, value or name off an item's parts. To be called count times. */
batch_bytes reference_next_column(batch_bytes *parts, uint32_t *type);
reference_value reference_next_value(batch_bytes *parts);
batch_bytes reference_next_name(batch_bytes *parts);
batch_bytes reference_next_stream(batch_bytes *parts, batch_bytes *topic);

/*
 * Writing. Each function writes to out if that is not NULL, and returns the size in bytes. Nothing is checked: names and numbers
 * must be within the limits of wire/batch.h.
 */
size_t reference_write_shape(char *out, uint32_t shape, const char *table, uint32_t columns,
                             const char *const *names, const uint32_t *types);
size_t reference_write_lacking(char *out, uint32_t count, const char *const *names);
/* topics: one for each of names; NULL: none has one. */
size_t reference_write_told(char *out, const char *at, uint32_t count, const char *const *names,
                            const char *const *topics);
/* An integer that is not negative: REFERENCE_INTEGER_MAX bytes at most. */
size_t reference_write_integer(char *out, int64_t value);

#endif
