/*
 * plugin/state/value.h
 *	  A value of a row as a member's.
 */
#ifndef MWMIRROR_STATE_VALUE_H
#define MWMIRROR_STATE_VALUE_H

#include "plugin/core/session.h"

/* Writes a column's value, or null. A large one that the message has no room for (options.content) is null, and s->lacks says so. */
extern void state_put_value(session *s, const whole_row *row, int number, StringInfo out);

#endif
