/*
 * plugin/aggregate/cause.h
 *	  What made a page's change, as far as rows tell and parity with EventBus depends on it.
 */
#ifndef MWMIRROR_AGGREGATE_CAUSE_H
#define MWMIRROR_AGGREGATE_CAUSE_H

#include "plugin/aggregate/page.h"

/* Sets e->cause, of an event that is complete but for that; in the mode that tells of every change only that it is a restore. */
extern void cause_set(session *s, int wiki, page_event *e);

#endif
