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
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rel.h"

/* Columns of mwmirror.reference. */
enum
{
	FROM_TABLE,
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
	ODD,
	COLUMN_COUNT
};

static const struct
{
	const char *name;
	Oid type;
} columns[COLUMN_COUNT] = {
    [FROM_TABLE] = {"from_table", TEXTOID},     [FROM_COLUMNS] = {"from_columns", TEXTARRAYOID},
    [TO_TABLE] = {"to_table", TEXTOID},         [TO_COLUMNS] = {"to_columns", TEXTARRAYOID},
    [ONLY_CHANGED] = {"only_changed", BOOLOID}, [OF_CHANGED] = {"of_changed", TEXTOID},
    [UPDATE_OF] = {"update_of", TEXTARRAYOID},  [ENDS] = {"ends", BOOLOID},
    [USER_PAGE] = {"user_page", BOOLOID},       [CONSTANTS] = {"constants", TEXTARRAYOID},
    [FOUND_BY] = {"found_by", TEXTARRAYOID},    [MEMBER] = {"member", TEXTOID},
    [STREAMS] = {"streams", TEXTARRAYOID},      [WAY] = {"way", TEXTOID},
    [FOUND_WAY] = {"found_way", TEXTOID},       [ODD] = {"odd", TEXTOID},
};

/* A row of the table as the table has it, and where its columns are. */
typedef struct stored_row
{
	AttrNumber attnums[COLUMN_COUNT];
	TupleTableSlot *slot;
} stored_row;

/* The table is the extension's, and may be older or newer than this library. */
static void
find_columns(Relation rel, AttrNumber *attnums)
{
	const TupleDesc desc = RelationGetDescr(rel);

	for (int i = 0; i < COLUMN_COUNT; i++)
	{
		const int attnum = SPI_fnumber(desc, columns[i].name);

		if (attnum <= 0 || TupleDescAttr(desc, attnum - 1)->atttypid != columns[i].type)
			ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			                errmsg("mwmirror.reference has no column %s of type %s",
			                       columns[i].name, format_type_be(columns[i].type)),
			                errdetail("Extension and library are of different versions."),
			                errhint("ALTER EXTENSION mwmirror UPDATE.")));
		attnums[i] = (AttrNumber) attnum;
	}
}

static bool
is_null(const stored_row *r, int column)
{
	return r->slot->tts_isnull[r->attnums[column] - 1];
}

static Datum
stored(const stored_row *r, int column)
{
	return r->slot->tts_values[r->attnums[column] - 1];
}

static char *
stored_text(const stored_row *r, int column)
{
	return is_null(r, column) ? NULL : TextDatumGetCString(stored(r, column));
}

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
read_row(const stored_row *r)
{
	reference_row *row = palloc0(sizeof(reference_row));

	slot_getallattrs(r->slot);
	row->from_table = stored_text(r, FROM_TABLE);
	row->to_table = stored_text(r, TO_TABLE);
	row->from_count = read_names(stored(r, FROM_COLUMNS), row->from, GRAPH_COLUMNS_MAX);
	row->to_count = read_names(stored(r, TO_COLUMNS), row->to, GRAPH_COLUMNS_MAX);
	row->constant_count = read_names(stored(r, CONSTANTS), row->constants, GRAPH_COLUMNS_MAX);
	row->user_page = DatumGetBool(stored(r, USER_PAGE));
	if (row->from_count > GRAPH_COLUMNS_MAX || row->to_count > GRAPH_COLUMNS_MAX ||
	    row->to_count != row->constant_count + (row->user_page ? 1 : row->from_count) ||
	    (row->user_page && row->from_count != USER_PAGE_COLUMNS))
		elog(ERROR, "a row of mwmirror.reference has a wrong number of columns");
	if (!is_null(r, FOUND_BY))
		row->found_by_count = read_names(stored(r, FOUND_BY), row->found_by, GRAPH_COLUMNS_MAX);
	row->member = stored_text(r, MEMBER);
	row->way = stored_text(r, WAY);
	row->found_way = stored_text(r, FOUND_WAY);
	row->odd = stored_text(r, ODD);
	row->only_changed = DatumGetBool(stored(r, ONLY_CHANGED));
	row->ends = DatumGetBool(stored(r, ENDS));
	row->of_changed = read_sides(stored_text(r, OF_CHANGED));
	if (!is_null(r, UPDATE_OF))
		row->update_count = read_names(stored(r, UPDATE_OF), row->update_of, GRAPH_UPDATE_MAX);
	row->is_of_streams = !is_null(r, STREAMS);
	if (row->is_of_streams)
	{
		switched_add(stored(r, STREAMS));
		row->streams = switched_find(stored(r, STREAMS));
	}
	if (row->update_count > GRAPH_UPDATE_MAX)
		elog(ERROR, "a row of mwmirror.reference has too many columns in update_of");
	return row;
}

List *
reference_rows_read(Oid relid, Snapshot snapshot)
{
	Relation rel = table_open(relid, AccessShareLock);
	stored_row r = {.slot = table_slot_create(rel, NULL)};
	TableScanDesc scan = compat_begin_table_scan(rel, snapshot);
	List *rows = NIL;

	find_columns(rel, r.attnums);
	while (table_scan_getnextslot(scan, ForwardScanDirection, r.slot))
		rows = lappend(rows, read_row(&r));
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(r.slot);
	table_close(rel, AccessShareLock);
	return rows;
}
