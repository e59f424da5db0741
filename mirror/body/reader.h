/*
 * body/reader.h
 *	  Contents of a source's wikis by their addresses (text/expand.h).
 *
 * What is stored in rows of text is taken from those that came last, else read at the source, by a connection that is made when it is first
 * needed. One thread.
 */
#ifndef MWMIRROR_BODY_READER_H
#define MWMIRROR_BODY_READER_H

#include <libpq-fe.h>
#include <stddef.h>
#include <stdint.h>
#include "mapping/plan.h"
#include "mapping/target_value.h"
#include "mapping/wiki.h"
#include "source/gtid.h"
#include "support/config.h"
#include "support/status.h"
#include "text/result.h"

typedef struct body_reader body_reader;

/* conn: where mwmirror.cluster is; an idle connection. The configuration must outlive *out, which is NULL on failure (logged). */
status body_reader_create(PGconn *conn, const config *c, body_reader **out);

void body_reader_destroy(body_reader *b);

/* A row of text came: the next contents are likely to be in it. Copied, or not if it is large. */
status body_reader_keep(body_reader *b, const wiki *w, uint64_t old_id, const char *text,
                        size_t len, const char *flags, size_t flags_len);

/* Rows that came are of no more use: they were changed, or their source transaction has ended. */
void body_reader_forget(body_reader *b);

/*
 * Reads the content at an address of len bytes; NULL: nothing is there. *body: its bytes, NULL if it cannot be had; *said: what became of it, ok or why not. Both are good until
 * the next call. since: what the source must have committed for a row that is not there to be missing; NULL: anything. STATUS_RETRY and STATUS_SOURCE:
 * the source, or a cluster, does not answer, or refuses; STATUS_STOPPED, STATUS_MEMORY (all logged).
 */
status body_reader_read(body_reader *b, const wiki *w, const gtid_list *since, const char *address,
                        size_t len, const char **body, size_t *body_len, const char **said);

/*
 * Of a row of a table with bodies (plan_target.bodies): puts in the place of the address, which kind body gave, the content, and in that of
 * kind body_status what became of it, as body_reader_read.
 */
status body_reader_fill(body_reader *b, const wiki *w, const gtid_list *since, const plan_target *t,
                        target_value *values);

#endif
