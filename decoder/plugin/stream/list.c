/*
 * plugin/stream/list.c
 *	  mwmirror.stream_defaults(): the table of streams, for mwmirror.streams().
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "plugin/core/registry.h"
#include "utils/builtins.h"

#define COLUMNS 9

PG_FUNCTION_INFO_V1(mwmirror_stream_defaults);

Datum
mwmirror_stream_defaults(PG_FUNCTION_ARGS)
{
	const ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < stream_count; i++)
	{
		const stream *s = streams[i];
		const char *lag_ms = s->compaction_lag_ms;
		bool nulls[COLUMNS] = {[COLUMNS - 2] = s->retention_ms[0] == '\0',
		                       [COLUMNS - 1] = lag_ms == NULL};
		Datum values[COLUMNS] = {CStringGetTextDatum(s->name),
		                         CStringGetTextDatum(s->schema),
		                         BoolGetDatum(s->is_private),
		                         BoolGetDatum(s->is_on),
		                         CStringGetTextDatum(s->put_key != NULL ? "own" : "none"),
		                         Int32GetDatum(s->partitions),
		                         CStringGetTextDatum(s->cleanup),
		                         CStringGetTextDatum(s->retention_ms),
		                         CStringGetTextDatum(lag_ms != NULL ? lag_ms : "")};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
