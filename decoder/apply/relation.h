/*
 * apply/relation.h
 *	  The tables of one call, opened: indexes, slots, partitions. Nothing of it outlives the call.
 */
#ifndef MWMIRROR_APPLY_RELATION_H
#define MWMIRROR_APPLY_RELATION_H

#include "postgres.h"

#include "access/tupconvert.h"
#include "executor/execPartition.h"
#include "nodes/execnodes.h"
#include "utils/acl.h"
#include "utils/rel.h"

struct finder;

/* A relation that holds rows: a table, or a partition of it. */
typedef struct place
{
	ResultRelInfo *rri;
	TupleTableSlot *found;        /* a row as it is stored */
	TupleTableSlot *row;          /* a row to be written */
	TupleConversionMap *to_table; /* from the partition's columns to the table's; NULL: the same */
	TupleConversionMap *from_table; /* back */
	uint32 changed;                 /* step in which a row was changed last */
	struct finder *finders;         /* of search.c */
	struct place *next;
} place;

/* A table that the batch names. */
typedef struct target
{
	Relation rel;
	Index number; /* in the range table; 0: not in it, the table is only read */
	ResultRelInfo *rri;
	AclMode allowed; /* what was looked up and may be done */
	place *places;   /* the table itself, or its partitions that were met */

	/* of a partitioned table; else NULL */
	ModifyTableState *state;
	PartitionTupleRouting *routing;
	TupleTableSlot *row; /* in the table's columns */
} target;

typedef struct opened
{
	EState *estate;
	List *targets; /* of target * */
	uint32 step;   /* number of the command, from 1 */
} opened;

/* Opens tables, which are locked already. relids may repeat. */
opened *relation_open_all(const Oid *relids, int count);

/* Ends scans, runs what is left of triggers, closes all. */
void relation_close_all(opened *o);

target *relation_find(opened *o, Oid relid);

/* Opens a table that is only read, and locked already, if it is not open. */
target *relation_open_to_read(opened *o, Oid relid);

/* Errors if the current user must not do that to the table. */
void relation_check_allowed(target *t, AclMode wanted);

/* What was written so far becomes visible to what follows. */
void relation_next_step(opened *o);

/* The same, and triggers of what was written run: at the end of a source transaction. */
void relation_end_source(opened *o);

/*
 * The relation in which a row of the table, given in the table's columns, is or must be. The values of a partitioned
 * table are read; those of its partition key must be there.
 */
place *relation_place(opened *o, target *t, const Datum *values, const bool *nulls);

/* The row that was found, in the table's columns. The values point into the slot. */
void relation_take_found(const target *t, const place *p, Datum *values, bool *nulls);

#endif
