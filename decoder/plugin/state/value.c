/*
 * plugin/state/value.c
 *	  A value of a row as a member's; see value.h.
 */
#include "plugin/state/value.h"

#include "access/detoast.h"
#include "plugin/core/json.h"
#include "plugin/core/value_json.h"
#include "wire/wire.h"

static void
put_null(StringInfo out)
{
	json_raw(out, "null", strlen("null"));
}

/* put_long writes what may be larger than the message; it is not read where its size tells. */
static void
put_long(session *s, Oid type, Datum value, StringInfo out)
{
	const int start = out->len;

	if (toast_raw_datum_size(value) <= s->options.content)
		value_json(out, type, value);
	if (out->len > start && (uint64) out->len <= s->options.content)
		return;
	s->lacks |= WIRE_CONTENT_LARGE;
	out->len = start;
	out->data[start] = '\0';
	put_null(out);
}

void
state_put_value(session *s, const whole_row *row, int number, StringInfo out)
{
	const whole_column *column = &row->table->columns[number];

	if (row->nulls[number])
		put_null(out);
	else if (column->is_long)
		put_long(s, column->type, row->values[number], out);
	else
		value_json(out, column->type, row->values[number]);
}
