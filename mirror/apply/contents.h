/*
 * apply/contents.h
 *	  Contents that a source transaction does not write and its events need, and those that a wiki keeps no longer.
 *
 * What a source transaction writes has its body with its row of content (change.h). A page whose latest revision has another content, an old one
 * (moves, protections, rollbacks), or that was there before (restores, merged histories), and one whose latest revision is shown again: their
 * contents are read before the mark if content_body lacks them. Where only pages' latest contents are kept, the others go at the end of the PostgreSQL
 * transaction.
 */
#ifndef MWMIRROR_APPLY_CONTENTS_H
#define MWMIRROR_APPLY_CONTENTS_H

#include <libpq-fe.h>
#include <stdbool.h>
#include "apply/param.h"
#include "apply/pipeline.h"
#include "apply/row_batch.h"
#include "apply/table_cache.h"
#include "body/reader.h"
#include "rows/row_image.h"
#include "source/gtid.h"
#include "support/status.h"

typedef struct content_watch content_watch;

/*
 * Prepares a statement, before pipeline mode, and brings mwmirror.content_latest in step with the wikis' policies. Errors as pg_execute.
 */
status contents_prepare(PGconn *conn, const char *source_name);

/* What is given must outlive it. NULL without memory. */
content_watch *contents_create(PGconn *conn, pipeline *p, row_batch *b, param_set *params,
                               body_reader *bodies);

void contents_destroy(content_watch *c);

/* A source transaction begins. */
void contents_begin_source(content_watch *c);

/* A row of a wiki with a content_policy was sent; the images are the table's. STATUS_MEMORY (logged), or as contents_end_source. */
status contents_take_row(content_watch *c, const source_table *t, row_kind kind, const gtid *id);

/*
 * The same of a page that was written in another way, and now is, or is gone; and of a revision.
 */
status contents_take_page(content_watch *c, const wiki *w, uint64_t page_id, bool gone,
                          const gtid *id);
status contents_take_revision(content_watch *c, const wiki *w, uint64_t rev_id, const gtid *id);

/* Forgets all that was taken. */
void contents_discard(content_watch *c);

/* A content's body as content_body has it. */
typedef struct content_have
{
	const char *body; /* NULL: none */
	size_t len;
	const char *said; /* body_status; NULL: there is no row */
	bool differs;     /* from what the source has */
} content_have;

/* Reads the content at an address and sets have->differs. Errors as body_reader_read. */
status contents_compare_body(content_watch *c, const wiki *w, const gtid *id, const char *address,
                             content_have *have);

/* Adds the body that was compared last, of a content with this id. Errors as row_batch_add. */
status contents_add_compared(content_watch *c, const wiki *w, const gtid *id,
                             const char *content_id);

/*
 * Before the mark: adds what its events need. STATUS_RETRY, STATUS_SOURCE, STATUS_STOPPED of where contents are read; else as row_batch_add and
 * pg_execute.
 */
status contents_end_source(content_watch *c, const gtid *id);

/* Before COMMIT, behind what was added: what is kept no longer goes. Errors as pipeline_send. */
status contents_end_group(content_watch *c);

#endif
