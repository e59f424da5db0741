/*
 * plugin/entity/list.c
 *	  mwmirror.event_columns(): the columns of the mirror that events need, for those who must keep them.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "plugin/entity/tables.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(mwmirror_event_columns);

Datum
mwmirror_event_columns(PG_FUNCTION_ARGS)
{
	const ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < mirror_table_count; i++)
	{
		const char *table = mirror_tables[i].name;
		const size_t schema = strlen(TABLE_SCHEMA ".");

		if (strncmp(table, TABLE_SCHEMA ".", schema) != 0)
			continue;
		for (const column_description *c = mirror_tables[i].columns; c->name != NULL; c++)
		{
			bool nulls[2] = {false, false};
			Datum values[2] = {CStringGetTextDatum(table + schema), CStringGetTextDatum(c->name)};

			tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		}
	}
	return (Datum) 0;
}
