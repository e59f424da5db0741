/*
 * support/retry.h
 *	  How long to wait before the next attempt: exponential backoff with jitter.
 */
#ifndef MWMIRROR_SUPPORT_RETRY_H
#define MWMIRROR_SUPPORT_RETRY_H

#include <stdint.h>

typedef struct retry
{
	uint32_t least_ms;
	uint32_t most_ms;
	uint32_t last_ms;
	unsigned attempts; /* since the last success */
	uint64_t random;
} retry;

/* Delays lie between least_ms and most_ms. */
void retry_init(retry *r, uint32_t least_ms, uint32_t most_ms);

/* Counts a failure and returns the milliseconds to wait before the next attempt (decorrelated jitter). */
uint32_t retry_next(retry *r);

/* Forgets failures: something worked. */
void retry_reset(retry *r);

#endif
