/*
 * mapping/plan_compile.h
 *	  Compiles what mapping_data.h holds into the plan of one shape of a source table.
 */
#ifndef MWMIRROR_MAPPING_PLAN_COMPILE_H
#define MWMIRROR_MAPPING_PLAN_COMPILE_H

#include "mapping/mapping_data.h"
#include "mapping/plan.h"
#include "support/status.h"

/* A source table and its columns in order. */
typedef struct shape
{
	const char *table;
	const char *const *columns;
	unsigned count;
} shape;

/*
 * Makes the plan in *out (zeroed), in the mapping's arena, and reports unknown columns. STATUS_TARGET if a
 * target's key cannot be computed from the columns or a row of column_map is wrong (logged).
 */
status plan_compile(mapping *m, const shape *s, plan *out);

#endif
