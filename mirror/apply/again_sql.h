/*
 * apply/again_sql.h
 *	  The SQL that compares rows of the mirror with those that the source has (again_stage.h). Pure.
 *
 * Text is malloc'd for the caller; NULL without memory.
 */
#ifndef MWMIRROR_APPLY_AGAIN_SQL_H
#define MWMIRROR_APPLY_AGAIN_SQL_H

#include <stdbool.h>
#include <stdint.h>
#include "apply/again_table.h"
#include "mapping/plan.h"
#include "snapshot/key_range.h"

/* True if a column of the target is the key of the source table, in the same order. */
bool again_sql_has_key(const again_table *t, const plan_target *target);

/*
 * Which rows of the target are those of a range, as " AND ..." behind a condition on the wiki. False: that cannot be told, so rows that the source
 * lacks must stay. Rows that a mirror makes itself have negative keys, which a source whose keys are unsigned never has. Of keys that are no text the mirror
 * has something else, and the bytes in mwmirror.raw_value: any_raw, the table has rows there. wiki_id: an SQL literal. Bounds of bytes are text.
 */
bool again_sql_range(const again_table *t, const plan_target *target, const key_range *r,
                     const char *wiki_id, bool any_raw, char **out);

/* The columns of the comparison's rows in their order: numbers among the target's columns, those that find a row first. Returns how many do. */
unsigned again_sql_order(const plan_target *t, uint8_t *order);

/*
 * The comparison: rows of 'D' (the mirror has it, the source lacks it), 'I' (the other way round) or 'U' (they differ); the key as in raw_value, NULL if it is not
 * known; and the columns in their order: of 'D' those that find a row count, of others all. wiki_id: an SQL literal. range: of again_sql_range; NULL: no 'D'.
 */
char *again_sql_compare(const plan_target *t, const char *wiki_id, const char *range);

#endif
