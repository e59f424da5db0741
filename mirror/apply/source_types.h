/*
 * apply/source_types.h
 *	  Keeps mwmirror.source_type: of what types the columns of mirrored tables are at the position (sql/functions/source_type.sql).
 */
#ifndef MWMIRROR_APPLY_SOURCE_TYPES_H
#define MWMIRROR_APPLY_SOURCE_TYPES_H

#include <libpq-fe.h>
#include "apply/applier.h"
#include "apply/table_cache.h"
#include "mapping/wiki.h"
#include "source/declared_type.h"
#include "source/statement.h"
#include "support/status.h"

/* Prepares a statement; before pipeline mode. Errors as pg_prepare. */
status source_types_prepare(PGconn *conn);

/* The columns of a mirrored table whose plan was just made; a group is open. Does not wait. Errors as pipeline_send; STATUS_MEMORY (logged). */
status source_types_note(applier *a, const source_table *t);

/*
 * A mirrored table gets the columns that the statement says. *old: what they were before, for source_types_find and PQclear, also after an
 * error. In the open group, or one that this begins. Errors as pipeline_ask; STATUS_TARGET (logged).
 */
status source_types_alter(applier *a, const statement *s, const wiki *w, const char *bare,
                          PGresult **old);

/* What a table is made of is not known any more. Likewise. */
status source_types_forget(applier *a, const wiki *w, const char *bare);

/* The type of a column, its labels in the scratch memory; of kind DECLARED_UNKNOWN if it was not seen. */
declared_type source_types_find(const PGresult *old, const char *column, arena *scratch);

#endif
