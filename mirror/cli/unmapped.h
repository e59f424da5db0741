/*
 * cli/unmapped.h
 *	  What of the sources has no place in the mirror (mwmirror.unmapped), as JSON and as text.
 */
#ifndef MWMIRROR_CLI_UNMAPPED_H
#define MWMIRROR_CLI_UNMAPPED_H

#include <jansson.h>
#include <libpq-fe.h>
#include <stdio.h>
#include "support/status.h"

/* Reads each table and column once, with how many wikis have it so. *out: an array of objects, the caller's. Errors as postgres_run. */
status unmapped_read(PGconn *conn, json_t **out);

/* A line about one, without its end. */
void unmapped_write(const json_t *one, FILE *out);

#endif
