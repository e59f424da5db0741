/*
 * apply/defaults.h
 *	  What the source gives columns that an INSERT does not name: with binlog_row_image=MINIMAL its row images lack them.
 *
 * Read at the source for each table id of the binlog, when a row first needs it; an expression that is a default (uuid()) is in the image. A table that was altered
 * since the row was written, or may have been in the same second, may have had other defaults: then they are not known.
 */
#ifndef MWMIRROR_APPLY_DEFAULTS_H
#define MWMIRROR_APPLY_DEFAULTS_H

#include "apply/change.h"
#include "apply/table_cache.h"
#include "support/config.h"
#include "support/status.h"

typedef struct source_defaults source_defaults;

/* The configuration must outlive it. NULL without memory. */
source_defaults *source_defaults_create(const config *c);

void source_defaults_destroy(source_defaults *d);

/*
 * Puts defaults in the place of what t->after lacks and t's plan needs, of a row that was written at row_time (unix seconds, by the source's clock). They live as
 * long as t. A default that is none of the constants that are understood stays absent. STATUS_DATA, not logged, with c->lacking set: what the defaults were is not
 * known; else as mariadb_query.
 */
status source_defaults_fill(source_defaults *d, source_table *t, uint32_t row_time,
                            change_context *c);

#endif
