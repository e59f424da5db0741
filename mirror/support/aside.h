/*
 * support/aside.h
 *	  Work that nothing can interrupt, in a thread of its own that a stop leaves behind.
 */
#ifndef MWMIRROR_SUPPORT_ASIDE_H
#define MWMIRROR_SUPPORT_ASIDE_H

#include "support/status.h"

/*
 * Runs work(data) and waits for its end; doing completes "still ..." once a minute. STATUS_OK: it has ended. STATUS_STOPPED: a
 * stop was asked for first; the thread goes on and calls drop(data) at its end, unless the program ends before, so data is no
 * longer the caller's and must hold nothing that is. STATUS_MEMORY: it was not begun.
 */
status aside_run(void (*work)(void *data), void (*drop)(void *data), void *data, const char *doing);

#endif
