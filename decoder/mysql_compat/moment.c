/*
 * mysql_compat/moment.c
 *	  Days and times; see moment.h.
 */
#include "mysql_compat/moment.h"

#include "utils/datetime.h"

const char *const moment_months[12] = {"January",   "February", "March",    "April",
                                       "May",       "June",     "July",     "August",
                                       "September", "October",  "November", "December"};
const char *const moment_weekdays[7] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                        "Thursday", "Friday", "Saturday"};

/* Modes of WEEK() as bits, once MODE_FIRST_DAY is turned round for weeks that begin on Sunday. */
#define MODE_MONDAY 1
#define MODE_YEAR 2
#define MODE_FIRST_DAY 4

bool
moment_of(TimestampTz t, moment *m)
{
	struct pg_tm tm;
	fsec_t fsec;

	if (TIMESTAMP_NOT_FINITE(t) || timestamp2tm(t, NULL, &tm, &fsec, NULL, NULL) != 0)
		return false;
	*m = (moment){tm.tm_year, tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, fsec};
	return true;
}

bool
moment_timestamp(const moment *m, TimestampTz *t)
{
	struct pg_tm tm = {0};

	if (m->year < 1 || m->year > 9999 || m->month < 1 || m->month > 12 || m->day < 1 ||
	    m->day > day_tab[isleap(m->year)][m->month - 1] || m->hour < 0 || m->hour > 23 ||
	    m->minute < 0 || m->minute > 59 || m->second < 0 || m->second > 59)
		return false;
	tm.tm_year = m->year;
	tm.tm_mon = m->month;
	tm.tm_mday = m->day;
	tm.tm_hour = m->hour;
	tm.tm_min = m->minute;
	tm.tm_sec = m->second;
	return tm2timestamp(&tm, m->microsecond, NULL, t) == 0;
}

int
moment_day_number(const moment *m)
{
	return date2j(m->year, m->month, m->day);
}

int
moment_weekday(const moment *m)
{
	return j2day(moment_day_number(m));
}

int
moment_year_of_two(int year)
{
	return year < 70 ? 2000 + year : 1900 + year;
}

/* The day on which the first week of a year begins. */
static int
first_week(int year, int mode)
{
	int first = date2j(year, 1, 1);
	int into = (j2day(first) + ((mode & MODE_MONDAY) ? 6 : 0)) % 7; /* days of its week before it */

	if (into == 0)
		return first;
	if (!(mode & MODE_FIRST_DAY) && into <= 3)
		return first - into;
	return first + 7 - into;
}

int
moment_week(const moment *m, int mode, int *year)
{
	int day = moment_day_number(m);
	int of_year = m->year;
	int begin;

	mode &= 7;
	if (!(mode & MODE_MONDAY))
		mode ^= MODE_FIRST_DAY;
	begin = first_week(of_year, mode);
	if (mode & MODE_YEAR)
	{
		if (day < begin)
			begin = first_week(--of_year, mode);
		else if (day >= first_week(of_year + 1, mode))
			begin = first_week(++of_year, mode);
	}
	if (year != NULL)
		*year = of_year;
	return day < begin ? 0 : (day - begin) / 7 + 1;
}

bool
moment_number(const char **text, const char *end, int most, int *value)
{
	const char *begin = *text;

	for (*value = 0; *text < end && *text < begin + most && **text >= '0' && **text <= '9'; ++*text)
		*value = *value * 10 + (**text - '0');
	return *text > begin;
}
