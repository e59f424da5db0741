/*
 * export/helper.c
 *	  A program beside this one; see helper.h.
 *
 * Both ways are one socket: writing to a program that has ended is an error then, and no signal.
 */
#include "export/helper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/log.h"
#include "support/stop.h"

#define LOOK_MS 60000

extern char **environ;

status
helper_start(helper *h, const char *const *arguments)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int pair[2];
	int error;

	*h = (helper){.fd = -1, .name = arguments[0]};
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
	{
		log_error("cannot make a socket: %s", strerror(errno));
		return STATUS_FAILED;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pair[1], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, pair[1], STDOUT_FILENO);
	/* a group of its own: a terminal's Ctrl-C is for this program, which then ends the other */
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
	error = posix_spawnp(&h->pid, arguments[0], &actions, &attributes, (char *const *) arguments,
	                     environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	close(pair[1]);
	if (error != 0)
	{
		close(pair[0]);
		h->pid = 0;
		log_error("cannot start %s: %s", arguments[0], strerror(error));
		return STATUS_CONFIG;
	}
	h->fd = pair[0];
	return STATUS_OK;
}

/* Waits until something can be done with the socket. */
static status
await(const helper *h, short events)
{
	struct pollfd fds[2] = {{.fd = h->fd, .events = events}, {.fd = stop_fd(), .events = POLLIN}};

	poll(fds, 2, LOOK_MS); /* a signal only means to look again */
	return stop_requested() ? STATUS_STOPPED : STATUS_OK;
}

static status
report_end(const helper *h)
{
	log_error_hint("what it says is above", "%s has ended", h->name);
	return STATUS_CONFIG;
}

status
helper_send(helper *h, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0)
	{
		const ssize_t done = send(h->fd, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		status s = STATUS_OK;

		if (done >= 0)
		{
			p += done;
			len -= (size_t) done;
		}
		else if (errno == EAGAIN || errno == EINTR)
			s = await(h, POLLOUT);
		else
			s = report_end(h);
		if (s != STATUS_OK)
			return s;
	}
	return STATUS_OK;
}

status
helper_read_line(helper *h, char out[HELPER_LINE_SIZE])
{
	size_t len = 0;

	for (;;)
	{
		const ssize_t got = recv(h->fd, out + len, 1, MSG_DONTWAIT);
		status s = STATUS_OK;

		if (got == 1 && out[len] == '\n')
		{
			out[len] = '\0';
			return STATUS_OK;
		}
		if (got == 1 && ++len == HELPER_LINE_SIZE)
			return report_end(h);
		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
			s = report_end(h);
		else if (got < 0)
			s = await(h, POLLIN);
		if (s != STATUS_OK)
			return s;
	}
}

void
helper_end(helper *h)
{
	if (h->pid == 0)
		return;
	close(h->fd);
	kill(h->pid, SIGKILL);
	while (waitpid(h->pid, NULL, 0) < 0 && errno == EINTR)
		;
	h->pid = 0;
}
