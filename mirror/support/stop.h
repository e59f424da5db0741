/*
 * support/stop.h
 *	  SIGTERM and SIGINT set a flag and wake a poll(); nothing else happens in a handler.
 */
#ifndef MWMIRROR_SUPPORT_STOP_H
#define MWMIRROR_SUPPORT_STOP_H

#include <stdbool.h>
#include "support/status.h"

/* Installs the handlers and makes the wake-up descriptor. Call once, before any thread. */
status stop_install(void);

/* True once a stop was asked for, by a signal or by stop_request. Thread-safe. */
bool stop_requested(void);

/* Asks for a stop from within the program. Thread- and signal-safe. */
void stop_request(void);

/* A descriptor that becomes readable when a stop is asked for; for poll(). */
int stop_fd(void);

/* Waits until a stop is asked for or the milliseconds are over; true if a stop was asked for. */
bool stop_wait(int milliseconds);

#endif
