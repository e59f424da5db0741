/*
 * mysql_compat/average.c
 *	  The ends of AVG over integers: four digits behind the point, as MariaDB has them.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/fmgrprotos.h"

#define DIGITS 4

static Datum
rounded(FunctionCallInfo fcinfo, PGFunction average)
{
	Datum exact = average(fcinfo);

	if (fcinfo->isnull)
		return exact;
	return DirectFunctionCall2(numeric_round, exact, Int32GetDatum(DIGITS));
}

PG_FUNCTION_INFO_V1(mwmirror_mysql_average_bigint);

/* over the state of int8_avg_accum */
Datum
mwmirror_mysql_average_bigint(PG_FUNCTION_ARGS)
{
	return rounded(fcinfo, numeric_poly_avg);
}

PG_FUNCTION_INFO_V1(mwmirror_mysql_average_integer);

/* over the state of int4_avg_accum and int2_avg_accum */
Datum
mwmirror_mysql_average_integer(PG_FUNCTION_ARGS)
{
	return rounded(fcinfo, int8_avg);
}
