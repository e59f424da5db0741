/*
 * views/planner.h
 *	  What the planner is told of functions that public views call.
 */
#ifndef MWMIRROR_VIEWS_PLANNER_H
#define MWMIRROR_VIEWS_PLANNER_H

#include "postgres.h"

#include "nodes/pathnodes.h"

/* What the planner is to believe of how many rows have hidden parts. */
#define RARE 0.002

/* Answers a SupportRequestSelectivity with this share of the rows; NULL: it is another request. */
extern Node *planner_selectivity(Node *request, double share);

/*
 * The constant that a condition of the query says a column, of type text, is of all rows that are wanted of its relation; NULL if none does, or it is no
 * column of the query. It is part of the query.
 */
extern Const *planner_constant_of(PlannerInfo *root, const Node *column);

#endif
