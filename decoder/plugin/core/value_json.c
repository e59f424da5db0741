/*
 * plugin/core/value_json.c
 *	  Values as JSON; see value_json.h.
 */
#include "plugin/core/value_json.h"

#include <math.h>

#include "catalog/pg_type_d.h"
#include "common/base64.h"
#include "common/shortest_dec.h"
#include "fmgr.h"
#include "plugin/core/compat.h"
#include "plugin/core/json.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/lsyscache.h"

#define UTC "+00:00"

static void
put_bytes(StringInfo out, Datum value)
{
	const struct varlena *bytes = PG_DETOAST_DATUM_PACKED(value);
	int len = VARSIZE_ANY_EXHDR(bytes);
	int most = pg_b64_enc_len(len);

	/* none of its characters needs an escape */
	appendStringInfoChar(out, '"');
	enlargeStringInfo(out, most + 1);
	len = pg_b64_encode((const void *) VARDATA_ANY(bytes), len, out->data + out->len, most);
	if (len < 0)
		elog(ERROR, "a value of %d bytes does not fit into base64 of %d",
		     (int) VARSIZE_ANY_EXHDR(bytes), most);
	out->len += len;
	out->data[out->len] = '\0';
	appendStringInfoChar(out, '"');
}

/* In the shortest form that says it exactly, whatever extra_float_digits is. JSON has no number for what is not finite. */
static void
put_float(StringInfo out, bool is_double, Datum datum)
{
	char text[DOUBLE_SHORTEST_DECIMAL_LEN];
	const double value = is_double ? DatumGetFloat8(datum) : DatumGetFloat4(datum);

	if (is_double)
		double_to_shortest_decimal_buf(value, text);
	else
		float_to_shortest_decimal_buf((float) value, text);
	if (isfinite(value))
		appendStringInfoString(out, text);
	else
		json_string(out, text);
}

static void
put_time(StringInfo out, Oid type, Datum value)
{
	const int utc = 0;
	char text[MAXDATELEN + 1];
	size_t len;

	JsonEncodeDateTime(text, value, type, type == TIMESTAMPTZOID ? &utc : NULL);
	len = strlen(text);
	if (type == TIMESTAMPTZOID && len > strlen(UTC) && strcmp(text + len - strlen(UTC), UTC) == 0)
		strcpy(text + len - strlen(UTC), "Z");
	json_string(out, text);
}

static void
put_text_form(StringInfo out, Oid type, Datum value)
{
	Oid function;
	bool is_varlena;

	getTypeOutputInfo(type, &function, &is_varlena);
	json_string(out, OidOutputFunctionCall(function, value));
}

void
value_json(StringInfo out, Oid type, Datum value)
{
	switch (type)
	{
		case TEXTOID:
		case VARCHAROID:
			json_string(out, TextDatumGetCString(value));
			break;
		case BYTEAOID:
			put_bytes(out, value);
			break;
		case BOOLOID:
			json_raw(out, DatumGetBool(value) ? "true" : "false", DatumGetBool(value) ? 4 : 5);
			break;
		case INT2OID:
			json_int(out, DatumGetInt16(value));
			break;
		case INT4OID:
			json_int(out, DatumGetInt32(value));
			break;
		case INT8OID:
			json_int(out, DatumGetInt64(value));
			break;
		case FLOAT4OID:
		case FLOAT8OID:
			put_float(out, type == FLOAT8OID, value);
			break;
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			put_time(out, type, value);
			break;
		default:
			put_text_form(out, type, value);
	}
}
