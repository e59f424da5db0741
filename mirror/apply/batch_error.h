/*
 * apply/batch_error.h
 *	  Which change of a batch an error of mwmirror.apply is about, from the error's context. Pure.
 *
 * The context has a line, the first that is the function's own:
 *
 *	 change NUMBER of the batch (GTID D-S-N): VERB of SCHEMA.TABLE, key (WIKI, VALUE, ...)[, column NAME]
 *
 * Values are any text; the key ends with the line's last parenthesis.
 */
#ifndef MWMIRROR_APPLY_BATCH_ERROR_H
#define MWMIRROR_APPLY_BATCH_ERROR_H

#include <stdbool.h>
#include "source/gtid.h"

typedef struct batch_guilty
{
	unsigned number; /* of the change in its batch, from 1 */
	char gtid[GTID_TEXT_SIZE];
	char verb[8];
	char table[132];  /* with its schema */
	char wiki[64];    /* cut if longer, as the two below */
	char key[160];    /* behind the wiki */
	char column[132]; /* with ", column " before it; "": of none */
} batch_guilty;

/* False if the context (may be NULL) names no change. */
bool batch_error_parse(const char *context, batch_guilty *out);

#endif
