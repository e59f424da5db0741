/*
 * support/retry.c
 *	  How long to wait before the next attempt.
 */
#include "support/retry.h"

#include <time.h>
#include <unistd.h>

/* xorshift64: enough to keep clients apart, and needs no shared state. */
static uint64_t
random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

void
retry_init(retry *r, uint32_t least_ms, uint32_t most_ms)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	*r = (retry){.least_ms = least_ms, .most_ms = most_ms < least_ms ? least_ms : most_ms};
	r->random =
	    ((uint64_t) now.tv_sec << 30 ^ (uint64_t) now.tv_nsec ^ (uint64_t) getpid() << 40) | 1;
	r->last_ms = least_ms;
}

uint32_t
retry_next(retry *r)
{
	uint64_t high = (uint64_t) r->last_ms * 3;

	if (high > r->most_ms)
		high = r->most_ms;
	r->attempts++;
	r->last_ms = r->least_ms + (uint32_t) (random_next(&r->random) % (high - r->least_ms + 1));
	return r->last_ms;
}

void
retry_reset(retry *r)
{
	r->last_ms = r->least_ms;
	r->attempts = 0;
}
