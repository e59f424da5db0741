/*
 * plugin/keep.h
 *	  Rows that lookups would find, kept from one source transaction to the next.
 *
 * Changes of all committed transactions pass by in the order of their commits, so a kept row is replaced
 * when it changes and dropped when it goes: what is kept is what an index scan would find. That holds for a
 * transaction that began after all before it had committed, as those of one writer do. Another one may
 * have marks from before a commit that has passed by already; for it, nothing is kept, and lookups scan.
 * Also dropped: everything at a TRUNCATE, at a change of a table's definition, and at rows that are left
 * out for their origin; a wiki's rows when they changed in a transaction that could not use them.
 *
 * Memory: at most 16.5 MiB of rows and 2 MiB of entries, whatever the rows.
 */
#ifndef MWMIRROR_PLUGIN_KEEP_H
#define MWMIRROR_PLUGIN_KEEP_H

#include "plugin/catalog.h"

typedef struct keep keep;

/* The rows of a table with one number as their key: HeapTuples one after the other. */
typedef struct kept_rows
{
	char *data; /* for each row KEEP_HEADER bytes with its length, then the tuple; both aligned */
	uint32 size;
} kept_rows;

#define KEEP_HEADER MAXALIGN(sizeof(uint32))

/* Makes an empty one in a child of parent. */
extern keep *keep_create(MemoryContext parent, LogicalDecodingContext *ctx, const catalog *cat);

/* A PG transaction begins, and ends. */
extern void keep_begin(keep *k, const ReorderBufferTXN *txn);
extern void keep_end(keep *k, const ReorderBufferTXN *txn);

/* Takes a change of a mirrored table; a tuple that the change does not have is NULL. */
extern void keep_add_change(keep *k, const mirror_relation *relation, TupleDesc desc,
                            bool is_insert, HeapTuple old_tuple, HeapTuple new_tuple);

/* Drops everything; what began before this point of the WAL keeps nothing. */
extern void keep_forget_all(keep *k);

/* True if rows of the table are kept by its first lookup key. */
extern bool keep_has_table(mirror_table table);

/* False: not kept. The rows are valid until the next call of any function here. */
extern bool keep_find(keep *k, mirror_table table, const char *wiki_id, int64 id, kept_rows *out);

/* Keeps all rows that a scan found by that key; size 0: it found none. Does nothing if they are too large. */
extern void keep_put(keep *k, mirror_table table, const char *wiki_id, int64 id,
                     const kept_rows *rows);

/*
 * True if it is of use to say the greatest slot_revision_id of the wiki: slots of revisions after that are
 * kept as they are inserted. Then it may be set, as a scan finds it; 0 if there is none.
 */
extern bool keep_wants_newest_slots(keep *k, const char *wiki_id);
extern void keep_set_newest_slots(keep *k, const char *wiki_id, int64 newest);

/* Appends a tuple to rows in memory of the current context; room is that of data. */
extern void keep_append(kept_rows *rows, uint32 *room, HeapTuple tuple);

/* Reads the row at *offset and moves on. False: there are no more. */
extern bool keep_next(const kept_rows *rows, uint32 *offset, HeapTuple out);

#endif
