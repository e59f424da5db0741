/*
 * support/clock.h
 *	  Time for measuring, and when to say that something is being waited for.
 */
#ifndef MWMIRROR_SUPPORT_CLOCK_H
#define MWMIRROR_SUPPORT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Milliseconds on a clock that never goes back and means nothing by itself. */
int64_t clock_ms(void);

/* Unix time in microseconds. */
int64_t clock_unix_us(void);

/* The same clock as clock_ms in so many milliseconds, for pthread_cond_timedwait with CLOCK_MONOTONIC. */
struct timespec clock_after(int64_t milliseconds);

/* A wait without an end of its own is reported after PATIENCE_FIRST_MS and then once every PATIENCE_EVERY_MS. */
#define PATIENCE_FIRST_MS 5000
#define PATIENCE_EVERY_MS 60000

typedef struct patience
{
	int64_t begun_ms;
	int64_t due_ms;
	bool told;
} patience;

patience patience_begin(void);

/* True if it is time to log what is waited for; then not again for a minute. */
bool patience_due(patience *p);

/* Whole seconds since it began. */
int patience_seconds(const patience *p);

#endif
