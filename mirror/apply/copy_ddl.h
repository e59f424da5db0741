/*
 * apply/copy_ddl.h
 *	  DDL on a table that is being copied. For ddl.c.
 */
#ifndef MWMIRROR_APPLY_COPY_DDL_H
#define MWMIRROR_APPLY_COPY_DDL_H

#include <stdbool.h>
#include "apply/applier.h"
#include "mapping/wiki.h"
#include "source/statement.h"
#include "support/status.h"

/*
 * What a statement does to all rows of a table (effect), or to its columns, as far as the copy is concerned. In the open group, or one that this begins. *done: it has no
 * effect of its own, because nothing is copied yet, or all that is copied is behind it. Else it is to be followed; if some of the copy is of before it and
 * some of behind it, and it takes rows away, the copy has begun anew. Errors as copy_watch_wait.
 */
status copy_ddl_take(applier *a, const wiki *w, const char *bare, const statement *s,
                     table_effect effect, bool *done);

#endif
