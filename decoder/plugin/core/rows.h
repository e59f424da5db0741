/*
 * plugin/core/rows.h
 *	  The rows that are known at this point of a PG transaction: those that it changed itself, and those that its messages
 *	  brought (referred.h).
 *
 * Each is as the last change or message said. Rows are found by the keys of table.h; a row that is not known cannot be told
 * from one that is not there.
 *
 * Memory: bounded; the others go to temporary files of the server. What goes away leaves nothing, unless it was known.
 */
#ifndef MWMIRROR_CORE_ROWS_H
#define MWMIRROR_CORE_ROWS_H

#include "plugin/core/places.h"
#include "plugin/core/row.h"

typedef struct rows rows;

/* How a row came to be known. */
typedef enum row_news
{
	ROW_INSERTED, /* by the source transaction */
	ROW_UPDATED,  /* likewise */
	ROW_REFERRED  /* by a message: it is, but was not changed */
} row_news;

/* The value of a column of a key: a text if text is not NULL, else a number. */
typedef struct rows_value
{
	int64 number;
	const char *text;
	size_t len; /* of text */
} rows_value;

/* Values of a key, and how far a search by it has come. */
typedef struct rows_scan
{
	rows *rows;
	mirror_table table;
	int key;
	int wiki;
	int columns[TABLE_KEY_COLUMNS];
	int count;
	rows_value values[TABLE_KEY_COLUMNS]; /* that of wiki_id is not set */
	bool inserted;                        /* only rows that the source transaction inserted */
	uint64 next;                          /* 0: no more in this chain */
	places_scan chains;
} rows_scan;

/* Makes an empty one in a child of parent, with about so many bytes in memory. */
extern rows *rows_create(MemoryContext parent, uint64 memory);

/* A PG transaction begins, and ends: nothing is known. */
extern void rows_begin(rows *r);
extern void rows_end(rows *r);

/* A source transaction begins. */
extern void rows_begin_source(rows *r);

/* Forgets all that was known when the source transaction began. */
extern void rows_forget_old(rows *r);

/* A row is there now, as it is given. Nothing of it is kept but a copy. */
extern void rows_put(rows *r, int wiki, const mirror_row *row, row_news news);

/* The row with that first key is not there any more; the row's other columns do not matter. */
extern void rows_remove(rows *r, int wiki, const mirror_row *row);

/* True if both have the same first key. */
extern bool rows_same_key(const mirror_row *a, const mirror_row *b);

/*
 * rows_find
 *	 Begins to look for rows by a key; values holds the parts after wiki_id, and must last. Further rows may not be put or
 *	 removed until the last call of rows_next.
 */
extern void rows_find(rows_scan *scan, rows *r, mirror_table table, int key, int wiki,
                      const rows_value *values);

/* The same, for those only that the source transaction has inserted. */
extern void rows_find_inserted(rows_scan *scan, rows *r, mirror_table table, int key, int wiki,
                               const rows_value *values);

/* The next row, the newest first; its texts last until another call for any rows. Its wiki_id is not set. False: no more. */
extern bool rows_next(rows_scan *scan, mirror_row *row);

#endif
