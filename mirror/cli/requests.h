/*
 * cli/requests.h
 *	  Requests that tell streams what is there (mwmirror.request of kind backfill), as JSON and as text.
 */
#ifndef MWMIRROR_CLI_REQUESTS_H
#define MWMIRROR_CLI_REQUESTS_H

#include <jansson.h>
#include <libpq-fe.h>
#include <stdio.h>
#include "support/status.h"

/*
 * Reads requests with these ids, a JSON array of numbers; NULL: those that are not over, or have changed within a day. published of each: the relay of
 * the slot has published all of it that is written, or there is no such slot. *out: an array of objects, the caller's. Errors as
 * postgres_run.
 */
status requests_read(PGconn *conn, const char *slot, const char *ids, json_t **out);

/* A line about a request, without its end. */
void requests_write(const json_t *request, FILE *out);

#endif
