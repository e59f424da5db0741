#define _GNU_SOURCE
/*
 * support/aside.c
 *	  Work in a thread that a stop leaves behind; see aside.h.
 */
#include "support/aside.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/clock.h"
#include "support/log.h"
#include "support/stop.h"

#define REPORT_MS 60000

/* It belongs to two threads, and who leaves it last frees it. */
typedef struct aside
{
	void (*work)(void *data);
	void (*drop)(void *data);
	void *data;  /* NULL: the waiting thread has taken it back */
	int done[2]; /* the working thread closes [1] at its end */
	atomic_int owners;
} aside;

static void
leave(aside *a)
{
	if (atomic_fetch_sub(&a->owners, 1) > 1)
		return;
	if (a->data != NULL)
		a->drop(a->data);
	close(a->done[0]);
	free(a);
}

static void *
run(void *argument)
{
	aside *a = argument;

	a->work(a->data);
	close(a->done[1]);
	leave(a);
	return NULL;
}

/* False: a stop was asked for first. */
static bool
await(const aside *a, const char *doing)
{
	struct pollfd fds[2] = {{.fd = a->done[0], .events = POLLIN},
	                        {.fd = stop_fd(), .events = POLLIN}};
	patience waited = patience_begin();

	for (;;)
	{
		int ready = poll(fds, 2, REPORT_MS);

		if (ready > 0 && fds[0].revents != 0)
			return true;
		if (stop_requested())
			return false;
		if (ready == 0)
			log_warning("still %s after %d s", doing, patience_seconds(&waited));
	}
}

static aside *
create(void (*work)(void *data), void (*drop)(void *data), void *data)
{
	aside *a = calloc(1, sizeof(*a));

	if (a == NULL || pipe2(a->done, O_CLOEXEC) != 0)
	{
		free(a);
		return NULL;
	}
	a->work = work;
	a->drop = drop;
	a->data = data;
	atomic_init(&a->owners, 2);
	return a;
}

status
aside_run(void (*work)(void *data), void (*drop)(void *data), void *data, const char *doing)
{
	aside *a = create(work, drop, data);
	pthread_t thread;
	bool ended;

	if (a == NULL)
		return STATUS_MEMORY;
	if (pthread_create(&thread, NULL, run, a) != 0)
	{
		close(a->done[0]);
		close(a->done[1]);
		free(a);
		return STATUS_MEMORY;
	}
	pthread_detach(thread);
	ended = await(a, doing);
	if (ended)
		a->data = NULL;
	leave(a);
	return ended ? STATUS_OK : STATUS_STOPPED;
}
