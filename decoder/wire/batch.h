/*
 * wire/batch.h
 *	  Row changes as the mirror hands them to the server: the argument of mwmirror.apply(bytea).
 *
 * A batch says by itself all that it means; nothing is remembered from one to the next.
 *
 *	 version   u8   BATCH_VERSION
 *	 flags     u8   0, or BATCH_WHOLE
 *	 shapes    n    number of shapes, 0 to BATCH_SHAPES_MAX
 *	 shape     shapes times
 *	 item      to the end of the batch; the last is a 'Z'
 *
 * n is a number as in wire/pack.h.
 * string is n bytes of length, then the bytes; names are BATCH_NAME_MAX bytes at most, and not empty.
 *
 * shape: a table and those of its columns that changes may name
 *	 schema    string
 *	 table     string
 *	 finds     n    how many of the columns, the first ones, find a row: its key, or all of them in a table without key
 *	 columns   n    1 to BATCH_COLUMNS_MAX, at least finds
 *	 name      string, columns times
 *
 * item: kind u8, then
 *	 'G'  the changes that follow belong to this source transaction
 *		  gtid     string
 *	 'E'  end of the source transaction
 *		  mark     string, as in wire/mark.h
 *	 'I'  insert
 *	 'U'  update
 *	 'D'  delete
 *		  flags    u8   BATCH_UPSERT and so on
 *		  shape    n    number of the shape, from 0
 *		  value    U, D: finds times, what the row is found by
 *		  value    I, U: columns times, what the row becomes
 *	 'Z'  end of the batch
 *		  changes  n    how many 'I', 'U' and 'D' it holds
 *
 * value: n = length * 4 + form, then length bytes: the binary form that the type's receive function takes
 *	 form 0  the value
 *	 form 1  NULL; length 0
 *	 form 2  absent; length 0. I: the column's default. U: the column stays as it is. Among what finds a row: not compared
 *
 * A source transaction may span batches: each begins with a 'G', 'E' is in the last. Changes are numbered through the
 * batch from 1 (other items do not count); an error's context begins with "change N of the batch".
 */
#ifndef MWMIRROR_WIRE_BATCH_H
#define MWMIRROR_WIRE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BATCH_VERSION 1
#define BATCH_WHOLE 1 /* with each mark go the rows that its changes refer to: wire/reference.h */
#define BATCH_SHAPES_MAX 1024
#define BATCH_COLUMNS_MAX 1600
#define BATCH_NAME_MAX 63
#define BATCH_TEXT_MAX 0xFFFFF /* bytes of a mark */
#define BATCH_LENGTH_MAX 0x3FFFFFFF

/* What an error says first in its context, as of printf. */
#define BATCH_CONTEXT "change %u of the batch"

/* SQLSTATEs of mwmirror.apply */
#define BATCH_STATE_MISSING "MWA01" /* a row that is to be changed is not there */
#define BATCH_STATE_FORMAT "MWA02"  /* not a well-formed batch */

typedef enum batch_kind
{
	BATCH_SOURCE = 'G',
	BATCH_END = 'E',
	BATCH_INSERT = 'I',
	BATCH_UPDATE = 'U',
	BATCH_DELETE = 'D',
	BATCH_DONE = 'Z'
} batch_kind;

typedef enum batch_flag
{
	BATCH_UPSERT =
	    1, /* I: a row with that key may be there; then it becomes what was to be inserted */
	BATCH_MAY_MISS = 2, /* U, D: no such row is no error */
	BATCH_EACH = 4,     /* U, D: every row that is found, and none is no error */
	BATCH_TELL =
	    8 /* I: the row is not written, only told with the mark as one that is referred to, if a stream needs it */
} batch_flag;

typedef enum batch_form
{
	BATCH_VALUE,
	BATCH_NULL,
	BATCH_ABSENT
} batch_form;

/* Bytes inside of a batch; not terminated. */
typedef struct batch_bytes
{
	const char *data;
	uint32_t len;
} batch_bytes;

typedef struct batch_value
{
	batch_form form;
	uint32_t len;
	const char *data;
} batch_value;

typedef struct batch_shape
{
	batch_bytes schema;
	batch_bytes table;
	uint32_t finds;
	uint32_t columns;
	batch_bytes names; /* of the columns; see batch_next_name */
	batch_bytes whole; /* all bytes of the shape */
} batch_shape;

typedef struct batch_item
{
	batch_kind kind;
	batch_bytes text; /* G, E */
	uint8_t flags;
	uint32_t shape;
	batch_value *find; /* the caller's, with room for the largest shape's columns */
	batch_value *set;  /* the same */
} batch_item;

typedef struct batch_reader
{
	const char *start;
	const char *next;
	const char *end;
	bool whole;       /* BATCH_WHOLE */
	uint32_t changes; /* read so far: the number of the last one */
	const char *why;  /* what is wrong, once a function has returned false */
} batch_reader;

/* Begins to read len bytes, which must last; *shapes becomes the number of shapes. False: *why. */
bool batch_begin(batch_reader *r, const char *data, size_t len, uint32_t *shapes);

/* Reads a shape, names included. To be called for each shape, in order. */
bool batch_read_shape(batch_reader *r, batch_shape *out);

/* Takes the next column's name off names, a copy of a shape's. */
batch_bytes batch_next_name(batch_bytes *names);

/* Reads the next item, until a BATCH_DONE, behind which there is nothing. Its bytes stay inside of the batch. */
bool batch_read_item(batch_reader *r, const batch_shape *shapes, uint32_t shape_count,
                     batch_item *out);

/* Where reading has come to, in bytes; of what was wrong, if something was. */
size_t batch_offset(const batch_reader *r);

/*
 * Writing. Each function writes to out if that is not NULL, and returns the size in bytes. Nothing is checked: numbers and
 * lengths must be within the limits above.
 */
size_t batch_write_begin(char *out, bool whole, uint32_t shapes);
size_t batch_write_shape(char *out, const char *schema, const char *table, uint32_t finds,
                         uint32_t columns, const char *const *names);
size_t batch_write_text(char *out, batch_kind kind, const char *text, size_t len);
size_t batch_write_change(char *out, const batch_item *item, const batch_shape *shape);
size_t batch_write_done(char *out, uint32_t changes);

#endif
