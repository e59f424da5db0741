/*
 * apply/reference_row.c
 *	  Reads mwmirror.reference; see reference_row.h.
 */
#include "apply/reference_row.h"

#include "access/table.h"
#include "access/tableam.h"
#include "apply/compat.h"
#include "apply/switched.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rel.h"

/* Columns of mwmirror.reference. */
enum
{
	FROM_TABLE = 1,
	FROM_COLUMNS,
	TO_TABLE,
	TO_COLUMNS,
	ONLY_CHANGED,
	OF_CHANGED,
	UPDATE_OF,
	ENDS,
	USER_PAGE,
	CONSTANTS,
	FOUND_BY,
	MEMBER,
	STREAMS,
	WAY,
	FOUND_WAY,
	ODD
};

static int
read_names(Datum array, const char **names, int most)
{
	Datum *items;
	int count;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &items, NULL,
	                  &count);
	for (int i = 0; i < count && i < most; i++)
		names[i] = TextDatumGetCString(items[i]);
	return count;
}

/* Sides of a changed row, by their names in the table. */
static unsigned
read_sides(const char *name)
{
	static const struct
	{
		const char *name;
		unsigned sides;
	} known[] = {
	    {"both", GRAPH_BEFORE | GRAPH_AFTER | GRAPH_GONE | GRAPH_TOLD},
	    {"new", GRAPH_AFTER | GRAPH_TOLD},
	    {"kept", GRAPH_BEFORE | GRAPH_AFTER},
	    {"told", GRAPH_TOLD},
	    {"updated", GRAPH_UPDATED},
	    {"gone", GRAPH_GONE},
	    {"none", 0},
	};

	for (size_t i = 0; i < lengthof(known); i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].sides;
	elog(ERROR, "a row of mwmirror.reference has a wrong of_changed: %s", name);
}

static reference_row *
read_row(TupleTableSlot *slot)
{
	reference_row *row = palloc0(sizeof(reference_row));

	slot_getallattrs(slot);
	row->from_table = TextDatumGetCString(slot->tts_values[FROM_TABLE - 1]);
	row->to_table = TextDatumGetCString(slot->tts_values[TO_TABLE - 1]);
	row->from_count = read_names(slot->tts_values[FROM_COLUMNS - 1], row->from, GRAPH_COLUMNS_MAX);
	row->to_count = read_names(slot->tts_values[TO_COLUMNS - 1], row->to, GRAPH_COLUMNS_MAX);
	row->constant_count =
	    read_names(slot->tts_values[CONSTANTS - 1], row->constants, GRAPH_COLUMNS_MAX);
	row->user_page = DatumGetBool(slot->tts_values[USER_PAGE - 1]);
	if (row->from_count > GRAPH_COLUMNS_MAX || row->to_count > GRAPH_COLUMNS_MAX ||
	    row->to_count != row->constant_count + (row->user_page ? 1 : row->from_count) ||
	    (row->user_page && row->from_count != USER_PAGE_COLUMNS))
		elog(ERROR, "a row of mwmirror.reference has a wrong number of columns");
	if (!slot->tts_isnull[FOUND_BY - 1])
		row->found_by_count =
		    read_names(slot->tts_values[FOUND_BY - 1], row->found_by, GRAPH_COLUMNS_MAX);
	if (!slot->tts_isnull[MEMBER - 1])
		row->member = TextDatumGetCString(slot->tts_values[MEMBER - 1]);
	row->way = TextDatumGetCString(slot->tts_values[WAY - 1]);
	row->found_way = TextDatumGetCString(slot->tts_values[FOUND_WAY - 1]);
	if (!slot->tts_isnull[ODD - 1])
		row->odd = TextDatumGetCString(slot->tts_values[ODD - 1]);
	row->only_changed = DatumGetBool(slot->tts_values[ONLY_CHANGED - 1]);
	row->ends = DatumGetBool(slot->tts_values[ENDS - 1]);
	row->of_changed = read_sides(TextDatumGetCString(slot->tts_values[OF_CHANGED - 1]));
	if (!slot->tts_isnull[UPDATE_OF - 1])
		row->update_count =
		    read_names(slot->tts_values[UPDATE_OF - 1], row->update_of, GRAPH_UPDATE_MAX);
	row->is_of_streams = !slot->tts_isnull[STREAMS - 1];
	if (row->is_of_streams)
	{
		switched_add(slot->tts_values[STREAMS - 1]);
		row->streams = switched_find(slot->tts_values[STREAMS - 1]);
	}
	if (row->update_count > GRAPH_UPDATE_MAX)
		elog(ERROR, "a row of mwmirror.reference has too many columns in update_of");
	return row;
}

List *
reference_rows_read(Oid relid, Snapshot snapshot)
{
	Relation rel = table_open(relid, AccessShareLock);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = compat_begin_table_scan(rel, snapshot);
	List *rows = NIL;

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
		rows = lappend(rows, read_row(slot));
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	table_close(rel, AccessShareLock);
	return rows;
}
