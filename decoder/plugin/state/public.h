/*
 * plugin/state/public.h
 *	  What everyone may read of a row, as of the mark (entity/public_rules.h).
 */
#ifndef MWMIRROR_STATE_PUBLIC_H
#define MWMIRROR_STATE_PUBLIC_H

#include "plugin/core/session.h"

typedef enum public_view
{
	PUBLIC_SHOWN,
	PUBLIC_HIDDEN, /* now: it may have been, or be, another time */
	PUBLIC_NEVER   /* by its key: it never was, and will not be */
} public_view;

/* Whether a row that is there is public. */
extern public_view public_row_view(session *s, const whole_row *row);

/* True if a row never was public, as its key says; of one that goes no more need be known. */
extern bool public_never_was(session *s, const whole_row *row);

/* Writes the members of a row that is, without braces. */
extern void public_put_members(session *s, const whole_row *row, StringInfo out);

#endif
