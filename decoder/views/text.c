/*
 * views/text.c
 *	  SQL function mwmirror.utf8_text(bytea): contents as text (sql/functions/guard.sql).
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "plugin/core/compat.h"
#include "utils/builtins.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

PG_FUNCTION_INFO_V1(mwmirror_utf8_text);

/* NULL, and no error, of bytes that are no text here: not UTF-8, or with a NUL. Databases of the mirror are UTF8. */
Datum
mwmirror_utf8_text(PG_FUNCTION_ARGS)
{
	bytea *bytes = PG_GETARG_BYTEA_PP(0);

	if (!pg_verify_mbstr(PG_UTF8, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), true))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes)));
}
