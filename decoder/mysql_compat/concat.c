/*
 * mysql_compat/concat.c
 *	  CONCAT, CONCAT_WS and GROUP_CONCAT, of values of any types.
 */
#include "postgres.h"

#include "fmgr.h"
#include "mysql_compat/value_text.h"
#include "plugin/core/compat.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(mwmirror_mysql_concat);

/* concat(VARIADIC "any"): NULL if one of them is. */
Datum
mwmirror_mysql_concat(PG_FUNCTION_ARGS)
{
	value_printer *printers = value_printers(fcinfo, 0);
	StringInfoData out;

	for (int i = 0; i < PG_NARGS(); i++)
		if (PG_ARGISNULL(i))
			PG_RETURN_NULL();
	initStringInfo(&out);
	for (int i = 0; i < PG_NARGS(); i++)
		value_append(&out, &printers[i], PG_GETARG_DATUM(i));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

PG_FUNCTION_INFO_V1(mwmirror_mysql_concat_ws);

/* concat_ws(text, VARIADIC "any"): without those that are NULL. */
Datum
mwmirror_mysql_concat_ws(PG_FUNCTION_ARGS)
{
	value_printer *printers = value_printers(fcinfo, 1);
	StringInfoData out;
	text *separator;
	bool first = true;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	separator = PG_GETARG_TEXT_PP(0);
	initStringInfo(&out);
	for (int i = 1; i < PG_NARGS(); i++)
	{
		if (PG_ARGISNULL(i))
			continue;
		if (!first)
			appendBinaryStringInfo(&out, VARDATA_ANY(separator), VARSIZE_ANY_EXHDR(separator));
		first = false;
		value_append(&out, &printers[i], PG_GETARG_DATUM(i));
	}
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

/* One more row, of which no value is NULL, its values from argument first on. */
static Datum
add_row(FunctionCallInfo fcinfo, int first, const char *separator, int separator_length)
{
	value_printer *printers = value_printers(fcinfo, first);
	StringInfo state = PG_ARGISNULL(0) ? NULL : (StringInfo) PG_GETARG_POINTER(0);
	MemoryContext context, before;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "group_concat called outside of an aggregate");
	for (int i = first; i < PG_NARGS(); i++)
	{
		if (!PG_ARGISNULL(i))
			continue;
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	if (state != NULL)
		appendBinaryStringInfo(state, separator, separator_length);
	else
	{
		before = MemoryContextSwitchTo(context);
		state = makeStringInfo();
		MemoryContextSwitchTo(before);
	}
	for (int i = first; i < PG_NARGS(); i++)
		value_append(state, &printers[i], PG_GETARG_DATUM(i));
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(mwmirror_mysql_group_concat_add);

/* group_concat_add(internal, VARIADIC "any") */
Datum
mwmirror_mysql_group_concat_add(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, 1, ",", 1);
}

PG_FUNCTION_INFO_V1(mwmirror_mysql_group_concat_with_add);

/* group_concat_with_add(internal, separator text, VARIADIC "any") */
Datum
mwmirror_mysql_group_concat_with_add(PG_FUNCTION_ARGS)
{
	text *separator = PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1);

	if (separator == NULL)
		return add_row(fcinfo, 2, "", 0);
	return add_row(fcinfo, 2, VARDATA_ANY(separator), VARSIZE_ANY_EXHDR(separator));
}

PG_FUNCTION_INFO_V1(mwmirror_mysql_group_concat_end);

/* group_concat_end(internal): NULL if there was no row. */
Datum
mwmirror_mysql_group_concat_end(PG_FUNCTION_ARGS)
{
	StringInfo state;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (StringInfo) PG_GETARG_POINTER(0);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(state->data, state->len));
}
