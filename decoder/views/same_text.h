/*
 * views/same_text.h
 *	  Whether two texts, neither of which is compressed or stored elsewhere, have the same bytes.
 */
#ifndef MWMIRROR_VIEWS_SAME_TEXT_H
#define MWMIRROR_VIEWS_SAME_TEXT_H

#include "postgres.h"

#include "plugin/core/compat.h"

static inline bool
same_text(const text *a, const text *b)
{
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
	       memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

#endif
