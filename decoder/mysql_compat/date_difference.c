/*
 * mysql_compat/date_difference.c
 *	  TIMESTAMPDIFF.
 */
#include "postgres.h"

#include "fmgr.h"
#include "mysql_compat/moment.h"
#include "plugin/core/compat.h"

/* Whole months from one to the other, which is not earlier. */
static int64
months_between(TimestampTz from, TimestampTz to)
{
	moment a, b;
	int64 months;
	int64 a_in_month, b_in_month;

	if (!moment_of(from, &a) || !moment_of(to, &b))
		return 0;
	months = (b.year - a.year) * 12 + b.month - a.month;
	a_in_month =
	    (((a.day * 24 + a.hour) * 60 + a.minute) * INT64CONST(60) + a.second) * USECS_PER_SEC +
	    a.microsecond;
	b_in_month =
	    (((b.day * 24 + b.hour) * 60 + b.minute) * INT64CONST(60) + b.second) * USECS_PER_SEC +
	    b.microsecond;
	return b_in_month < a_in_month ? months - 1 : months;
}

PG_FUNCTION_INFO_V1(mwmirror_mysql_timestampdiff);

/* timestampdiff(unit text, timestamptz, timestamptz): whole units from the first to the second. */
Datum
mwmirror_mysql_timestampdiff(PG_FUNCTION_ARGS)
{
	static const struct
	{
		const char *name;
		int64 microseconds;
		int months;
	} units[] = {{"microsecond", 1, 0},
	             {"second", USECS_PER_SEC, 0},
	             {"minute", USECS_PER_MINUTE, 0},
	             {"hour", USECS_PER_HOUR, 0},
	             {"day", USECS_PER_DAY, 0},
	             {"week", 7 * USECS_PER_DAY, 0},
	             {"month", 0, 1},
	             {"quarter", 0, 3},
	             {"year", 0, 12}};
	text *unit = PG_GETARG_TEXT_PP(0);
	int length = VARSIZE_ANY_EXHDR(unit);
	TimestampTz from = PG_GETARG_TIMESTAMPTZ(1), to = PG_GETARG_TIMESTAMPTZ(2);

	if (TIMESTAMP_NOT_FINITE(from) || TIMESTAMP_NOT_FINITE(to))
		PG_RETURN_NULL();
	for (int i = 0; i < (int) lengthof(units); i++)
	{
		if ((int) strlen(units[i].name) != length ||
		    pg_strncasecmp(units[i].name, VARDATA_ANY(unit), length) != 0)
			continue;
		if (units[i].months == 0)
			PG_RETURN_INT64((to - from) / units[i].microseconds);
		PG_RETURN_INT64((to >= from ? months_between(from, to) : -months_between(to, from)) /
		                units[i].months);
	}
	ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
	        errmsg("there is no unit \"%.*s\"", length, VARDATA_ANY(unit)));
}
