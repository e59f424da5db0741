/*
 * views/guard.c
 *	  SQL functions that public views and their policies call for each row, or once a query (sql/functions/guard.sql):
 *
 *	  mwmirror.has_bits(bits, mask)                       is any bit of the mask set?
 *	  mwmirror.is_guarded(table, schema, view)            do the table's policies, and no others, say what the view's owner sees?
 *
 * The first is leakproof: it raises no error and tells nothing of its arguments but the answer, so that the planner may use an index on an
 * expression that has it below a policy. C alone is what PostgreSQL never inlines into operators that are not.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "fmgr.h"
#include "rewrite/rowsecurity.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/syscache.h"
#include "views/planner.h"

PG_FUNCTION_INFO_V1(mwmirror_has_bits_smallint);
PG_FUNCTION_INFO_V1(mwmirror_has_bits_integer);
PG_FUNCTION_INFO_V1(mwmirror_is_guarded);
PG_FUNCTION_INFO_V1(mwmirror_rarely_true);

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

/* Whether a policy of somebody else's shows the views' owner rows as well: one for everybody, say, which ours would then hide nothing from. */
static bool
has_other_policy(Oid table, Oid owner)
{
	Relation relation = try_relation_open(table, AccessShareLock);
	bool found = relation == NULL || relation->rd_rsdesc == NULL;
	ListCell *cell;

	foreach (cell, found ? NIL : relation->rd_rsdesc->policies)
	{
		const RowSecurityPolicy *policy = lfirst(cell);
		const Oid *roles = (const Oid *) ARR_DATA_PTR(policy->roles);
		const int count = ArrayGetNItems(ARR_NDIM(policy->roles), ARR_DIMS(policy->roles));

		if (!policy->permissive || (policy->polcmd != '*' && policy->polcmd != ACL_SELECT_CHR) ||
		    strcmp(policy->policy_name, "mwmirror_public") == 0)
			continue;
		for (int i = 0; i < count; i++)
			found |= roles[i] == ACL_ID_PUBLIC || has_privs_of_role(owner, roles[i]);
	}
	if (relation != NULL)
		relation_close(relation, AccessShareLock);
	return found;
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
	if (check_enable_rls(table, owner, true) != RLS_ENABLED || has_other_policy(table, owner))
		PG_RETURN_BOOL(false);
	if (get_fn_expr_arg_stable(call, 0) && get_fn_expr_arg_stable(call, 1) &&
	    get_fn_expr_arg_stable(call, 2))
		call->fn_extra = call;
	PG_RETURN_BOOL(true);
}

/* ---- for the planner, which takes a third of the rows for true of any function ---- */

Datum
mwmirror_rarely_true(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(planner_selectivity((Node *) PG_GETARG_POINTER(0), RARE));
}
