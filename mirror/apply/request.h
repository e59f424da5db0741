/*
 * apply/request.h
 *	  Executes mwmirror.request between two groups: a part at a time, each a PostgreSQL transaction of its own.
 *
 * What to do, when, and how much is the server's to say (mwmirror.request_step); this asks it.
 */
#ifndef MWMIRROR_APPLY_REQUEST_H
#define MWMIRROR_APPLY_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include "apply/pipeline.h"
#include "body/reader.h"
#include "mapping/wiki.h"
#include "support/status.h"

typedef struct requests
{
	const char *source_name;
	pipeline *pipe;
	body_reader *bodies;
	const wiki_list *wikis;
	int64_t next_ms; /* clock_ms() of the next look */
} requests;

/* All arguments must outlive it. The first look is due at once. */
void requests_init(requests *r, const char *source_name, pipeline *p, body_reader *bodies,
                   const wiki_list *wikis);

/* Milliseconds until requests_step has something to do. */
int requests_due(const requests *r);

/* True if it has had to wait for so long that live changes must wait for once. */
bool requests_overdue(const requests *r);

/*
 * Writes a part of a request, if one is due, and waits for the answer; no group is open. until: the source's changes up to then, unix
 * microseconds, are applied, so what ended before may be told; 0: not known. A request that fails is only logged.
 * STATUS_RETRY, STATUS_STOPPED: the connection is of no more use. Contents that the mirror does not keep are read from the source; a request
 * whose contents it does not give is put off.
 */
status requests_step(requests *r, int64_t until);

#endif
