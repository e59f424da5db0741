/*
 * plugin/core/row.c
 *	  Readers of a row; see row.h.
 */
#include "plugin/core/row.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "catalog/pg_type_d.h"
#include "plugin/core/errors.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

static mirror_relation *plain; /* for each table */

void
mirror_row_init(void)
{
	static const Oid types[] = {
	    [COLUMN_NUMBER] = INT8OID,      [COLUMN_TEXT] = TEXTOID,       [COLUMN_BYTES] = BYTEAOID,
	    [COLUMN_TIME] = TIMESTAMPTZOID, [COLUMN_TEXTS] = TEXTARRAYOID,
	};

	if (plain != NULL)
		return;
	plain = MemoryContextAllocZero(TopMemoryContext, mirror_table_count * sizeof(mirror_relation));
	for (int i = 0; i < mirror_table_count; i++)
	{
		plain[i].table = i;
		plain[i].column_count = mirror_table_column_count(i);
		if (plain[i].column_count > TABLE_COLUMNS)
			ereport(ERROR, (errcode(MW_BUG),
			                errmsg_internal("table %s is described with more than %d columns",
			                                mirror_table_name(i), TABLE_COLUMNS)));
		for (int j = 0; j < plain[i].column_count; j++)
			plain[i].type[j] = types[mirror_tables[i].columns[j].type];
	}
}

const mirror_relation *
mirror_row_plain(mirror_table table)
{
	return &plain[table];
}

void
mirror_row_read(mirror_row *row, mirror_relation *relation, TupleDesc desc, HeapTuple tuple)
{
	if (desc->natts > relation->natts)
		ereport(ERROR,
		        (errcode(MW_BUG), errmsg_internal("table %s has %d columns where %d were expected",
		                                          mirror_table_name(relation->table), desc->natts,
		                                          relation->natts)));
	heap_deform_tuple(tuple, desc, relation->values, relation->nulls);
	row->relation = relation;
	for (int i = 0; i < relation->column_count; i++)
	{
		int at = relation->attno[i] - 1;

		row->values[i] = relation->values[at];
		row->nulls[i] = relation->nulls[at];
	}
}

char *
mirror_row_text(const mirror_row *row, int column)
{
	return row->nulls[column] ? NULL : TextDatumGetCString(row->values[column]);
}

char *
mirror_row_bytes(const mirror_row *row, int column, size_t *len)
{
	struct varlena *value;

	if (row->nulls[column])
		return NULL;
	value = PG_DETOAST_DATUM_PACKED(row->values[column]);
	*len = VARSIZE_ANY_EXHDR(value);
	return pnstrdup(VARDATA_ANY(value), *len);
}

size_t
mirror_row_size(const mirror_row *row, int column)
{
	return row->nulls[column] ? 0 : toast_raw_datum_size(row->values[column]) - VARHDRSZ;
}

bool
mirror_row_text_equals(const mirror_row *row, int column, const char *s, size_t len)
{
	struct varlena *value;

	if (row->nulls[column])
		return false;
	value = PG_DETOAST_DATUM_PACKED(row->values[column]);
	return VARSIZE_ANY_EXHDR(value) == len && memcmp(VARDATA_ANY(value), s, len) == 0;
}

TimestampTz
mirror_row_time(const mirror_row *row, int column)
{
	return row->nulls[column] ? DT_NOEND : DatumGetTimestampTz(row->values[column]);
}

bool
mirror_row_is_over(const mirror_row *row, int expiry, int ended_at)
{
	return !mirror_row_is_null(row, expiry) && !mirror_row_is_null(row, ended_at) &&
	       mirror_row_time(row, ended_at) >= mirror_row_time(row, expiry);
}
