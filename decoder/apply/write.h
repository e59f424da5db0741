/*
 * apply/write.h
 *	  Writes one row change, as PostgreSQL's own apply worker does: defaults, constraints, generated columns, indexes, row
 *	  triggers and partitions count; rules, statement triggers and row-level security do not.
 */
#ifndef MWMIRROR_APPLY_WRITE_H
#define MWMIRROR_APPLY_WRITE_H

#include "postgres.h"

#include "apply/reference.h"
#include "apply/relation.h"
#include "apply/search.h"
#include "apply/shape.h"

/* A shape in use by a call. */
typedef struct used_shape
{
	shape *shape;
	target *target;
	ExprState **expressions; /* of the shape's, made when they are first needed */
} used_shape;

/* The change that is being written. */
typedef struct writing
{
	opened *opened;
	MemoryContext memory; /* of the change's values; emptied after it */
	received find;        /* room for the columns of the largest shape */
	received set;
	references *references;     /* to be told of the rows that change; NULL: nobody */
	const shape_column *column; /* whose value is being received; NULL: none. For errors */
} writing;

/*
 * Writes a change; returns the number of rows that changed. Errors: BATCH_STATE_MISSING if a row is not there, serialization
 * failure if somebody else changed it meanwhile, and all that PostgreSQL finds wrong with values, rows and rights.
 */
int64 write_change(writing *w, used_shape *used, const batch_item *item);

/* SQLSTATE of five characters as errcode() takes it. */
int write_errcode(const char *state);

#endif
