/*
 * mysql_compat/value_text.h
 *	  Values of any type as text, as MariaDB prints what MediaWiki's columns hold.
 */
#ifndef MWMIRROR_MYSQL_COMPAT_VALUE_TEXT_H
#define MWMIRROR_MYSQL_COMPAT_VALUE_TEXT_H

#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"

/* What an argument's type needs; of a call site, kept in its flinfo. */
typedef struct value_printer
{
	Oid type;
	FmgrInfo output;
} value_printer;

/* The printers of all arguments from the given one on, made at the first call of this call site. An ERROR if a type is not known. */
value_printer *value_printers(FunctionCallInfo fcinfo, int first);

/* Appends a value that is not NULL: boolean 1 or 0, timestamptz MediaWiki's 14 digits, timestamp and date in ISO's form, others as PostgreSQL prints them. */
void value_append(StringInfo out, value_printer *printer, Datum value);

#endif
