/*
 * plugin/stream/action.h
 *	  Who acted on a page and why, by the log, as far as that may be said.
 */
#ifndef MWMIRROR_STREAM_ACTION_H
#define MWMIRROR_STREAM_ACTION_H

#include "plugin/aggregate/page.h"

/* The log row of what happened; NULL: there is none that says anything. */
extern const log_entry *action_find_log(const page_event *of);

/* Who acted; 0: nobody who may be named. bits: what is hidden of the event's revision now. */
extern int64 action_find_actor(const page_event *of, int bits);

/* The reason; NULL: none that may be said. */
extern const char *action_find_comment(session *s, int wiki, const page_event *of, int bits);

#endif
