/*
 * apply/shape.h
 *	  Shapes of a batch, resolved: table, columns, how values are received, defaults. Kept over calls.
 *
 * A shape is known by its bytes. What is kept is dropped when the table, an index of it or a schema changes; nothing
 * of it depends on a transaction. While a call uses shapes, the relations that they name are locked.
 */
#ifndef MWMIRROR_APPLY_SHAPE_H
#define MWMIRROR_APPLY_SHAPE_H

#include "postgres.h"

#include "access/skey.h"
#include "fmgr.h"
#include "nodes/primnodes.h"
#include "wire/batch.h"

typedef struct shape_column
{
	const char *name;
	AttrNumber attnum;
	Oid type;
	int32 typmod;
	Oid parameter; /* of the receive function */
	Oid collation;
	FmgrInfo receive;
} shape_column;

/* A default that must be computed for each row. */
typedef struct shape_expression
{
	AttrNumber attnum;
	Expr *expression;
} shape_expression;

struct search;

typedef struct shape
{
	/* key */
	uint32 hash;
	uint32 len;
	const char *bytes;

	Oid relid;
	bool valid; /* false: something changed, make it anew */
	MemoryContext memory;
	const char *table; /* schema.table, for messages */
	uint32 finds;      /* as in the batch */
	uint32 column_count;
	shape_column *columns;
	int attribute_count; /* of the table, dropped ones too */
	Datum *defaults;     /* by attribute: constant default, or NULL */
	bool *default_nulls;
	shape_expression *expressions;
	int expression_count;
	struct search *searches; /* of search.c */
	struct shape *next;
} shape;

/*
 * Resolves count shapes of a batch, and locks their tables with RowExclusiveLock until the end of the transaction, always in the
 * order of their oids. Errors: a table or column that is not there, a table that is none of the mirror's.
 */
void shape_resolve_all(const batch_shape *from, uint32 count, shape **to);

/* Drops what is kept of relations that changed, and everything if that is much. Only while no call uses any. */
void shape_forget_old(void);

#endif
