/*
 * plugin/core/whole_rows.h
 *	  Whole rows that are known at this point of a PG transaction, and which of them are to be told at the mark.
 *
 * As rows.h, but with all columns, and by their primary key alone: that is the text of a message's key, so what is equal there is one row.
 * A row is as the last change or message said.
 *
 * Memory: bounded; the others go to temporary files of the server.
 */
#ifndef MWMIRROR_CORE_WHOLE_ROWS_H
#define MWMIRROR_CORE_WHOLE_ROWS_H

#include "plugin/core/whole_table.h"

typedef struct whole_rows whole_rows;

typedef enum whole_news
{
	WHOLE_REFERRED, /* it is there: that tells nothing */
	WHOLE_TOLD,     /* likewise, and it is to be told */
	WHOLE_INSERTED, /* by the source transaction: to be told */
	WHOLE_UPDATED,  /* likewise */
	WHOLE_GONE      /* likewise; it has no values */
} whole_news;

typedef struct whole_row
{
	whole_table *table;
	int wiki;
	const char *key; /* JSON */
	uint32 key_len;
	bool is_gone;
	bool is_secret;     /* it is gone, and nobody may know that it was there */
	bool is_inserted;   /* it was not there when the source transaction began */
	bool is_told;       /* it is to be told at the mark already */
	bool is_incomplete; /* a value that an UPDATE left alone is not known, and NULL here */
	Datum *values;      /* of the table's columns; NULL: it is gone */
	bool *nulls;
} whole_row;

/* Makes an empty one in a child of parent, with about so many bytes in memory. */
extern whole_rows *whole_rows_create(MemoryContext parent, uint64 memory);

/* A PG transaction begins, and ends: nothing is known. */
extern void whole_rows_begin(whole_rows *r);
extern void whole_rows_end(whole_rows *r);

/* A source transaction begins. */
extern void whole_rows_begin_source(whole_rows *r);

/* Forgets all that was known when the source transaction began. */
extern void whole_rows_forget_old(whole_rows *r);

/* Takes a row; nothing of it is kept but a copy. */
extern void whole_rows_put(whole_rows *r, const whole_row *row, whole_news news);

/* True if some are to be told; and if some of the source transaction came incomplete. */
extern bool whole_rows_are_told(const whole_rows *r);
extern bool whole_rows_are_incomplete(const whole_rows *r);

/*
 * The row that is known with that key, of a table by its oid; false: none is, or it is gone. Its values reach into what is kept: they stay until
 * rows are put, or the next call here; the arrays are in the current memory.
 */
extern bool whole_rows_find(whole_rows *r, Oid relid, const char *key, uint32 key_len,
                            whole_row *out);

/*
 * The next row that is to be told, as of the mark, in the order in which they first were to be; each once. What came and went since the last mark
 * is passed over. *place: 0 at first. False: no more. What it gives stays as with whole_rows_find.
 */
extern bool whole_rows_next(whole_rows *r, uint64 *place, whole_row *out);

#endif
