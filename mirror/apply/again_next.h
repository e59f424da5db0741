/*
 * apply/again_next.h
 *	  What is to be compared next, by mwmirror.copy_table and copy_range.
 */
#ifndef MWMIRROR_APPLY_AGAIN_NEXT_H
#define MWMIRROR_APPLY_AGAIN_NEXT_H

#include <stdbool.h>
#include "apply/again_range.h"
#include "apply/applier.h"
#include "support/status.h"

/*
 * Finds a table that is compared from its first row on, or ranges of one, and where that begins: *out, which is zero, stays so if there is none, and else is for again_range_free, also
 * after an error. Errors as pipeline_ask; STATUS_TARGET, STATUS_MEMORY (logged).
 */
status again_next_find(applier *a, bool ranges, again_range *out);

#endif
