/*
 * plugin/core/relations.h
 *	  Where the columns of the mirror's tables lie, by relation.
 *
 * A table is found by schema and name, a column by name. What was found is cached by relation and forgotten when PostgreSQL
 * says that the relation changed.
 */
#ifndef MWMIRROR_CORE_RELATIONS_H
#define MWMIRROR_CORE_RELATIONS_H

#include "plugin/core/row.h"

#include "utils/relcache.h"

typedef struct relations relations;

/* Makes the cache in a child of parent; it unregisters itself when parent is reset or deleted. */
extern relations *relations_create(MemoryContext parent);

/*
 * relations_describe
 *	 What the cache knows of an open relation. ->table is TABLE_NONE if it is not of interest. ERROR if
 *	 a table of ours lacks a column or has one of an unusable type.
 */
extern mirror_relation *relations_describe(relations *r, Relation relation);

/*
 * relations_open
 *	 Opens a table with is_read for reading by its first key under the historic snapshot; the relation stays
 *	 open until relations_close_all. ERROR if the table or an index by bytes is missing, or the table is not a user catalog.
 */
extern Relation relations_open(relations *r, mirror_table table, mirror_relation **description);

/* Closes what relations_open opened; called at the end of each PostgreSQL transaction. */
extern void relations_close_all(relations *r);

/* Forgets which relations are open: a transaction that failed has closed them itself. */
extern void relations_forget_open(relations *r);

#endif
