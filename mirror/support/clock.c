/*
 * support/clock.c
 *	  See clock.h.
 */
#include "support/clock.h"

int64_t
clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_unix_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct timespec
clock_after(int64_t milliseconds)
{
	int64_t at = clock_ms() + milliseconds;

	return (struct timespec){.tv_sec = at / 1000, .tv_nsec = at % 1000 * 1000000};
}

patience
patience_begin(void)
{
	int64_t now = clock_ms();

	return (patience){.begun_ms = now, .due_ms = now + PATIENCE_FIRST_MS};
}

bool
patience_due(patience *p)
{
	int64_t now = clock_ms();

	if (now < p->due_ms)
		return false;
	p->due_ms = now + PATIENCE_EVERY_MS;
	p->told = true;
	return true;
}

int
patience_seconds(const patience *p)
{
	return (int) ((clock_ms() - p->begun_ms) / 1000);
}
