/*
 * apply/change_item.h
 *	  A row change of a mirror table as an item of a batch (wire/batch.h). Pure.
 */
#ifndef MWMIRROR_APPLY_CHANGE_ITEM_H
#define MWMIRROR_APPLY_CHANGE_ITEM_H

#include <stdbool.h>
#include "apply/row_batch.h"
#include "apply/write_sql.h"
#include "mapping/convert_error.h"
#include "mapping/target_value.h"

/* What has been found out about targets: their shapes. */
typedef struct change_items change_items;

/* NULL without memory. */
change_items *change_items_create(void);

void change_items_destroy(change_items *c);

typedef enum change_item_answer
{
	CHANGE_ITEM_MADE,
	CHANGE_ITEM_NEEDS_SQL, /* a value is computed by SQL, or what finds the row is not complete: send a statement */
	CHANGE_ITEM_MISFIT, /* a value does not fit its column: *err, *column of the target */
	CHANGE_ITEM_NO_MEMORY
} change_item_answer;

/*
 * Makes the item of a form with its values, as the statement of that form would take them: after is what the row becomes, before
 * what finds it. flags: BATCH_UPSERT or BATCH_MAY_MISS. *item and *shape are good until the next call; values stay where they are.
 */
change_item_answer change_items_make(change_items *c, const char *wiki_id, const write_form *form,
                                     uint8_t flags, const target_value *before,
                                     const target_value *after, batch_item **item,
                                     row_shape **shape, unsigned *column, convert_error *err);

#endif
