/*
 * export/helper.h
 *	  A program beside this one that is sent bytes on its standard input and answers by lines.
 */
#ifndef MWMIRROR_EXPORT_HELPER_H
#define MWMIRROR_EXPORT_HELPER_H

#include <stddef.h>
#include <sys/types.h>
#include "support/status.h"

#define HELPER_LINE_SIZE 256

typedef struct helper
{
	pid_t pid; /* 0: none */
	int fd;    /* its standard input and output */
	const char *name;
} helper;

/* Starts it, looked for in $PATH; arguments end with NULL, the first is its name, the caller's until the end. STATUS_CONFIG (logged): it cannot be started. */
status helper_start(helper *h, const char *const *arguments);

/* STATUS_CONFIG: it has ended before (logged); STATUS_STOPPED. */
status helper_send(helper *h, const void *data, size_t len);

/* Waits for a line, without its newline. Errors as helper_send. */
status helper_read_line(helper *h, char out[HELPER_LINE_SIZE]);

/* Ends it, at once. */
void helper_end(helper *h);

#endif
