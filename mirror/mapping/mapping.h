/*
 * mapping/mapping.h
 *	  How source tables map to mirror tables: mwmirror.table_map and column_map in memory.
 *
 * A plan says, for one shape of a source table (its columns in order), which source columns feed which target
 * columns. Plans hold no wiki: wikis of one MediaWiki version share them. Everything lives as long as the mapping.
 */
#ifndef MWMIRROR_MAPPING_MAPPING_H
#define MWMIRROR_MAPPING_MAPPING_H

#include <libpq-fe.h>
#include <stdbool.h>
#include "mapping/mapping_type.h"
#include "mapping/plan.h"
#include "mapping/wiki.h"
#include "support/status.h"

#define MAPPING_SCHEMA "mediawiki" /* of the mirror tables */
#define MAPPING_COLUMNS_MAX                                                                        \
	64 /* of a target table, beside wiki_id; sets of columns are 64-bit maps; check_mapping() knows it */
#define MAPPING_SOURCES_MAX 1024

typedef struct mapping mapping;

/*
 * Loads table_map, column_map and the target tables' columns and keys, as of one moment, in a transaction of its own, which a failure leaves open. STATUS_TARGET if something is missing or
 * contradictory, or mwmirror.check_mapping() finds what must not be (logged), STATUS_RETRY if the connection broke. On STATUS_OK the caller frees *out.
 */
status mapping_load(PGconn *conn, mapping **out);

void mapping_free(mapping *m);

/* True if the source table is mirrored of the wiki: of a database that is no wiki only tables that were added are. Thread-safe. */
bool mapping_has_table(const mapping *m, const wiki *w, const char *table, size_t len);

/* The source tables whose rows are rows of a mirror table, by a number from 0 on; NULL: there are no more. */
const char *mapping_source_of(const mapping *m, const char *target, unsigned number);

/* Calls back for each mirrored source table in table_map's order, until it returns false. */
void mapping_each_table(const mapping *m, bool (*callback)(void *context, const char *table),
                        void *context);

/*
 * Makes, or finds, the plan of a source table with these columns. STATUS_TARGET
 * if a target's key cannot be computed from the columns (logged, naming tables and columns).
 */
status mapping_compile(mapping *m, const char *table, const char *const *columns, unsigned count,
                       const plan **out);

/*
 * Gives a plan that only names the targets of a source table, without columns: for what empties tables. Errors as
 * mapping_compile.
 */
status mapping_bare_plan(mapping *m, const char *table, const plan **out);

#endif
