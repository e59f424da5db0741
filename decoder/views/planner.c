/*
 * views/planner.c
 *	  What the planner is told of functions that public views call; see planner.h.
 */
#include "views/planner.h"

#include "catalog/pg_operator_d.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/supportnodes.h"

Node *
planner_selectivity(Node *request, double share)
{
	SupportRequestSelectivity *s = (SupportRequestSelectivity *) request;

	if (!IsA(request, SupportRequestSelectivity))
		return NULL;
	s->selectivity = share;
	return request;
}

/*
 * Whether a relation is in this part of FROM; if so, adds to conditions those that it demands of all rows: of inner joins and WHERE, not of outer
 * joins, whatever side the relation is on.
 */
static bool
gather_conditions(Node *node, int rtindex, List **conditions)
{
	List *within = NIL;
	Node *quals = NULL;
	ListCell *cell;
	bool found = false;

	if (IsA(node, RangeTblRef))
		return ((RangeTblRef *) node)->rtindex == rtindex;
	if (IsA(node, FromExpr))
	{
		within = ((FromExpr *) node)->fromlist;
		quals = ((FromExpr *) node)->quals;
	}
	else if (IsA(node, JoinExpr))
	{
		const JoinExpr *join = (JoinExpr *) node;

		within = list_make2(join->larg, join->rarg);
		if (join->jointype == JOIN_INNER)
			quals = join->quals;
	}
	foreach (cell, within)
		found = found || gather_conditions(lfirst(cell), rtindex, conditions);
	/* those of FROM have been made a list by now; those that have not are one expression */
	if (found && quals != NULL)
		*conditions = list_concat(
		    *conditions, IsA(quals, List) ? (List *) quals : make_ands_implicit((Expr *) quals));
	return found;
}

Const *
planner_constant_of(PlannerInfo *root, const Node *column)
{
	const Var *var = (const Var *) column;
	List *conditions = NIL;
	ListCell *cell;

	if (root == NULL || !IsA(var, Var) || var->varlevelsup != 0 || var->vartype != TEXTOID)
		return NULL;
	gather_conditions((Node *) root->parse->jointree, var->varno, &conditions);
	foreach (cell, conditions)
	{
		const OpExpr *clause = lfirst(cell);

		/* by another collation, that the query names, what is equal may have other bytes */
		if (!IsA(clause, OpExpr) || clause->opno != TextEqualOperator ||
		    clause->inputcollid != var->varcollid)
			continue;
		for (int side = 0; side < 2; side++)
		{
			Const *constant = list_nth(clause->args, 1 - side);

			if (equal(list_nth(clause->args, side), var) && IsA(constant, Const) &&
			    !constant->constisnull && constant->consttype == TEXTOID)
				return constant;
		}
	}
	return NULL;
}
