/*
 * mysql_compat/value_text.c
 *	  Values as text; see value_text.h.
 */
#include "mysql_compat/value_text.h"

#include "catalog/pg_type.h"
#include "mysql_compat/timestamp14.h"
#include "plugin/core/compat.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"

value_printer *
value_printers(FunctionCallInfo fcinfo, int first)
{
	FmgrInfo *flinfo = fcinfo->flinfo;
	value_printer *printers = flinfo->fn_extra;

	if (printers != NULL)
		return printers;
	printers = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(value_printer) * PG_NARGS());
	for (int i = first; i < PG_NARGS(); i++)
	{
		Oid function;
		bool is_varlena;

		printers[i].type = get_fn_expr_argtype(flinfo, i);
		if (!OidIsValid(printers[i].type))
			ereport(ERROR, errcode(ERRCODE_INDETERMINATE_DATATYPE),
			        errmsg("could not determine the type of argument %d", i + 1));
		getTypeOutputInfo(printers[i].type, &function, &is_varlena);
		fmgr_info_cxt(function, &printers[i].output, flinfo->fn_mcxt);
	}
	flinfo->fn_extra = printers;
	return printers;
}

static void
append_timestamp(StringInfo out, Timestamp t)
{
	struct pg_tm tm;
	fsec_t fsec;

	if (TIMESTAMP_NOT_FINITE(t) || timestamp2tm(t, NULL, &tm, &fsec, NULL, NULL) != 0)
		appendStringInfoString(out, TIMESTAMP_IS_NOBEGIN(t) ? "-infinity" : "infinity");
	else
		appendStringInfo(out, "%04d-%02d-%02d %02d:%02d:%02d", tm.tm_year, tm.tm_mon, tm.tm_mday,
		                 tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* Not by way of a timestamp: there are days that are none. */
static void
append_date(StringInfo out, DateADT date)
{
	int year, month, day;

	if (DATE_NOT_FINITE(date))
		appendStringInfoString(out, DATE_IS_NOBEGIN(date) ? "-infinity" : "infinity");
	else
	{
		j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
		appendStringInfo(out, "%04d-%02d-%02d", year, month, day);
	}
}

void
value_append(StringInfo out, value_printer *printer, Datum value)
{
	char digits[TIMESTAMP14_SIZE];

	switch (printer->type)
	{
		case BOOLOID:
			appendStringInfoChar(out, DatumGetBool(value) ? '1' : '0');
			break;
		case TIMESTAMPTZOID:
			timestamp14_print(DatumGetTimestampTz(value), digits);
			appendStringInfoString(out, digits);
			break;
		case TIMESTAMPOID:
			append_timestamp(out, DatumGetTimestamp(value));
			break;
		case DATEOID:
			append_date(out, DatumGetDateADT(value));
			break;
		case TEXTOID:
		case VARCHAROID:
		{
			text *t = DatumGetTextPP(value);

			appendBinaryStringInfo(out, VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t));
			break;
		}
		default:
		{
			char *printed = OutputFunctionCall(&printer->output, value);

			appendStringInfoString(out, printed);
			pfree(printed);
		}
	}
}
