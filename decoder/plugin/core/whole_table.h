/*
 * plugin/core/whole_table.h
 *	  Tables of schema mediawiki with all their columns, as their relations say: those of which whole rows are told.
 *
 * Unlike table.h nothing is known of them before: so it serves tables of extensions as well.
 */
#ifndef MWMIRROR_CORE_WHOLE_TABLE_H
#define MWMIRROR_CORE_WHOLE_TABLE_H

#include "plugin/core/row.h"

#include "utils/relcache.h"
#include "wire/batch.h"

typedef struct session session;

typedef struct whole_column
{
	char *name;
	AttrNumber attno;
	Oid type;
	int16 length; /* of the type */
	bool by_value;
	bool is_long; /* its values may be out of line */
} whole_column;

/* A table as its relation was when it was described; stays as long as the session. */
typedef struct whole_table
{
	struct whole_table *next;
	Oid relid;
	char *name;       /* in schema mediawiki */
	AttrNumber wiki;  /* its column wiki_id */
	bool is_full;     /* its REPLICA IDENTITY is FULL */
	int natts;        /* of its tuples */
	int column_count; /* but wiki_id, and without those that are generated */
	whole_column *columns;
	int key_count; /* of the primary key, behind wiki_id; 0: it has none, or one that does not begin so */
	int key[INDEX_MAX_KEYS];
	/* Kept by those above core (state/). */
	int streams_known; /* how many streams there were when the next were looked for */
	int streams[2];
} whole_table;

/* The table of an open relation that described is of. */
extern whole_table *whole_table_describe(session *s, mirror_relation *described, Relation relation);

/* The table of that name, under the historic snapshot; NULL: there is none. */
extern whole_table *whole_table_find(session *s, const char *name);

/* Number of its column of that name; -1: it has none. */
extern int whole_table_column(const whole_table *t, const char *name, size_t len);

/* How the rows of a message (wire/reference.h) lie in a table. */
typedef struct whole_shape
{
	whole_table *table; /* NULL: it is not there */
	uint32 count;       /* values of a row */
	int *columns;       /* of each: the table's; -1: none of it */
	FmgrInfo *receive;  /* of each */
	Oid *parameters;    /* of these */
} whole_shape;

/* Makes it, in the current memory, of the name and the columns in a shape's item. ERROR: a column has another type in the table. */
extern whole_shape *whole_shape_make(session *s, batch_bytes table, uint32 count,
                                     batch_bytes columns);

/*
 * whole_shape_read
 *	 Spreads a row's values over the table's columns; they are in the current memory. A column that the message has not is NULL. ERROR if they
 *	 are malformed.
 */
extern void whole_shape_read(session *s, whole_shape *shape, batch_bytes parts, Datum *values,
                             bool *nulls);

#endif
