/*
 * cli/fetch.h
 *	  The bytes of a file or a URL.
 */
#ifndef MWMIRROR_CLI_FETCH_H
#define MWMIRROR_CLI_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include "support/status.h"

#define FETCH_MOST (16 * 1024 * 1024)

/* True for http:// and https://. */
bool fetch_is_url(const char *place);

/*
 * Reads all of a file or URL, at most FETCH_MOST bytes. On STATUS_OK *out is the caller's, to free(). Else logged:
 * STATUS_USAGE for a file, STATUS_RETRY if no server answers, STATUS_SOURCE if it answers with anything but 200.
 */
status fetch_read(const char *place, char **out, size_t *len);

#endif
