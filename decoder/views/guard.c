/*
 * views/guard.c
 *	  SQL functions that public views and their policies call for each row, or once a query (sql/functions/guard.sql):
 *
 *	  mwmirror.has_bits(bits, mask)                       is any bit of the mask set?
 *	  mwmirror.is_public_wiki(wiki_id, public_wikis)      is it one of them?
 *	  mwmirror.is_guarded(table, schema, view)            do the table's policies apply to the view's owner?
 *
 * The first two are leakproof: they raise no error and tell nothing of their arguments but the answer, so that the planner may use an index on an
 * expression that has them below a policy. C alone is what PostgreSQL never inlines into operators that are not.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/supportnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(mwmirror_has_bits_smallint);
PG_FUNCTION_INFO_V1(mwmirror_has_bits_integer);
PG_FUNCTION_INFO_V1(mwmirror_is_public_wiki);
PG_FUNCTION_INFO_V1(mwmirror_is_guarded);
PG_FUNCTION_INFO_V1(mwmirror_rarely_true);
PG_FUNCTION_INFO_V1(mwmirror_mostly_true);

/* What the planner is to believe of how many rows have hidden parts. */
#define RARE 0.002

/* Bits that are NULL are none: MediaWiki's default is 0. */
Datum
mwmirror_has_bits_smallint(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!PG_ARGISNULL(0) && !PG_ARGISNULL(1) &&
	               (PG_GETARG_INT16(0) & PG_GETARG_INT32(1)) != 0);
}

Datum
mwmirror_has_bits_integer(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!PG_ARGISNULL(0) && !PG_ARGISNULL(1) &&
	               (PG_GETARG_INT32(0) & PG_GETARG_INT32(1)) != 0);
}

/* The list of one query, and the answer for the wiki of the row before. */
typedef struct public_wikis
{
	Datum list;   /* the argument that it was made of */
	Datum *wikis; /* text, in the order of their bytes */
	int count;
	const text *last; /* one of wikis; NULL: the row before was of none */
} public_wikis;

static int
compare_bytes(const void *a, const void *b)
{
	const text *x = DatumGetTextPP(*(const Datum *) a);
	const text *y = DatumGetTextPP(*(const Datum *) b);
	const int x_len = VARSIZE_ANY_EXHDR(x);
	const int y_len = VARSIZE_ANY_EXHDR(y);
	const int order = memcmp(VARDATA_ANY(x), VARDATA_ANY(y), Min(x_len, y_len));

	return order != 0 ? order : x_len - y_len;
}

/* The list as it is looked up in: of a subquery that does not hang on the row it is the same all the time, and so is where it lies. */
static public_wikis *
wikis_of_call(FunctionCallInfo fcinfo)
{
	public_wikis *w = fcinfo->flinfo->fn_extra;
	MemoryContext before;
	Datum *wikis;
	bool *nulls;
	int count;

	if (w != NULL && w->list == PG_GETARG_DATUM(1))
		return w;
	before = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	w = palloc0(sizeof(*w));
	w->list = PG_GETARG_DATUM(1);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P_COPY(1), TEXTOID, -1, false, TYPALIGN_INT, &wikis,
	                  &nulls, &count);
	w->wikis = palloc(Max(count, 1) * sizeof(Datum));
	for (int i = 0; i < count; i++)
		if (!nulls[i])
			w->wikis[w->count++] = wikis[i];
	qsort(w->wikis, w->count, sizeof(Datum), compare_bytes);
	MemoryContextSwitchTo(before);
	fcinfo->flinfo->fn_extra = w;
	return w;
}

Datum
mwmirror_is_public_wiki(PG_FUNCTION_ARGS)
{
	public_wikis *w;
	const text *wiki;
	Datum key;
	const Datum *found;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(false);
	w = wikis_of_call(fcinfo);
	wiki = PG_GETARG_TEXT_PP(0);
	key = PointerGetDatum(wiki);
	if (w->last != NULL)
	{
		const Datum last = PointerGetDatum(w->last);

		if (compare_bytes(&key, &last) == 0)
			PG_RETURN_BOOL(true);
	}
	found = bsearch(&key, w->wikis, w->count, sizeof(Datum), compare_bytes);
	if (found != NULL)
		w->last = DatumGetTextPP(*found);
	PG_RETURN_BOOL(found != NULL);
}

/*
 * The view by its name, as it cannot name itself by its oid, and without asking for rights on its schema: who reads it through a view of somebody
 * else needs none.
 */
Datum
mwmirror_is_guarded(PG_FUNCTION_ARGS)
{
	FmgrInfo *call = fcinfo->flinfo;
	const Oid table = PG_GETARG_OID(0);
	Oid schema;
	Oid view;
	HeapTuple tuple;
	Oid owner;

	/* of constants it is asked once: a join may begin the scan of a view again for each row */
	if (call->fn_extra != NULL)
		PG_RETURN_BOOL(true);
	schema = get_namespace_oid(text_to_cstring(PG_GETARG_TEXT_PP(1)), true);
	view = OidIsValid(schema) ? get_relname_relid(text_to_cstring(PG_GETARG_TEXT_PP(2)), schema)
	                          : InvalidOid;
	if (!OidIsValid(view))
		PG_RETURN_BOOL(false);
	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(view));
	if (!HeapTupleIsValid(tuple))
		PG_RETURN_BOOL(false);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	if (check_enable_rls(table, owner, true) != RLS_ENABLED)
		PG_RETURN_BOOL(false);
	if (get_fn_expr_arg_stable(call, 0) && get_fn_expr_arg_stable(call, 1) &&
	    get_fn_expr_arg_stable(call, 2))
		call->fn_extra = call;
	PG_RETURN_BOOL(true);
}

/* ---- for the planner, which takes a third of the rows for true of any function ---- */

static Datum
selectivity(Node *request, double share)
{
	SupportRequestSelectivity *s = (SupportRequestSelectivity *) request;

	if (!IsA(request, SupportRequestSelectivity))
		return PointerGetDatum(NULL);
	s->selectivity = share;
	return PointerGetDatum(request);
}

Datum
mwmirror_rarely_true(PG_FUNCTION_ARGS)
{
	return selectivity((Node *) PG_GETARG_POINTER(0), RARE);
}

Datum
mwmirror_mostly_true(PG_FUNCTION_ARGS)
{
	return selectivity((Node *) PG_GETARG_POINTER(0), 1 - RARE);
}
