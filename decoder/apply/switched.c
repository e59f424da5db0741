/*
 * apply/switched.c
 *	  Which streams are on; see switched.h.
 */
#include "apply/switched.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "plugin/core/registry.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#define ALL_ON                                                                                     \
	"SELECT array_agg(name), array_agg(DISTINCT of_table) FILTER (WHERE of_table IS NOT NULL) "    \
	"FROM mwmirror.streams() WHERE enabled"

static uint64
find_one(const struct varlena *name)
{
	for (int i = 0; i < stream_count; i++)
		if (strlen(streams[i]->name) == VARSIZE_ANY_EXHDR(name) &&
		    memcmp(streams[i]->name, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)) == 0)
			return UINT64CONST(1) << i;
	return 0;
}

uint64
switched_find(Datum names)
{
	uint64 found = 0;
	Datum *items;
	bool *nulls;
	int count;

	deconstruct_array(DatumGetArrayTypeP(names), TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls,
	                  &count);
	for (int i = 0; i < count; i++)
		if (!nulls[i])
			found |= find_one(PG_DETOAST_DATUM_PACKED(items[i]));
	return found;
}

static List *
read_tables(Datum names)
{
	List *tables = NIL;
	Datum *items;
	int count;

	deconstruct_array(DatumGetArrayTypeP(names), TEXTOID, -1, false, TYPALIGN_INT, &items, NULL,
	                  &count);
	for (int i = 0; i < count; i++)
		tables = lappend(tables, TextDatumGetCString(items[i]));
	return tables;
}

uint64
switched_on(Snapshot snapshot, List **state_tables)
{
	MemoryContext callers = CurrentMemoryContext;
	uint64 on = 0;
	SPIPlanPtr plan;
	bool is_null;
	Datum names;

	*state_tables = NIL;
	SPI_connect();
	plan = SPI_prepare(ALL_ON, 0, NULL);
	if (plan == NULL || SPI_execute_snapshot(plan, NULL, NULL, snapshot, InvalidSnapshot, true,
	                                         false, 1) != SPI_OK_SELECT)
		elog(ERROR, "mwmirror.streams() cannot be asked");
	names = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null);
	if (!is_null)
		on = switched_find(names);
	names = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &is_null);
	if (!is_null)
	{
		MemoryContext old = MemoryContextSwitchTo(callers);

		*state_tables = read_tables(names);
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	return on;
}
