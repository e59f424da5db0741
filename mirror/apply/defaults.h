/*
 * apply/defaults.h
 *	  What the source gives columns that an INSERT does not name: with binlog_row_image=MINIMAL its row images lack them.
 *
 * Read at the source for each shape of a table, when a row first needs it; an expression that is a default (uuid()) is in the image. A default that has been
 * changed since the row was written, while follow was behind, is taken for that of the row.
 */
#ifndef MWMIRROR_APPLY_DEFAULTS_H
#define MWMIRROR_APPLY_DEFAULTS_H

#include "apply/table_cache.h"
#include "support/config.h"
#include "support/status.h"

typedef struct source_defaults source_defaults;

/* The configuration must outlive it. NULL without memory. */
source_defaults *source_defaults_create(const config *c);

void source_defaults_destroy(source_defaults *d);

/*
 * Puts defaults in the place of what t->after lacks and t's plan needs. They live as long as t. STATUS_DATA if one cannot be known, as the table has other
 * columns by now or a default that is none of the constants that are understood (logged); else as mariadb_query.
 */
status source_defaults_fill(source_defaults *d, source_table *t);

#endif
