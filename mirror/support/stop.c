#define _GNU_SOURCE
/*
 * support/stop.c
 *	  SIGTERM and SIGINT set a flag and wake a poll().
 *
 * The pipe is written once and never read, so its read end stays readable for every thread that polls it.
 */
#include "support/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "support/clock.h"
#include "support/log.h"

static atomic_bool stop_flag;
static int stop_pipe[2] = {-1, -1};

static void
stop_on_signal(int signal_number)
{
	(void) signal_number;
	stop_request();
}

status
stop_install(void)
{
	struct sigaction action;

	if (pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
	{
		log_error("cannot make a pipe: %s", strerror(errno));
		return STATUS_FAILED;
	}
	memset(&action, 0, sizeof(action));
	action.sa_handler = stop_on_signal;
	action.sa_flags = SA_RESTART;
	sigemptyset(&action.sa_mask);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);

	/* A peer that goes away is an error of the write, not the end of the program. */
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
	return STATUS_OK;
}

bool
stop_requested(void)
{
	return atomic_load_explicit(&stop_flag, memory_order_acquire);
}

void
stop_request(void)
{
	int saved_errno = errno;

	if (!atomic_exchange(&stop_flag, true) && stop_pipe[1] >= 0)
	{
		ssize_t written = write(stop_pipe[1], "", 1);

		(void) written; /* an empty pipe takes one byte */
	}
	errno = saved_errno;
}

int
stop_fd(void)
{
	return stop_pipe[0];
}

bool
stop_wait(int milliseconds)
{
	int64_t until = clock_ms() + milliseconds;

	while (!stop_requested())
	{
		struct pollfd wake = {.fd = stop_pipe[0], .events = POLLIN};
		int64_t left = until - clock_ms();

		if (left <= 0)
			break;
		if (poll(&wake, 1, (int) left) < 0 && errno != EINTR)
			break;
	}
	return stop_requested();
}
