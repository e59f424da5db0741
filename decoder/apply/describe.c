/*
 * apply/describe.c
 *	  Keys as text; see describe.h.
 */
#include "apply/describe.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"

#define VALUE_MAX 64 /* bytes */

static int64
big_endian(const batch_value *v)
{
	uint64 n = (signed char) v->data[0] < 0 ? UINT64_MAX : 0;

	for (uint32 i = 0; i < v->len; i++)
		n = n << 8 | (unsigned char) v->data[i];
	return (int64) n;
}

static void
describe_text(StringInfo out, const batch_value *v)
{
	int len = (int) Min(v->len, VALUE_MAX + MAX_MULTIBYTE_CHAR_LEN);

	/* what is cut off inside of a character does not count as wrong */
	if (v->len > VALUE_MAX)
		len = Min(len, pg_encoding_verifymbstr(GetDatabaseEncoding(), v->data, len));
	if (!pg_verifymbstr(v->data, len, true))
	{
		appendStringInfo(out, "%u bytes that are no text", v->len);
		return;
	}
	len = pg_mbcliplen(v->data, len, VALUE_MAX);
	appendBinaryStringInfo(out, v->data, len);
	if ((uint32) len < v->len)
		appendStringInfoString(out, "...");
}

static void
describe_value(StringInfo out, Oid type, const batch_value *v)
{
	const bool integer = (type == INT2OID && v->len == 2) || (type == INT4OID && v->len == 4) ||
	                     (type == INT8OID && v->len == 8);

	if (v->form == BATCH_NULL)
		appendStringInfoString(out, "NULL");
	else if (v->form == BATCH_ABSENT)
		appendStringInfoString(out, "absent");
	else if (integer)
		appendStringInfo(out, INT64_FORMAT, big_endian(v));
	else if (type == TEXTOID || type == VARCHAROID || type == BPCHAROID)
		describe_text(out, v);
	else
		appendStringInfo(out, "%u bytes", v->len);
}

void
describe_key(StringInfo out, const shape *s, const batch_value *values)
{
	for (uint32 i = 0; i < s->finds; i++)
	{
		if (i > 0)
			appendStringInfoString(out, ", ");
		describe_value(out, s->columns[i].type, &values[i]);
	}
}
