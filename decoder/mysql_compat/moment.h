/*
 * mysql_compat/moment.h
 *	  A day and time as MariaDB's functions take it apart, always in UTC.
 */
#ifndef MWMIRROR_MYSQL_COMPAT_MOMENT_H
#define MWMIRROR_MYSQL_COMPAT_MOMENT_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/timestamp.h"

typedef struct moment
{
	int year, month, day; /* month and day from 1 on */
	int hour, minute, second, microsecond;
} moment;

/* False: it is infinite. */
bool moment_of(TimestampTz t, moment *m);

/* False: there is no such day or time. */
bool moment_timestamp(const moment *m, TimestampTz *t);

/* The Julian day. */
int moment_day_number(const moment *m);

/* 0 is Sunday. */
int moment_weekday(const moment *m);

/* The week as MariaDB's WEEK() says with one of its eight modes, and in *year, if not NULL, the year to which it belongs. */
int moment_week(const moment *m, int mode, int *year);

/* A year of two digits: 70 to 99 are of the last century. */
int moment_year_of_two(int year);

/*
 * Digits of a number, at most `most` of them; moves *text on. False: there is none.
 */
bool moment_number(const char **text, const char *end, int most, int *value);

extern const char *const moment_months[12];
extern const char *const moment_weekdays[7];

#endif
