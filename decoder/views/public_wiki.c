/*
 * views/public_wiki.c
 *	  SQL functions by which public views show rows of public wikis alone (sql/functions/guard.sql):
 *
 *	  mwmirror.is_public_wiki(wiki_id)      is it known and not private?
 *	  mwmirror.public_wiki(wiki_id)         it, if it is; else NULL
 *
 * Policies ask the first of each row. Where the query says which wiki it wants, as the views of a wiki do, the planner gets in its place
 *
 *	  wiki_id = mwmirror.public_wiki('enwiki')
 *
 * which is true of no other wiki's rows. As wiki_id is 'enwiki', its equivalence classes make 'enwiki' = mwmirror.public_wiki('enwiki') of that, which
 * has no column, so that it is asked once a query, before any row is read.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_operator_d.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/supportnodes.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "views/planner.h"
#include "views/same_text.h"

PG_FUNCTION_INFO_V1(mwmirror_is_public_wiki);
PG_FUNCTION_INFO_V1(mwmirror_public_wiki);
PG_FUNCTION_INFO_V1(mwmirror_public_wiki_planned);

typedef struct wiki_element
{
	text *wiki;
	bool is_public;
	uint32 hash;
	char status;
} wiki_element;

#define SH_PREFIX wikis
#define SH_ELEMENT_TYPE wiki_element
#define SH_KEY_TYPE text *
#define SH_KEY wiki
#define SH_HASH_KEY(tb, key)                                                                       \
	hash_bytes((const unsigned char *) VARDATA_ANY(key), (int) VARSIZE_ANY_EXHDR(key))
#define SH_EQUAL(tb, a, b) same_text(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, element) (element)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static bool
wiki_is_public(Datum wiki_id)
{
	const Oid wikis = get_relname_relid("wiki", get_namespace_oid("mwmirror", false));
	const Relation relation = table_open(wikis, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;
	bool is_public = false;

	list_free(RelationGetIndexList(relation)); /* or rd_pkindex is not known */
	/* ScanKeyInit says the collation "C", as the column has */
	ScanKeyInit(&key, get_attnum(wikis, "wiki_id"), BTEqualStrategyNumber, F_TEXTEQ, wiki_id);
	scan = systable_beginscan(relation, relation->rd_pkindex, true, GetActiveSnapshot(), 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool is_null;
		const Datum is_private =
		    heap_getattr(tuple, get_attnum(wikis, "private"), RelationGetDescr(relation), &is_null);

		is_public = !is_null && !DatumGetBool(is_private);
	}
	systable_endscan(scan);
	table_close(relation, AccessShareLock);
	return is_public;
}

/* The wikis of one query. */
typedef struct known_wikis
{
	wikis_hash *wikis;
	text *last; /* the one of the row before, as in wikis; NULL: there was none */
	bool last_is_public;
} known_wikis;

static known_wikis *
known_of_call(FmgrInfo *call)
{
	if (call->fn_extra == NULL)
	{
		known_wikis *known = MemoryContextAllocZero(call->fn_mcxt, sizeof(*known));

		known->wikis = wikis_create(call->fn_mcxt, 8, NULL);
		call->fn_extra = known;
	}
	return call->fn_extra;
}

static void
look_up(known_wikis *known, FmgrInfo *call, text *wiki)
{
	wiki_element *element = wikis_lookup(known->wikis, wiki);

	if (element == NULL)
	{
		const bool is_public = wiki_is_public(PointerGetDatum(wiki));
		const MemoryContext before = MemoryContextSwitchTo(call->fn_mcxt);
		text *const kept = DatumGetTextPCopy(PointerGetDatum(wiki));
		bool found;

		MemoryContextSwitchTo(before);
		element = wikis_insert(known->wikis, kept, &found);
		element->is_public = is_public;
	}
	known->last = element->wiki;
	known->last_is_public = element->is_public;
}

Datum
mwmirror_is_public_wiki(PG_FUNCTION_ARGS)
{
	known_wikis *const known = known_of_call(fcinfo->flinfo);
	text *const wiki = PG_GETARG_TEXT_PP(0);

	if (known->last == NULL || !same_text(known->last, wiki))
		look_up(known, fcinfo->flinfo, wiki);
	PG_RETURN_BOOL(known->last_is_public);
}

Datum
mwmirror_public_wiki(PG_FUNCTION_ARGS)
{
	static bool known[] = {false, true};
	FmgrInfo *call = fcinfo->flinfo;
	const bool *is_public = call->fn_extra;

	if (is_public == NULL)
	{
		is_public = &known[wiki_is_public(PG_GETARG_DATUM(0))];
		/* of a constant it is asked once: a join may begin the scan of a view again for each row */
		if (get_fn_expr_arg_stable(call, 0))
			call->fn_extra = (void *) is_public;
	}
	if (!*is_public)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* ---- for the planner ---- */

/* What stands in place of a call; NULL: nothing better. */
static Node *
simplified(SupportRequestSimplify *request)
{
	const Var *wiki = linitial(request->fcall->args);
	Const *constant = planner_constant_of(request->root, (Node *) wiki);
	const Oid types[] = {TEXTOID};
	Oid function;
	Expr *asked;

	if (constant == NULL)
		return NULL;
	function = LookupFuncName(list_make2(makeString("mwmirror"), makeString("public_wiki")), 1,
	                          types, true);
	if (!OidIsValid(function))
		return NULL;
	/* copyObject() of 19 needs typeof_unqual, which GCC 12 has not */
	asked = (Expr *) makeFuncExpr(function, TEXTOID, list_make1(copyObjectImpl(constant)),
	                              wiki->varcollid, constant->constcollid, COERCE_EXPLICIT_CALL);
	return (Node *) make_opclause(TextEqualOperator, BOOLOID, false, (Expr *) copyObjectImpl(wiki),
	                              asked, InvalidOid, wiki->varcollid);
}

Datum
mwmirror_public_wiki_planned(PG_FUNCTION_ARGS)
{
	Node *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestSimplify))
		PG_RETURN_POINTER(simplified((SupportRequestSimplify *) request));
	PG_RETURN_POINTER(planner_selectivity(request, 1 - RARE));
}
