/*
 * apply/unmapped.h
 *	  Keeps mwmirror.unmapped: what of the source has no place in the mirror, and what it has lost (sql/functions/unmapped.sql).
 */
#ifndef MWMIRROR_APPLY_UNMAPPED_H
#define MWMIRROR_APPLY_UNMAPPED_H

#include <libpq-fe.h>
#include <stdbool.h>
#include "apply/applier.h"
#include "apply/table_cache.h"
#include "mapping/wiki.h"
#include "support/status.h"

typedef struct unmapped unmapped;

/* Reads which tables have rows in it. Errors as pg_query. *out: for unmapped_destroy. */
status unmapped_load(PGconn *conn, unmapped **out);

void unmapped_destroy(unmapped *u);

/*
 * A table or a column (NULL: the table itself) of a followed wiki has come or gone. In the open group, or one that this begins;
 * logged if it is news. Errors as pipeline_ask; STATUS_TARGET (logged).
 */
status unmapped_seen(applier *a, const wiki *w, const char *bare, const char *column,
                     bool is_there);

/* The columns of a mirrored table whose plan was just made: what is unknown among them, what is back, and what is missing. Errors likewise. */
status unmapped_take_shape(applier *a, const source_table *t);

/* The same of a table that is compared with the source, in its transaction, outside of the pipeline. Errors as pg_execute_params. */
status unmapped_compared(applier *a, const wiki *w, const char *bare, const plan *pl);

#endif
