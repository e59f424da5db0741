/*
 * views/public_tag.c
 *	  SQL function that policies call for each row with a tag (sql/functions/guard.sql):
 *
 *	  mwmirror.has_public_tag(table, wiki_id, tag_id)     may everyone know of it?
 *
 * A wiki has few tags and millions of rows with them: they are asked for once a query, by mwmirror.public_tags().
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_operator_d.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/supportnodes.h"
#include "parser/parse_func.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "views/planner.h"
#include "views/same_text.h"

PG_FUNCTION_INFO_V1(mwmirror_has_public_tag);
PG_FUNCTION_INFO_V1(mwmirror_public_tag_planned);

/* The public tags of the wiki of the row before. */
typedef struct public_tags
{
	bool one_wiki;         /* wiki and table are the same in all calls */
	MemoryContext context; /* of what follows */
	text *table;
	text *wiki; /* NULL: nothing is known */
	ArrayType *array;
	const int64 *ids; /* in the array, in order */
	int count;
	int64 last; /* the tag of the row before, if any_last */
	bool any_last;
	bool last_is_public;
} public_tags;

static ArrayType *
ask(text *table, text *wiki)
{
	const Oid types[] = {TEXTOID, TEXTOID};
	const Oid function = LookupFuncName(
	    list_make2(makeString("mwmirror"), makeString("public_tags")), 2, types, false);

	return DatumGetArrayTypePCopy(
	    OidFunctionCall2(function, PointerGetDatum(table), PointerGetDatum(wiki)));
}

static void
load(public_tags *t, text *table, text *wiki)
{
	MemoryContext before;

	t->wiki = NULL;
	t->any_last = false;
	MemoryContextReset(t->context);
	before = MemoryContextSwitchTo(t->context);
	t->table = DatumGetTextPCopy(PointerGetDatum(table));
	t->array = ask(table, wiki);
	t->ids = (const int64 *) ARR_DATA_PTR(t->array);
	t->count = ArrayGetNItems(ARR_NDIM(t->array), ARR_DIMS(t->array));
	t->wiki = DatumGetTextPCopy(PointerGetDatum(wiki));
	MemoryContextSwitchTo(before);
}

static public_tags *
tags_of_call(FunctionCallInfo fcinfo, text *table, text *wiki)
{
	public_tags *t = fcinfo->flinfo->fn_extra;

	if (t == NULL)
	{
		t = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(*t));
		t->context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "mwmirror public tags",
		                                   ALLOCSET_SMALL_SIZES);
		t->one_wiki =
		    get_fn_expr_arg_stable(fcinfo->flinfo, 0) && get_fn_expr_arg_stable(fcinfo->flinfo, 1);
		fcinfo->flinfo->fn_extra = t;
	}
	if (t->wiki == NULL ||
	    (!t->one_wiki && !(same_text(t->wiki, wiki) && same_text(t->table, table))))
		load(t, table, wiki);
	return t;
}

static bool
has_id(const public_tags *t, int64 id)
{
	int low = 0;
	int high = t->count;

	while (low < high)
	{
		const int middle = low + (high - low) / 2;

		if (t->ids[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < t->count && t->ids[low] == id;
}

Datum
mwmirror_has_public_tag(PG_FUNCTION_ARGS)
{
	public_tags *t;
	int64 id;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_BOOL(false);
	t = tags_of_call(fcinfo, PG_GETARG_TEXT_PP(0), PG_GETARG_TEXT_PP(1));
	id = PG_GETARG_INT64(2);
	/* in an index they are together */
	if (!t->any_last || t->last != id)
	{
		t->last_is_public = has_id(t, id);
		t->last = id;
		t->any_last = true;
	}
	PG_RETURN_BOOL(t->last_is_public);
}

/* ---- for the planner ---- */

/*
 * Of a query that says which wiki it wants: wiki_id = 'enwiki' AND mwmirror.has_public_tag(table, 'enwiki', tag_id), which needs no wiki of a row that
 * an index has found. NULL: nothing better.
 */
static Node *
simplified(SupportRequestSimplify *request)
{
	FuncExpr *call;
	Var *wiki = lsecond(request->fcall->args);
	Const *constant = planner_constant_of(request->root, (Node *) wiki);

	if (constant == NULL)
		return NULL;
	call = copyObjectImpl(request->fcall);
	lsecond(call->args) = copyObjectImpl(constant);
	return (Node *) makeBoolExpr(
	    AND_EXPR,
	    list_make2(make_opclause(TextEqualOperator, BOOLOID, false, copyObjectImpl(wiki),
	                             copyObjectImpl(constant), InvalidOid, wiki->varcollid),
	               call),
	    -1);
}

Datum
mwmirror_public_tag_planned(PG_FUNCTION_ARGS)
{
	Node *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestSimplify))
		PG_RETURN_POINTER(simplified((SupportRequestSimplify *) request));
	PG_RETURN_POINTER(planner_selectivity(request, 1 - RARE));
}
