/*
 * apply/touched.h
 *	  The wikis of which a source transaction changes rows, in the form of its mark (wire/mark.h).
 */
#ifndef MWMIRROR_APPLY_TOUCHED_H
#define MWMIRROR_APPLY_TOUCHED_H

#include <stddef.h>
#include "support/status.h"
#include "wire/mark.h"

/* All zero is empty. The memory is kept over touched_reset, and given back by touched_free. */
typedef struct touched
{
	char *text;
	size_t len;
	size_t room;
	const char *last; /* wiki that was added last */
} touched;

void touched_reset(touched *t);
void touched_free(touched *t);

/* Adds a wiki if it is not there yet; wiki_id must last until the reset. STATUS_MEMORY (logged). */
status touched_add(touched *t, const char *wiki_id);

/* All of them, for mark.wikis; until the next touched_add. */
mark_text touched_text(const touched *t);

#endif
