/*
 * copy/map.h
 *	  What follow does with a row of a table that is being copied: which chunks are copied, and at which GTID. Pure.
 *
 * A table is cut into chunks, ranges of the first column of its primary key at the source. A key is
 *
 *	 in a settled range		below settled_upper, or anywhere if the table is copied and no chunk is left: applied
 *	 in a copied chunk		left out if the chunk's GTID list covers the change, else applied
 *	 in a chunk that is read	its reader is waited for: only then is known which
 *	 in no chunk			left out: a chunk that comes later will hold it
 *
 * But what is in a range that is to be compared with the source is left out, whatever is copied of it.
 *
 * Tables that the map does not have are not being copied.
 */
#ifndef MWMIRROR_COPY_MAP_H
#define MWMIRROR_COPY_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "rows/value.h"
#include "source/gtid.h"
#include "support/status.h"

typedef enum copy_answer
{
	COPY_APPLY,
	COPY_LEAVE,
	COPY_WAIT
} copy_answer;

/* mwmirror.copy_table.key_kind. */
typedef enum copy_key_kind
{
	COPY_KEY_NONE, /* the table is one chunk */
	COPY_KEY_INTEGER,
	COPY_KEY_BYTES
} copy_key_kind;

/* A value of the first key column, or a bound. */
typedef struct copy_key
{
	bool negative;    /* of integers */
	uint64_t number;  /* two's complement */
	const char *data; /* of bytes; the row's or the map's */
	size_t len;
} copy_key;

typedef enum copy_chunk_state
{
	COPY_CHUNK_READING,
	COPY_CHUNK_COPIED,
	COPY_CHUNK_DEAD /* its reader has died: nothing is copied until it is announced again */
} copy_chunk_state;

typedef struct copy_chunk
{
	int ordinal;
	bool from_first; /* no lower bound */
	bool to_last;    /* no upper bound */
	copy_key lower;
	copy_key upper; /* is not in it */
	copy_chunk_state state;
	gtid_list position; /* of a copied one */
	char *bytes;        /* of the bounds */
} copy_chunk;

/* What is to be compared: the rows with one key, or all from lower on and below upper. */
typedef struct copy_range
{
	bool one_key;
	bool from_first;
	bool to_last;
	copy_key lower;
	copy_key upper;
	char *bytes; /* of the bounds */
} copy_range;

typedef struct copy_entry
{
	char *wiki_id;
	char *table; /* without prefix */
	char *key_column;
	copy_key_kind kind;
	bool first; /* mode: its rows are added, and it may begin anew */
	bool again; /* mode: it is copied again, as a difference */
	bool
	    copied; /* state: all its chunks are handed out and copied; or nothing but ranges is to be compared */
	bool done; /* state */
	int64_t begun;
	int next_settled;
	bool settled;
	copy_key settled_upper;
	char *settled_bytes;
	copy_chunk **chunks; /* by ordinal, which is the order of their bounds */
	size_t count;
	size_t room;
	copy_range **ranges; /* those of one key last, by it */
	size_t range_count;
	size_t range_room;
	size_t wide; /* ranges that are not of one key */
} copy_entry;

/* A row of mwmirror.copy_range likewise. */
typedef struct copy_range_row
{
	bool one_key;
	const char *lower; /* NULL: none */
	size_t lower_len;
	const char *upper;
	size_t upper_len;
} copy_range_row;

typedef struct copy_map copy_map;

/* A row of mwmirror.copy_table; its texts need live only for the call. */
typedef struct copy_table_row
{
	const char *wiki_id;
	const char *table;
	const char *mode;
	const char *state;
	const char *key_column; /* NULL: COPY_KEY_NONE */
	const char *key_kind;
	const char *settled_upper; /* NULL: nothing is settled; not NUL-terminated */
	size_t settled_len;
	int next_settled; /* its lowest chunk */
	int64_t begun;    /* its chunks are of the copy that began at this version */
} copy_table_row;

/* A row of mwmirror.copy_chunk likewise. */
typedef struct copy_chunk_row
{
	int ordinal;
	const char *lower; /* NULL: none */
	size_t lower_len;
	const char *upper;
	size_t upper_len;
	const char *state;
	const char *gtid_pos; /* NULL unless it is copied */
} copy_chunk_row;

/* NULL without memory. Freed with copy_map_destroy. */
copy_map *copy_map_create(void);

void copy_map_destroy(copy_map *m);

/* How many tables it has. */
size_t copy_map_count(const copy_map *m);

/* The table at a place below copy_map_count, in the order of wiki and table. */
copy_entry *copy_map_at(const copy_map *m, size_t place);

/* NULL if the table is not being copied. */
copy_entry *copy_map_find(const copy_map *m, const char *wiki_id, const char *table);

/*
 * Adds a table, or sets it anew: without ranges, and of its chunks with those that are not settled if its copy is the one that the map knows. STATUS_TARGET (logged) if the row makes no sense, STATUS_MEMORY (logged). *out, which may be NULL,
 * stays the map's until the table is put or removed.
 */
status copy_map_put(copy_map *m, const copy_table_row *row, copy_entry **out);

/* Removes a table, if it is there. */
void copy_map_remove(copy_map *m, const char *wiki_id, const char *table);

/* Adds a chunk, or sets it anew. Errors as copy_map_put. */
status copy_entry_put_chunk(copy_entry *e, const copy_chunk_row *row);

/* Adds a range that is to be compared. Errors as copy_map_put. */
status copy_entry_put_range(copy_entry *e, const copy_range_row *row);

/* A chunk that was read is copied. STATUS_TARGET (logged) if the text is no GTID list. */
status copy_entry_set_copied(copy_entry *e, copy_chunk *c, const char *gtid_pos);

/* The key in a row's value; false if it is none of the entry's kind. */
bool copy_entry_key(const copy_entry *e, const value *v, copy_key *out);

/*
 * What to do with a change of a row that has the key (NULL: COPY_KEY_NONE) in the source transaction id. *chunk, which may be waited for, is that of
 * the key, or NULL.
 */
copy_answer copy_entry_answer(const copy_entry *e, const copy_key *key, const gtid *id,
                              copy_chunk **chunk);

/* True if all changes are left out: nothing is copied, and nothing is read. */
bool copy_entry_is_blank(const copy_entry *e);

/*
 * What to do with a change of all rows (TRUNCATE): COPY_APPLY if all that is copied is of before it, COPY_LEAVE if all is of behind it, or nothing is copied;
 * COPY_WAIT if some is of either, and the copy must begin anew, or if something is being read.
 */
copy_answer copy_entry_answer_all(const copy_entry *e, const gtid *id);

/* True if the table is copied, each chunk's GTID list is covered by the position, and nothing is to be compared: then it needs no entry any more. */
bool copy_entry_is_behind(const copy_entry *e, const gtid_list *position);

#endif
