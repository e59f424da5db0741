/*
 * apply/write.c
 *	  Writes one row change; see write.h.
 */
#include "apply/write.h"

#include "access/xact.h"
#include "apply/compat.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "executor/nodeModifyTable.h"
#include "miscadmin.h"
#include "nodes/bitmapset.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

int
write_errcode(const char *state)
{
	return errcode(MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4]));
}

/* ---- values ---- */

static void
receive_value(writing *w, shape_column *column, const batch_value *from, Datum *value, bool *null)
{
	StringInfoData bytes = {
	    .data = unconstify(char *, from->data), .len = (int) from->len, .maxlen = (int) from->len};

	*value = (Datum) 0;
	*null = from->form == BATCH_NULL || from->form == BATCH_ABSENT;
	if (*null)
		return;
	w->column = column;
	*value = ReceiveFunctionCall(&column->receive, &bytes, column->parameter, column->typmod);
	if (bytes.cursor != bytes.len)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
		                errmsg("incorrect binary data format for column \"%s\"", column->name)));
	w->column = NULL;
}

static void
receive_values(writing *w, shape *s, const batch_value *from, uint32 count, received *to)
{
	to->from = from;
	for (uint32 i = 0; i < count; i++)
		receive_value(w, &s->columns[i], &from[i], &to->values[i], &to->nulls[i]);
}

/* Defaults that are no constants, of the columns that the change does not give. */
static void
compute_defaults(writing *w, used_shape *used, const batch_value *set, Datum *values, bool *nulls)
{
	const shape *s = used->shape;
	EState *estate = w->opened->estate;

	if (used->expressions == NULL)
		used->expressions =
		    MemoryContextAllocZero(estate->es_query_cxt, s->expression_count * sizeof(ExprState *));
	for (int i = 0; i < s->expression_count; i++)
	{
		const AttrNumber attnum = s->expressions[i].attnum;
		uint32 given = 0;

		while (given < s->column_count &&
		       (s->columns[given].attnum != attnum || set[given].form == BATCH_ABSENT))
			given++;
		if (given < s->column_count)
			continue;
		if (used->expressions[i] == NULL)
		{
			MemoryContext old = MemoryContextSwitchTo(estate->es_query_cxt);

			used->expressions[i] = ExecInitExpr(s->expressions[i].expression, NULL);
			MemoryContextSwitchTo(old);
		}
		values[attnum - 1] =
		    ExecEvalExpr(used->expressions[i], GetPerTupleExprContext(estate), &nulls[attnum - 1]);
	}
}

/* The row that an insert makes, in the table's columns. */
static void
make_row(writing *w, used_shape *used, const batch_value *set, Datum *values, bool *nulls)
{
	const shape *s = used->shape;

	memcpy(values, s->defaults, s->attribute_count * sizeof(Datum));
	memcpy(nulls, s->default_nulls, s->attribute_count * sizeof(bool));
	if (s->expression_count > 0)
		compute_defaults(w, used, set, values, nulls);
	for (uint32 i = 0; i < s->column_count; i++)
	{
		const AttrNumber attnum = s->columns[i].attnum;

		if (set[i].form == BATCH_ABSENT)
			continue;
		values[attnum - 1] = w->set.values[i];
		nulls[attnum - 1] = w->set.nulls[i];
	}
}

/* What an update makes of a row that is there, in the table's columns. */
static void
change_row(const writing *w, const shape *s, const batch_value *set, Datum *values, bool *nulls)
{
	for (uint32 i = 0; i < s->column_count; i++)
	{
		const AttrNumber attnum = s->columns[i].attnum;

		if (set[i].form == BATCH_ABSENT)
			continue;
		values[attnum - 1] = w->set.values[i];
		nulls[attnum - 1] = w->set.nulls[i];
	}
}

/* The row to be written, in the place's columns, which the table's values make. */
static TupleTableSlot *
store_row(const place *p, const Datum *values, const bool *nulls)
{
	TupleTableSlot *row = p->row;

	ExecClearTuple(row);
	for (int i = 0; i < row->tts_tupleDescriptor->natts; i++)
	{
		const int from = p->from_table == NULL ? i : p->from_table->attrMap->attnums[i] - 1;

		row->tts_values[i] = from < 0 ? (Datum) 0 : values[from];
		row->tts_isnull[i] = from < 0 || nulls[from];
	}
	return ExecStoreVirtualTuple(row);
}

/* ---- rows ---- */

/* One writer keeps a wiki: if somebody else wrote as well, the same batch can succeed in another transaction. */
static void
check_written(const place *p, TM_Result result)
{
	const char *table = RelationGetRelationName(p->rri->ri_RelationDesc);

	if (result == TM_Ok)
		return;
	if (result == TM_Updated || result == TM_Deleted || result == TM_BeingModified)
		ereport(ERROR,
		        (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
		         errmsg("a row of \"%s\" was changed by another transaction meanwhile", table),
		         errhint("Apply the transaction again.")));
	elog(ERROR, "unexpected result %d of writing a row of \"%s\"", (int) result, table);
}

static void
insert_row(opened *o, place *p, const Datum *values, const bool *nulls)
{
	TupleTableSlot *row = store_row(p, values, nulls);

	ExecSimpleRelationInsert(p->rri, o->estate, row);
	ExecClearTuple(row);
	p->changed = o->step;
}

/* The way of PostgreSQL's apply worker, which knows triggers. */
static void
update_with_triggers(writing *w, used_shape *used, place *p, TupleTableSlot *row)
{
	const shape *s = used->shape;
	EState *estate = w->opened->estate;
	Bitmapset *columns = NULL;
	EPQState epq;

	for (uint32 i = 0; i < s->column_count; i++)
	{
		if (w->set.from[i].form != BATCH_ABSENT)
			columns =
			    bms_add_member(columns, s->columns[i].attnum - FirstLowInvalidHeapAttributeNumber);
	}
	compat_set_updated_columns(estate, used->target->number, columns);
	compat_init_epq(&epq, estate);
	ExecSimpleRelationUpdate(p->rri, estate, &epq, p->found, row);
	EvalPlanQualEnd(&epq);
	compat_set_updated_columns(estate, used->target->number, NULL);
}

static void
update_row(writing *w, used_shape *used, place *p, const Datum *values, const bool *nulls)
{
	ResultRelInfo *rri = p->rri;
	Relation rel = rri->ri_RelationDesc;
	EState *estate = w->opened->estate;
	TupleConstr *constraints = RelationGetDescr(rel)->constr;
	TupleTableSlot *row = store_row(p, values, nulls);
	TM_FailureData failure;

	if (rri->ri_TrigDesc != NULL)
		update_with_triggers(w, used, p, row);
	else
	{
		CheckCmdReplicaIdentity(rel, CMD_UPDATE);
		if (constraints != NULL && constraints->has_generated_stored)
			ExecComputeStoredGenerated(rri, estate, row, CMD_UPDATE);
		if (constraints != NULL)
			ExecConstraints(rri, row, estate);
		if (rel->rd_rel->relispartition)
			ExecPartitionCheck(rri, row, estate, true);
		check_written(p, compat_update_tuple(rri, estate, &p->found->tts_tid, row,
		                                     GetActiveSnapshot(), &failure));
	}
	ExecClearTuple(row);
	p->changed = w->opened->step;
}

static void
delete_row(writing *w, place *p)
{
	ResultRelInfo *rri = p->rri;
	EState *estate = w->opened->estate;
	TM_FailureData failure;
	EPQState epq;

	if (rri->ri_TrigDesc != NULL)
	{
		compat_init_epq(&epq, estate);
		ExecSimpleRelationDelete(rri, estate, &epq, p->found);
		EvalPlanQualEnd(&epq);
	}
	else
	{
		CheckCmdReplicaIdentity(rri->ri_RelationDesc, CMD_DELETE);
		check_written(p, compat_delete_tuple(rri->ri_RelationDesc, &p->found->tts_tid,
		                                     GetActiveSnapshot(), &failure));
	}
	p->changed = w->opened->step;
}

/* Values and NULLs of a row in the table's columns, in the current memory context. */
static void
make_room(const shape *s, Datum **values, bool **nulls)
{
	*values = palloc(s->attribute_count * sizeof(Datum));
	*nulls = palloc(s->attribute_count * sizeof(bool));
}

/* The row that was found. */
static table_row
take_found(const used_shape *used, const place *p)
{
	Datum *values;
	bool *nulls;

	make_room(used->shape, &values, &nulls);
	relation_take_found(used->target, p, values, nulls);
	return (table_row){values, nulls};
}

static void
tell_inserted(writing *w, const used_shape *used, const table_row *row)
{
	if (w->references != NULL)
		reference_changed(w->references, used->target, GRAPH_AFTER, row, NULL);
}

/* Tells of the row that was found and becomes another. */
static void
tell_updated(writing *w, const used_shape *used, const place *p, const table_row *row)
{
	table_row before;

	if (w->references == NULL)
		return;
	before = take_found(used, p);
	reference_changed(w->references, used->target, GRAPH_BEFORE, &before, row);
	reference_changed(w->references, used->target, GRAPH_AFTER, row, &before);
}

/* Tells of the row that was found and goes away. */
static void
tell_deleted(writing *w, const used_shape *used, const place *p)
{
	table_row before;

	if (w->references == NULL)
		return;
	before = take_found(used, p);
	reference_changed(w->references, used->target, GRAPH_GONE, &before, NULL);
}

/* Puts the values in the place of the row that was found, or where they belong now. */
static void
replace_found(writing *w, used_shape *used, place *p, const Datum *values, const bool *nulls)
{
	place *to = relation_place(w->opened, used->target, values, nulls);

	tell_updated(w, used, p, &(table_row){values, nulls});
	if (to == p)
	{
		update_row(w, used, p, values, nulls);
		return;
	}
	insert_row(w->opened, to, values, nulls);
	delete_row(w, p);
}

/* ---- changes ---- */

static int64
write_insert(writing *w, used_shape *used, const batch_item *item)
{
	shape *s = used->shape;
	Datum *values;
	bool *nulls;
	place *p;

	receive_values(w, s, item->set, s->column_count, &w->set);
	make_room(s, &values, &nulls);
	make_row(w, used, item->set, values, nulls);
	if ((item->flags & BATCH_TELL) != 0)
	{
		if (w->references != NULL)
			reference_tell(w->references, used->target, &(table_row){values, nulls});
	}
	else if ((item->flags & BATCH_UPSERT) != 0 &&
	         search_next(w->opened, search_begin(w->opened, used->target, s, &w->set, &p)))
	{
		replace_found(w, used, p, values, nulls);
		ExecClearTuple(p->found);
	}
	else
	{
		tell_inserted(w, used, &(table_row){values, nulls});
		insert_row(w->opened, relation_place(w->opened, used->target, values, nulls), values,
		           nulls);
	}
	return 1;
}

static void
fail_missing(const shape *s, const target *t, const char *verb)
{
	ereport(ERROR, (write_errcode(BATCH_STATE_MISSING),
	                errmsg("there is no row to %s in %s", verb, s->table),
	                errhint("The mirror does not equal the source here: copy the wiki again."),
	                errtable(t->rel)));
}

/* Writes what was found. */
static void
write_found(writing *w, used_shape *used, const batch_item *item, place *p)
{
	MemoryContext old = MemoryContextSwitchTo(GetPerTupleMemoryContext(w->opened->estate));
	Datum *values;
	bool *nulls;

	if (item->kind == BATCH_DELETE)
	{
		tell_deleted(w, used, p);
		delete_row(w, p);
	}
	else
	{
		make_room(used->shape, &values, &nulls);
		relation_take_found(used->target, p, values, nulls);
		change_row(w, used->shape, item->set, values, nulls);
		replace_found(w, used, p, values, nulls);
	}
	ExecClearTuple(p->found);
	MemoryContextSwitchTo(old);
	ResetPerTupleExprContext(w->opened->estate);
}

static int64
write_to_found(writing *w, used_shape *used, const batch_item *item)
{
	shape *s = used->shape;
	const bool each = (item->flags & BATCH_EACH) != 0;
	int64 count = 0;
	finder *f;
	place *p;

	receive_values(w, s, item->find, s->finds, &w->find);
	if (item->kind == BATCH_UPDATE)
		receive_values(w, s, item->set, s->column_count, &w->set);
	f = search_begin(w->opened, used->target, s, &w->find, &p);
	while ((each || count == 0) && search_next(w->opened, f))
	{
		write_found(w, used, item, p);
		count++;
	}
	if (count == 0 && !each && (item->flags & BATCH_MAY_MISS) == 0)
		fail_missing(s, used->target, item->kind == BATCH_UPDATE ? "update" : "delete");
	return count;
}

int64
write_change(writing *w, used_shape *used, const batch_item *item)
{
	MemoryContext old = MemoryContextSwitchTo(w->memory);
	int64 count;

	CHECK_FOR_INTERRUPTS();
	relation_check_allowed(
	    used->target,
	    item->kind == BATCH_INSERT
	        ? ACL_INSERT |
	              ((item->flags & BATCH_UPSERT) != 0 ? ACL_SELECT | ACL_UPDATE : ACL_NO_RIGHTS)
	        : ACL_SELECT | (item->kind == BATCH_UPDATE ? ACL_UPDATE : ACL_DELETE));
	count =
	    item->kind == BATCH_INSERT ? write_insert(w, used, item) : write_to_found(w, used, item);
	MemoryContextSwitchTo(old);
	MemoryContextReset(w->memory);
	ResetPerTupleExprContext(w->opened->estate);
	return count;
}
