/*
 * plugin/stream/list.c
 *	  mwmirror.streams(): the table of streams, for those who make and check their topics.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "plugin/core/registry.h"
#include "utils/builtins.h"

#define COLUMNS 5

PG_FUNCTION_INFO_V1(mwmirror_streams);

Datum
mwmirror_streams(PG_FUNCTION_ARGS)
{
	const ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < stream_count; i++)
	{
		const stream *s = streams[i];
		bool nulls[COLUMNS] = {[COLUMNS - 1] = s->retention_ms[0] == '\0'};
		Datum values[COLUMNS] = {CStringGetTextDatum(s->name), CStringGetTextDatum(s->schema),
		                         Int32GetDatum(s->partitions), CStringGetTextDatum(s->cleanup),
		                         CStringGetTextDatum(s->retention_ms)};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
