/*
 * mysql_compat/date_format.c
 *	  DATE_FORMAT, WEEK and YEARWEEK.
 */
#include "postgres.h"

#include "fmgr.h"
#include "mysql_compat/moment.h"
#include "plugin/core/compat.h"
#include "utils/builtins.h"

static const char *
ordinal_end(int day)
{
	if (day >= 10 && day <= 19)
		return "th";
	return day % 10 == 1 ? "st" : day % 10 == 2 ? "nd" : day % 10 == 3 ? "rd" : "th";
}

static void
append_week(StringInfo out, const moment *m, int mode, bool its_year)
{
	int year;
	int week = moment_week(m, mode, &year);

	if (its_year)
		appendStringInfo(out, "%04d", year);
	else
		appendStringInfo(out, "%02d", week);
}

/* What stands for a letter behind %; false if it stands for itself. */
static bool
append_part(StringInfo out, const moment *m, char part)
{
	int hour12 = (m->hour + 11) % 12 + 1;

	switch (part)
	{
		case 'Y':
			appendStringInfo(out, "%04d", m->year);
			break;
		case 'y':
			appendStringInfo(out, "%02d", m->year % 100);
			break;
		case 'm':
			appendStringInfo(out, "%02d", m->month);
			break;
		case 'c':
			appendStringInfo(out, "%d", m->month);
			break;
		case 'M':
			appendStringInfoString(out, moment_months[m->month - 1]);
			break;
		case 'b':
			appendBinaryStringInfo(out, moment_months[m->month - 1], 3);
			break;
		case 'd':
			appendStringInfo(out, "%02d", m->day);
			break;
		case 'e':
			appendStringInfo(out, "%d", m->day);
			break;
		case 'D':
			appendStringInfo(out, "%d%s", m->day, ordinal_end(m->day));
			break;
		case 'H':
			appendStringInfo(out, "%02d", m->hour);
			break;
		case 'k':
			appendStringInfo(out, "%d", m->hour);
			break;
		case 'h':
		case 'I':
			appendStringInfo(out, "%02d", hour12);
			break;
		case 'l':
			appendStringInfo(out, "%d", hour12);
			break;
		case 'i':
			appendStringInfo(out, "%02d", m->minute);
			break;
		case 's':
		case 'S':
			appendStringInfo(out, "%02d", m->second);
			break;
		case 'f':
			appendStringInfo(out, "%06d", m->microsecond);
			break;
		case 'p':
			appendStringInfoString(out, m->hour < 12 ? "AM" : "PM");
			break;
		case 'r':
			appendStringInfo(out, "%02d:%02d:%02d %s", hour12, m->minute, m->second,
			                 m->hour < 12 ? "AM" : "PM");
			break;
		case 'T':
			appendStringInfo(out, "%02d:%02d:%02d", m->hour, m->minute, m->second);
			break;
		case 'W':
			appendStringInfoString(out, moment_weekdays[moment_weekday(m)]);
			break;
		case 'a':
			appendBinaryStringInfo(out, moment_weekdays[moment_weekday(m)], 3);
			break;
		case 'w':
			appendStringInfo(out, "%d", moment_weekday(m));
			break;
		case 'j':
		{
			moment first = {.year = m->year, .month = 1, .day = 1};

			appendStringInfo(out, "%03d", moment_day_number(m) - moment_day_number(&first) + 1);
			break;
		}
		case 'U':
			append_week(out, m, 0, false);
			break;
		case 'u':
			append_week(out, m, 1, false);
			break;
		case 'V':
			append_week(out, m, 2, false);
			break;
		case 'v':
			append_week(out, m, 3, false);
			break;
		case 'X':
			append_week(out, m, 2, true);
			break;
		case 'x':
			append_week(out, m, 3, true);
			break;
		default:
			return false;
	}
	return true;
}

PG_FUNCTION_INFO_V1(mwmirror_mysql_date_format);

/* date_format(timestamptz, text) */
Datum
mwmirror_mysql_date_format(PG_FUNCTION_ARGS)
{
	text *format = PG_GETARG_TEXT_PP(1);
	const char *f = VARDATA_ANY(format), *end = f + VARSIZE_ANY_EXHDR(format);
	StringInfoData out;
	moment m;

	if (!moment_of(PG_GETARG_TIMESTAMPTZ(0), &m))
		PG_RETURN_NULL();
	initStringInfo(&out);
	for (; f < end; f++)
	{
		if (*f != '%' || f + 1 == end)
			appendStringInfoChar(&out, *f);
		else if (!append_part(&out, &m, *++f))
			appendStringInfoChar(&out, *f);
	}
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

PG_FUNCTION_INFO_V1(mwmirror_mysql_week);

/* week(timestamptz, mode integer) */
Datum
mwmirror_mysql_week(PG_FUNCTION_ARGS)
{
	moment m;

	if (!moment_of(PG_GETARG_TIMESTAMPTZ(0), &m))
		PG_RETURN_NULL();
	PG_RETURN_INT32(moment_week(&m, PG_GETARG_INT32(1), NULL));
}

PG_FUNCTION_INFO_V1(mwmirror_mysql_yearweek);

/* yearweek(timestamptz, mode integer): weeks are numbered from 1 on, whatever the mode. */
Datum
mwmirror_mysql_yearweek(PG_FUNCTION_ARGS)
{
	moment m;
	int year, week;

	if (!moment_of(PG_GETARG_TIMESTAMPTZ(0), &m))
		PG_RETURN_NULL();
	week = moment_week(&m, PG_GETARG_INT32(1) | 2, &year);
	PG_RETURN_INT32(year * 100 + week);
}
