/*
 * apply/asked.c
 *	  What mwmirror.request_rows() is asked for; see asked.h.
 */
#include "apply/asked.h"

#include "apply/graph.h"
#include "apply/switched.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "wire/batch.h"
#include "wire/mark.h"

void
asked_fail(const char *what)
{
	ereport(ERROR,
	        (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("not of a request: %s", what)));
}

static ArrayType *
get_key(FunctionCallInfo fcinfo, int number)
{
	return PG_ARGISNULL(number) ? NULL : PG_GETARG_ARRAYTYPE_P(number);
}

static const char *
get_text(FunctionCallInfo fcinfo, int number)
{
	return PG_ARGISNULL(number) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(number));
}

static const char **
get_texts(ArrayType *array, uint32 *count)
{
	const char **texts;
	Datum *items;
	bool *nulls;
	int n;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls, &n);
	texts = palloc(Max(n, 1) * sizeof(char *));
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			asked_fail("NULL");
		texts[i] = TextDatumGetCString(items[i]);
		if (strlen(texts[i]) > BATCH_NAME_MAX)
			asked_fail("a text that is too long");
	}
	*count = (uint32) n;
	return texts;
}

#define WHOLE_BEGIN "mwmirror.state."
#define WHOLE_END ".private.v1"

/* True if the stream tells rows as they are (sql/functions/state.sql), and nothing of what they refer to. */
static bool
is_whole(const char *stream)
{
	const size_t len = strlen(stream);

	return strncmp(stream, WHOLE_BEGIN, strlen(WHOLE_BEGIN)) == 0 && len > strlen(WHOLE_END) &&
	       strcmp(stream + len - strlen(WHOLE_END), WHOLE_END) == 0;
}

/* Which streams tell of the rows. */
static void
get_told(FunctionCallInfo fcinfo, asked *a)
{
	uint32 count;

	a->at = get_text(fcinfo, 13);
	if (a->at == NULL)
		a->at = "";
	if (strlen(a->at) > BATCH_TEXT_MAX)
		asked_fail("a position that is too long");
	if (PG_ARGISNULL(11))
		return;
	graph_get(); /* knows the state streams that references need */
	a->told = switched_find(PG_GETARG_DATUM(11));
	a->streams = get_texts(PG_GETARG_ARRAYTYPE_P(11), &a->stream_count);
	for (uint32 i = 0; i < a->stream_count; i++)
		a->refers |= !is_whole(a->streams[i]);
	if (PG_ARGISNULL(12))
		return;
	a->topics = get_texts(PG_GETARG_ARRAYTYPE_P(12), &count);
	if (count != a->stream_count)
		asked_fail("topics and streams of different number");
}

asked
asked_get(FunctionCallInfo fcinfo)
{
	asked a = {0};
	char *kind;

	for (int i = 0; i < PG_NARGS(); i++)
		if (PG_ARGISNULL(i) && (i < 6 || i > 8) && i < 11)
			asked_fail("NULL");
	a.source = text_to_cstring(PG_GETARG_TEXT_PP(0));
	a.head.id = PG_GETARG_INT64(1);
	a.head.number = PG_GETARG_INT64(2);
	kind = text_to_cstring(PG_GETARG_TEXT_PP(3));
	a.wiki = PG_GETARG_TEXT_PP(4);
	a.table = text_to_cstring(PG_GETARG_TEXT_PP(5));
	a.lower = get_key(fcinfo, 6);
	a.upper = get_key(fcinfo, 7);
	a.after = get_key(fcinfo, 8);
	a.most_rows = PG_GETARG_INT32(9);
	a.most_bytes = (Size) Max(PG_GETARG_INT32(10), 1);
	if (a.head.id < 1 || a.head.number < 1 || a.most_rows < 1)
		asked_fail("a number below 1");
	if (strlen(kind) >= REQUEST_KIND_SIZE || kind[0] == '\0' ||
	    strspn(kind, "abcdefghijklmnopqrstuvwxyz") != strlen(kind))
		asked_fail("its kind");
	if (VARSIZE_ANY_EXHDR(a.wiki) == 0 || VARSIZE_ANY_EXHDR(a.wiki) > MARK_WIKI_MOST)
		asked_fail("its wiki");
	strcpy(a.head.kind, kind);
	get_told(fcinfo, &a);
	if (!PG_ARGISNULL(14))
		a.order = get_texts(PG_GETARG_ARRAYTYPE_P(14), &a.order_count);
	a.listed = !PG_ARGISNULL(15) && PG_GETARG_BOOL(15);
	if (!PG_ARGISNULL(17))
		a.since_column = get_text(fcinfo, 16);
	a.since = a.since_column == NULL ? (Datum) 0 : PG_GETARG_DATUM(17);
	a.size_column = get_text(fcinfo, 18);
	if (!PG_ARGISNULL(20))
	{
		a.only_column = get_text(fcinfo, 19);
		a.only = PG_GETARG_INT64(20);
	}
	return a;
}
