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
append_timestamp(StringInfo out, Timestamp t, bool with_time)
{
	struct pg_tm tm;
	fsec_t fsec;

	if (TIMESTAMP_NOT_FINITE(t) || timestamp2tm(t, NULL, &tm, &fsec, NULL, NULL) != 0)
		appendStringInfoString(out, TIMESTAMP_IS_NOBEGIN(t) ? "-infinity" : "infinity");
	else
	{
		appendStringInfo(out, "%04d-%02d-%02d", tm.tm_year, tm.tm_mon, tm.tm_mday);
		if (with_time)
			appendStringInfo(out, " %02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
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
			append_timestamp(out, DatumGetTimestamp(value), true);
			break;
		case DATEOID:
			append_timestamp(out, date2timestamp_no_overflow(DatumGetDateADT(value)), false);
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
