/*
 * mysql_compat/timestamp14.c
 *	  Timestamps as 14 digits; see timestamp14.h.
 */
#include "mysql_compat/timestamp14.h"

#include "fmgr.h"
#include "plugin/core/compat.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

#define FIELDS 6
#define FIRST_YEAR 1
#define LAST_YEAR 9999

int
timestamp14_print(TimestampTz t, char text[TIMESTAMP14_SIZE])
{
	struct pg_tm tm;
	fsec_t fsec;

	if (TIMESTAMP_IS_NOBEGIN(t))
		return snprintf(text, TIMESTAMP14_SIZE, "-infinity");
	/* without a time zone the fields are those of UTC; it fails for no timestamp that can be stored */
	if (TIMESTAMP_IS_NOEND(t) || timestamp2tm(t, NULL, &tm, &fsec, NULL, NULL) != 0)
		return snprintf(text, TIMESTAMP14_SIZE, "infinity");
	return snprintf(text, TIMESTAMP14_SIZE, "%04d%02d%02d%02d%02d%02d", Max(tm.tm_year, 0),
	                tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* The last value of a field, by those before it. */
static int
field_last(const int value[FIELDS], int field)
{
	static const int last[FIELDS] = {LAST_YEAR, 12, 0, 23, 59, 59};

	return field == 2 ? day_tab[isleap(value[0])][value[1] - 1] : last[field];
}

/* Below, equal to or above zero, as the digits of a field's value are before, at or behind the text, or what there is of it. */
static int
field_order(int field, int value, const char *text, int length)
{
	char digits[8];
	int width = snprintf(digits, sizeof(digits), "%0*d", field == 0 ? 4 : 2, value);

	return memcmp(digits, text, Min(width, length));
}

/* Values of the fields from the given one on, whose digits are the first that are not before the text. False: there are none. */
static bool
fields_find(int value[FIELDS], int field, const char *text, int length)
{
	int width = field == 0 ? 4 : 2;
	int first = field == 0 ? FIRST_YEAR : field < 3 ? 1 : 0;
	int behind;

	if (field == FIELDS)
		return false;
	/* the first value that is not before the text, whose number of digits is fixed */
	behind = field_last(value, field) + 1;
	for (value[field] = first; value[field] < behind;)
	{
		int middle = value[field] + (behind - value[field]) / 2;

		if (field_order(field, middle, text, length) < 0)
			value[field] = middle + 1;
		else
			behind = middle;
	}
	/* that, or the one behind it */
	for (; value[field] <= field_last(value, field); value[field]++)
	{
		if (field_order(field, value[field], text, length) == 0 && length > width)
		{
			if (fields_find(value, field + 1, text + width, length - width))
				return true;
			continue;
		}
		for (int later = field + 1; later < FIELDS; later++)
			value[later] = later < 3 ? 1 : 0;
		return true;
	}
	return false;
}

TimestampTz
timestamp14_ceiling(const char *text, int length)
{
	int value[FIELDS];
	struct pg_tm tm = {0};
	TimestampTz t;

	if (!fields_find(value, 0, text, length))
		return DT_NOEND;
	tm.tm_year = value[0];
	tm.tm_mon = value[1];
	tm.tm_mday = value[2];
	tm.tm_hour = value[3];
	tm.tm_min = value[4];
	tm.tm_sec = value[5];
	return tm2timestamp(&tm, 0, NULL, &t) == 0 ? t : DT_NOEND;
}

TimestampTz
timestamp14_floor(const char *text, int length)
{
	TimestampTz t = timestamp14_ceiling(text, length);
	char digits[TIMESTAMP14_SIZE];
	int digits_length = timestamp14_print(t, digits);
	int order = memcmp(digits, text, Min(digits_length, length));

	if (order == 0)
		order = digits_length - length;
	/* before the text is infinity, if no other */
	if (order <= 0)
		return t;
	return TIMESTAMP_IS_NOEND(t) ? timestamp14_ceiling("99991231235959", 14) : t - USECS_PER_SEC;
}

PG_FUNCTION_INFO_V1(mwmirror_mysql_timestamp14);

Datum
mwmirror_mysql_timestamp14(PG_FUNCTION_ARGS)
{
	char text[TIMESTAMP14_SIZE];
	int length = timestamp14_print(PG_GETARG_TIMESTAMPTZ(0), text);

	PG_RETURN_TEXT_P(cstring_to_text_with_len(text, length));
}

PG_FUNCTION_INFO_V1(mwmirror_mysql_timestamp14_ceiling);

Datum
mwmirror_mysql_timestamp14_ceiling(PG_FUNCTION_ARGS)
{
	text *value = PG_GETARG_TEXT_PP(0);

	PG_RETURN_TIMESTAMPTZ(timestamp14_ceiling(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)));
}

PG_FUNCTION_INFO_V1(mwmirror_mysql_timestamp14_floor);

Datum
mwmirror_mysql_timestamp14_floor(PG_FUNCTION_ARGS)
{
	text *value = PG_GETARG_TEXT_PP(0);

	PG_RETURN_TIMESTAMPTZ(timestamp14_floor(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)));
}
