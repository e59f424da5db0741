/*
 * plugin/core/row.h
 *	  A row of one of the mirror's tables, and readers of its columns.
 */
#ifndef MWMIRROR_CORE_ROW_H
#define MWMIRROR_CORE_ROW_H

#include "plugin/core/table.h"

#include "access/htup.h"
#include "catalog/pg_type_d.h"
#include "datatype/timestamp.h"

/* Where the columns lie in tuples of a relation. */
typedef struct mirror_relation
{
	Oid relid;
	Oid root; /* the table that it is a partition of, or relid */
	bool valid;
	bool has_partitions; /* that are known */
	mirror_table table;
	AttrNumber wiki; /* its column wiki_id, of each table of schema mediawiki; 0: it has none */
	struct whole_table *whole; /* its other description; NULL: not made yet */
	int column_count;
	int natts; /* that values and nulls have room for */
	AttrNumber attno[TABLE_COLUMNS];
	Oid type[TABLE_COLUMNS];
	Oid index;     /* of the first key, of a table that is read; InvalidOid: not looked for yet */
	Datum *values; /* natts, for deforming */
	bool *nulls;
} mirror_relation;

/* The interesting columns of one tuple. Pointers inside reach into the tuple: valid as long as that is. */
typedef struct mirror_row
{
	const mirror_relation *relation;
	Datum values[TABLE_COLUMNS];
	bool nulls[TABLE_COLUMNS];
} mirror_row;

/*
 * mirror_row_plain
 *	 A description of rows of the table that come from no relation: every number is a bigint, every time a timestamptz, every
 *	 text a text.
 */
extern const mirror_relation *mirror_row_plain(mirror_table table);

/* Makes ready what mirror_row_plain returns. */
extern void mirror_row_init(void);

/* Spreads a tuple of the relation into row. */
extern void mirror_row_read(mirror_row *row, mirror_relation *relation, TupleDesc desc,
                            HeapTuple tuple);

/* Number in a Datum of an integer type or boolean. */
static inline int64
mirror_row_number(Oid type, Datum value)
{
	switch (type)
	{
		case BOOLOID:
			return DatumGetBool(value);
		case INT2OID:
			return DatumGetInt16(value);
		case INT4OID:
			return DatumGetInt32(value);
		default:
			return DatumGetInt64(value);
	}
}

static inline bool
mirror_row_is_null(const mirror_row *row, int column)
{
	return row->nulls[column];
}

/* Number in an integer or boolean column; 0 if null. */
static inline int64
mirror_row_int(const mirror_row *row, int column)
{
	return row->nulls[column] ? 0
	                          : mirror_row_number(row->relation->type[column], row->values[column]);
}

/* Text of a column as a palloc'd C string; NULL if null. */
extern char *mirror_row_text(const mirror_row *row, int column);
/* Bytes of a column, palloc'd, with a NUL behind them; NULL if null. */
extern char *mirror_row_bytes(const mirror_row *row, int column, size_t *len);
/* How many they are, or would be once decompressed; 0 if null. */
extern size_t mirror_row_size(const mirror_row *row, int column);
/* True if the text column holds exactly the len bytes at s. */
extern bool mirror_row_text_equals(const mirror_row *row, int column, const char *s, size_t len);
/* True if what ends at the time in one column is said to be over by that in the other: both are there, the second is not earlier. */
extern bool mirror_row_is_over(const mirror_row *row, int expiry, int ended_at);
/* Time in a column; DT_NOEND if null. */
extern TimestampTz mirror_row_time(const mirror_row *row, int column);

#endif
