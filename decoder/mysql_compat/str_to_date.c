/*
 * mysql_compat/str_to_date.c
 *	  Texts to times: STR_TO_DATE, and what MariaDB takes for a time where it needs one.
 */
#include "postgres.h"

#include "fmgr.h"
#include "mysql_compat/moment.h"
#include "plugin/core/compat.h"

typedef struct parsing
{
	const char *text, *end;
	moment m;
	int day_of_year; /* 0: not said */
	bool half;       /* hours are of half a day */
	bool afternoon;
} parsing;

/* One of the names, whole or its first three letters, in any case. Its number; -1: none. */
static int
parse_name(parsing *p, const char *const *names, int count, bool whole)
{
	for (int i = 0; i < count; i++)
	{
		int length = whole ? strlen(names[i]) : 3;

		if (p->end - p->text >= length && pg_strncasecmp(p->text, names[i], length) == 0)
		{
			p->text += length;
			return i;
		}
	}
	return -1;
}

static bool
parse_year(parsing *p, int most)
{
	const char *begin = p->text;

	if (!moment_number(&p->text, p->end, most, &p->m.year))
		return false;
	if (p->text - begin <= 2)
		p->m.year = moment_year_of_two(p->m.year);
	return true;
}

static bool
parse_fraction(parsing *p)
{
	const char *begin = p->text;

	if (!moment_number(&p->text, p->end, 6, &p->m.microsecond))
		return false;
	for (int digits = p->text - begin; digits < 6; digits++)
		p->m.microsecond *= 10;
	return true;
}

static bool parse_format(parsing *p, const char *format, const char *end);

/* What a letter behind % stands for. False: the text has no such thing. */
static bool
parse_part(parsing *p, char part)
{
	int ignored, hour;

	switch (part)
	{
		case 'Y':
			return parse_year(p, 4);
		case 'y':
			return parse_year(p, 2);
		case 'm':
		case 'c':
			return moment_number(&p->text, p->end, 2, &p->m.month);
		case 'M':
		case 'b':
			return (p->m.month = parse_name(p, moment_months, 12, part == 'M') + 1) > 0;
		case 'd':
		case 'e':
			return moment_number(&p->text, p->end, 2, &p->m.day);
		case 'D':
			if (!moment_number(&p->text, p->end, 2, &p->m.day))
				return false;
			p->text += Min(2, p->end - p->text);
			return true;
		case 'h':
		case 'I':
		case 'l':
			p->half = true;
			if (!moment_number(&p->text, p->end, 2, &hour) || hour < 1 || hour > 12)
				return false;
			p->m.hour = hour;
			return true;
		case 'H':
		case 'k':
			return moment_number(&p->text, p->end, 2, &p->m.hour);
		case 'i':
			return moment_number(&p->text, p->end, 2, &p->m.minute);
		case 's':
		case 'S':
			return moment_number(&p->text, p->end, 2, &p->m.second);
		case 'f':
			return parse_fraction(p);
		case 'p':
			if (p->end - p->text < 2 || (p->text[1] != 'M' && p->text[1] != 'm'))
				return false;
			p->afternoon = pg_toupper(p->text[0]) == 'P';
			if (!p->afternoon && pg_toupper(p->text[0]) != 'A')
				return false;
			p->text += 2;
			return true;
		case 'W':
		case 'a':
			return parse_name(p, moment_weekdays, 7, part == 'W') >= 0;
		case 'w':
			return moment_number(&p->text, p->end, 1, &ignored);
		case 'j':
			return moment_number(&p->text, p->end, 3, &p->day_of_year) && p->day_of_year > 0;
		case 'T':
			return parse_format(p, "%H:%i:%S", NULL);
		case 'r':
			return parse_format(p, "%I:%i:%S %p", NULL);
		default:
			return false;
	}
}

/* The text by a format, to the end of either. end NULL: the format ends with NUL. */
static bool
parse_format(parsing *p, const char *format, const char *end)
{
	if (end == NULL)
		end = format + strlen(format);
	for (; format < end && p->text < p->end; format++)
	{
		while (p->text < p->end && isspace((unsigned char) *p->text))
			p->text++;
		if (isspace((unsigned char) *format))
			continue;
		if (p->text == p->end)
			break;
		if (*format == '%' && format + 1 < end)
		{
			if (!parse_part(p, *++format))
				return false;
		}
		else if (*format != *p->text++)
			return false;
	}
	return true;
}

PG_FUNCTION_INFO_V1(mwmirror_mysql_str_to_date);

/* str_to_date(text, format text): NULL if it does not say a whole day. */
Datum
mwmirror_mysql_str_to_date(PG_FUNCTION_ARGS)
{
	text *value = PG_GETARG_TEXT_PP(0), *format = PG_GETARG_TEXT_PP(1);
	parsing p = {.text = VARDATA_ANY(value), .end = VARDATA_ANY(value) + VARSIZE_ANY_EXHDR(value)};
	TimestampTz t;

	if (!parse_format(&p, VARDATA_ANY(format), VARDATA_ANY(format) + VARSIZE_ANY_EXHDR(format)))
		PG_RETURN_NULL();
	if (p.half)
		p.m.hour = p.m.hour % 12 + (p.afternoon ? 12 : 0);
	if (p.day_of_year > 0)
		p.m.month = p.m.day = 1;
	if (!moment_timestamp(&p.m, &t))
		PG_RETURN_NULL();
	if (p.day_of_year > 0)
		t += (p.day_of_year - 1) * USECS_PER_DAY;
	PG_RETURN_TIMESTAMPTZ(t);
}

/* YYYYMMDDHHMMSS, YYMMDDHHMMSS, YYYYMMDD or YYMMDD. */
static bool
parse_digits(parsing *p, int digits)
{
	if (digits != 14 && digits != 12 && digits != 8 && digits != 6)
		return false;
	if (!parse_year(p, digits == 14 || digits == 8 ? 4 : 2) ||
	    !moment_number(&p->text, p->end, 2, &p->m.month) ||
	    !moment_number(&p->text, p->end, 2, &p->m.day))
		return false;
	return digits <= 8 || (moment_number(&p->text, p->end, 2, &p->m.hour) &&
	                       moment_number(&p->text, p->end, 2, &p->m.minute) &&
	                       moment_number(&p->text, p->end, 2, &p->m.second));
}

static bool
skip_punctuation(parsing *p)
{
	const char *begin = p->text;

	while (p->text < p->end && ispunct((unsigned char) *p->text))
		p->text++;
	return p->text > begin;
}

/* Parts with anything between them: 2024-1-2 3:04:05.6; the time may be cut. */
static bool
parse_parts(parsing *p)
{
	int *const parts[] = {&p->m.hour, &p->m.minute, &p->m.second};

	if (!parse_year(p, 4) || !skip_punctuation(p) ||
	    !moment_number(&p->text, p->end, 2, &p->m.month) || !skip_punctuation(p) ||
	    !moment_number(&p->text, p->end, 2, &p->m.day))
		return false;
	if (p->text < p->end && (*p->text == 'T' || isspace((unsigned char) *p->text)))
		p->text++;
	for (int i = 0; i < 3; i++)
	{
		if (!moment_number(&p->text, p->end, 2, parts[i]))
			return true;
		if (p->text < p->end && *p->text != (i < 2 ? ':' : '.'))
			return true;
		p->text++;
	}
	if (p->text < p->end)
		parse_fraction(p);
	return true;
}

PG_FUNCTION_INFO_V1(mwmirror_mysql_to_datetime);

/* to_datetime(text): NULL if it says none. */
Datum
mwmirror_mysql_to_datetime(PG_FUNCTION_ARGS)
{
	text *value = PG_GETARG_TEXT_PP(0);
	parsing p = {.text = VARDATA_ANY(value), .end = VARDATA_ANY(value) + VARSIZE_ANY_EXHDR(value)};
	TimestampTz t;
	int digits = 0;

	while (p.text < p.end && isspace((unsigned char) *p.text))
		p.text++;
	while (p.text + digits < p.end && isdigit((unsigned char) p.text[digits]))
		digits++;
	if (!(digits > 4 ? parse_digits(&p, digits) : parse_parts(&p)) || !moment_timestamp(&p.m, &t))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(t);
}
