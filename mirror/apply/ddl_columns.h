/*
 * apply/ddl_columns.h
 *	  What it means for the mirror that ALTER TABLE adds, changes or drops columns. For ddl.c.
 */
#ifndef MWMIRROR_APPLY_DDL_COLUMNS_H
#define MWMIRROR_APPLY_DDL_COLUMNS_H

#include <libpq-fe.h>
#include "apply/applier.h"
#include "mapping/wiki.h"
#include "source/statement.h"
#include "support/status.h"

/*
 * old: of source_types_alter. *why: the action because of which values may be others; NULL: the mirror has them as they are. STATUS_DATA if a column goes that
 * the mirror cannot be without (logged). Errors as pipeline_ask; STATUS_TARGET, STATUS_MEMORY (logged).
 */
status ddl_columns_take(applier *a, const statement *s, const wiki *w, const char *bare,
                        const PGresult *old, const char **why);

/* What mwmirror.unmapped says of the columns. Errors as unmapped_seen. */
status ddl_columns_note(applier *a, const statement *s, const wiki *w, const char *bare);

#endif
