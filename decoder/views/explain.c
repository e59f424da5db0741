/*
 * views/explain.c
 *	  The setting mwmirror.explain: off, a role sees no plans.
 *
 * The planner estimates by statistics of whole tables, hidden rows and private wikis included, and EXPLAIN shows what it makes of them: how many
 * rows are below a value that is asked for, and so, asked often enough, what values there are; with ANALYZE, how many rows a policy has left out.
 * So does debug_print_plan, which anybody may set. PostgreSQL has no right for either.
 *
 *	  ALTER ROLE name SET session_preload_libraries = 'mwmirror';	the role cannot change either
 *	  ALTER ROLE name SET mwmirror.explain = off;
 */
#include "postgres.h"

#include "fmgr.h"
#include "nodes/parsenodes.h"
#include "optimizer/planner.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/guc.h"

extern PGDLLEXPORT void _PG_init(void);

#define SETTING "mwmirror.explain"

static bool explain = true;
static ProcessUtility_hook_type next_utility;
static planner_hook_type next_planner;

/* EXPLAIN in a function, a block or EXECUTE comes here as well. */
static void
refuse_explain(PlannedStmt *statement, const char *query, bool read_only_tree,
               ProcessUtilityContext context, ParamListInfo params, QueryEnvironment *environment,
               DestReceiver *receiver, QueryCompletion *completion)
{
	if (!explain && IsA(statement->utilityStmt, ExplainStmt))
		ereport(ERROR,
		        (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("this role may not see plans"),
		         errdetail("Estimates tell of rows that are hidden from it."),
		         errhint("Ask whoever set mwmirror.explain to off for it")));
	(next_utility ? next_utility : standard_ProcessUtility)(
	    statement, query, read_only_tree, context, params, environment, receiver, completion);
}

/* The planner is told what EXPLAIN wants since 19. */
#if PG_VERSION_NUM >= 190000
#define TOLD_TYPES , struct ExplainState *es
#define TOLD , es
#else
#define TOLD_TYPES
#define TOLD
#endif

/* The server prints the plan when the planner has returned; not before that, as functions that are called for the plan may ask for it. */
static PlannedStmt *
plan_silently(Query *parse, const char *query, int options, ParamListInfo params TOLD_TYPES)
{
	PlannedStmt *plan =
	    (next_planner ? next_planner : standard_planner)(parse, query, options, params TOLD);

	if (!explain)
		Debug_print_parse = Debug_print_rewritten = Debug_print_plan = false;
	return plan;
}

/*
 * What a session has said before the module was here is told apart from the role's own setting, which it hides, and is not let in: with anything said
 * the default is off, so that nobody is better off for saying it.
 */
void
_PG_init(void)
{
	const bool is_unsaid = GetConfigOption(SETTING, true, false) == NULL;

	DefineCustomBoolVariable(SETTING, "Whether the role may see plans.",
	                         "Off: EXPLAIN is refused, and nothing else prints plans.", &explain,
	                         is_unsaid, PGC_SUSET, 0, NULL, NULL, NULL);
	next_utility = ProcessUtility_hook;
	ProcessUtility_hook = refuse_explain;
	next_planner = planner_hook;
	planner_hook = plan_silently;
}
