/*
 * apply/run.h
 *	  Runs: consecutive INSERTs of one form become one statement with an array for each column.
 *
 * A run never outlives its row event, so it holds nothing across a mark, and the values it points to are there. Rows
 * keep their order. Few rows go one by one, as that costs less.
 */
#ifndef MWMIRROR_APPLY_RUN_H
#define MWMIRROR_APPLY_RUN_H

#include "apply/param.h"
#include "apply/pipeline.h"
#include "apply/statement.h"

typedef struct run run;

/* NULL without memory. */
run *run_create(void);

void run_destroy(run *r);

/* Rows that wait. */
unsigned run_count(const run *r);

/* True if rows of this form may go as one statement: what they do must not depend on their being apart. */
bool run_allows(const write_form *form);

/* True if a row of this form cannot join those that wait: send them first. */
bool run_differs(const run *r, const write_form *form);

/* True if those that wait are many or large: send them now. */
bool run_full(const run *r);

/* Where the values of a row's slots but the wiki go, in their order. */
param_set *run_values(run *r);

/*
 * The row's values are all there: takes it in. s is the statement of its form for one row. wiki_id must last until
 * run_send; all rows that wait are of one wiki.
 */
void run_add(run *r, const write_form *form, const write_statement *s, const char *wiki_id,
             const pipeline_op *op);

/* Sends what waits; nothing waits afterwards. Errors as pipeline_send. */
status run_send(run *r, statement_cache *statements, pipeline *p, param_set *params);

#endif
