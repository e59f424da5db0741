/*
 * apply/request_contents.h
 *	  Contents that a request is to tell and that the mirror does not keep: read from the source, as texts of arrays for PostgreSQL.
 */
#ifndef MWMIRROR_APPLY_REQUEST_CONTENTS_H
#define MWMIRROR_APPLY_REQUEST_CONTENTS_H

#include "body/reader.h"
#include "mapping/wiki.h"
#include "support/status.h"

#define REQUEST_NUMBER_SIZE 24

/* Of contents in the same order; zero-initialised has none. */
typedef struct request_contents
{
	char rows[REQUEST_NUMBER_SIZE]; /* of the part that they are for, as a number */
	char *ids;
	char *bodies;
	char *statuses;
} request_contents;

/*
 * Reads what request_step asks for: {"wiki_id", "rows", "contents": [[content_id, address], ...]}. The caller frees *out. STATUS_RETRY and
 * STATUS_SOURCE: the source does not answer, or refuses; STATUS_BUG: it is not that; STATUS_STOPPED, STATUS_MEMORY (all logged).
 */
status request_contents_read(body_reader *bodies, const wiki_list *wikis, const char *asked,
                             request_contents *out);

void request_contents_free(request_contents *c);

#endif
