/*
 * views/planner.h
 *	  What the planner is told of functions that public views call.
 */
#ifndef MWMIRROR_VIEWS_PLANNER_H
#define MWMIRROR_VIEWS_PLANNER_H

#include "nodes/nodes.h"

/* What the planner is to believe of how many rows have hidden parts. */
#define RARE 0.002

/* Answers a SupportRequestSelectivity with this share of the rows; NULL: it is another request. */
extern Node *planner_selectivity(Node *request, double share);

#endif
