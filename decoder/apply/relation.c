/*
 * apply/relation.c
 *	  Opens and closes the tables of a call, finds partitions; see relation.h.
 */
#include "apply/relation.h"

#include "access/table.h"
#include "access/xact.h"
#include "apply/compat.h"
#include "apply/search.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "partitioning/partdesc.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

/* ---- opening ---- */

static place *
add_place(opened *o, target *t, ResultRelInfo *rri)
{
	Relation rel = rri->ri_RelationDesc;
	place *p = palloc0(sizeof(place));

	p->rri = rri;
	p->found = table_slot_create(rel, &o->estate->es_tupleTable);
	p->row = ExecInitExtraTupleSlot(o->estate, RelationGetDescr(rel), &TTSOpsVirtual);
	p->next = t->places;
	t->places = p;
	return p;
}

static void
open_partitioned(opened *o, target *t)
{
	PartitionDesc partitions = RelationGetPartitionDesc(t->rel, false);

	for (int i = 0; i < partitions->nparts; i++)
	{
		if (!partitions->is_leaf[i])
			ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			                errmsg("partitions of \"%s\" are partitioned themselves",
			                       RelationGetRelationName(t->rel)),
			                errhint("Partition the table by one level only.")));
	}
	t->state = makeNode(ModifyTableState);
	t->state->ps.state = o->estate;
	t->state->operation = CMD_INSERT;
	t->state->resultRelInfo = t->rri;
	t->routing = ExecSetupPartitionTupleRouting(o->estate, t->rel);
	t->row = ExecInitExtraTupleSlot(o->estate, RelationGetDescr(t->rel), &TTSOpsVirtual);
}

static void
open_target(opened *o, target *t)
{
	t->rri = makeNode(ResultRelInfo);
	InitResultRelInfo(t->rri, t->rel, t->number, NULL, 0);
	ExecOpenIndices(t->rri, false);
	o->estate->es_opened_result_relations = lappend(o->estate->es_opened_result_relations, t->rri);
	if (t->rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
		open_partitioned(o, t);
	else
		add_place(o, t, t->rri);
}

static target *
add_target(opened *o, Oid relid)
{
	target *t = palloc0(sizeof(target));

	t->rel = table_open(relid, NoLock);
	o->targets = lappend(o->targets, t);
	return t;
}

opened *
relation_open_all(const Oid *relids, int count)
{
	EState *estate = CreateExecutorState();
	MemoryContext old = MemoryContextSwitchTo(estate->es_query_cxt);
	opened *o = palloc0(sizeof(opened));
	List *range_table = NIL;
	List *permissions = NIL;
	ListCell *cell;

	o->estate = estate;
	o->step = 1;
	for (int i = 0; i < count; i++)
	{
		target *t;

		if (relation_find(o, relids[i]) != NULL)
			continue;
		t = add_target(o, relids[i]);
		t->number = (Index) list_length(o->targets);
		compat_add_relation(&range_table, &permissions, relids[i], t->rel->rd_rel->relkind);
	}
	compat_init_range_table(estate, range_table, permissions);
	estate->es_output_cid = GetCurrentCommandId(false);
	PushCopiedSnapshot(GetActiveSnapshot());
	estate->es_snapshot = GetActiveSnapshot();
	foreach (cell, o->targets)
		open_target(o, lfirst(cell));
	AfterTriggerBeginQuery();
	MemoryContextSwitchTo(old);
	return o;
}

target *
relation_open_to_read(opened *o, Oid relid)
{
	target *t = relation_find(o, relid);
	MemoryContext old;

	if (t != NULL)
		return t;
	old = MemoryContextSwitchTo(o->estate->es_query_cxt);
	t = add_target(o, relid);
	open_target(o, t);
	MemoryContextSwitchTo(old);
	return t;
}

void
relation_close_all(opened *o)
{
	ListCell *cell;

	AfterTriggerEndQuery(o->estate);
	foreach (cell, o->targets)
	{
		for (place *p = ((target *) lfirst(cell))->places; p != NULL; p = p->next)
			search_end(p);
	}
	ExecResetTupleTable(o->estate->es_tupleTable, false);
	foreach (cell, o->targets)
	{
		target *t = lfirst(cell);

		if (t->routing != NULL)
			ExecCleanupTupleRouting(t->state, t->routing);
	}
	ExecCloseResultRelations(o->estate);
	foreach (cell, o->targets)
		table_close(((target *) lfirst(cell))->rel, NoLock);
	PopActiveSnapshot();
	FreeExecutorState(o->estate);
}

target *
relation_find(opened *o, Oid relid)
{
	ListCell *cell;

	foreach (cell, o->targets)
	{
		target *t = lfirst(cell);

		if (RelationGetRelid(t->rel) == relid)
			return t;
	}
	return NULL;
}

void
relation_check_allowed(target *t, AclMode wanted)
{
	const Oid relid = RelationGetRelid(t->rel);

	if ((t->allowed & wanted) == wanted)
		return;
	if (pg_class_aclmask(relid, GetUserId(), wanted, ACLMASK_ALL) != wanted)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, RelationGetRelationName(t->rel));
	if (check_enable_rls(relid, InvalidOid, false) == RLS_ENABLED)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
		                errmsg("table \"%s\" has row-level security, which mwmirror.apply() does "
		                       "not follow",
		                       RelationGetRelationName(t->rel))));
	t->allowed |= wanted;
}

/* ---- steps ---- */

void
relation_next_step(opened *o)
{
	CommandCounterIncrement();
	UpdateActiveSnapshotCommandId();
	o->estate->es_output_cid = GetCurrentCommandId(false);
	o->step++;
}

void
relation_end_source(opened *o)
{
	AfterTriggerEndQuery(o->estate);
	relation_next_step(o);
	AfterTriggerBeginQuery();
}

/* ---- partitions ---- */

static place *
place_of_partition(opened *o, target *t, ResultRelInfo *rri)
{
	MemoryContext old;
	place *p;

	for (p = t->places; p != NULL; p = p->next)
	{
		if (p->rri == rri)
			return p;
	}
	if (rri->ri_RelationDesc->rd_rel->relkind != RELKIND_RELATION)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
		                errmsg("partition \"%s\" is not a table",
		                       RelationGetRelationName(rri->ri_RelationDesc))));
	old = MemoryContextSwitchTo(o->estate->es_query_cxt);
	p = add_place(o, t, rri);
	p->to_table =
	    convert_tuples_by_name(RelationGetDescr(rri->ri_RelationDesc), RelationGetDescr(t->rel));
	p->from_table =
	    convert_tuples_by_name(RelationGetDescr(t->rel), RelationGetDescr(rri->ri_RelationDesc));
	MemoryContextSwitchTo(old);
	return p;
}

place *
relation_place(opened *o, target *t, const Datum *values, const bool *nulls)
{
	const int count = RelationGetNumberOfAttributes(t->rel);
	ResultRelInfo *rri;

	if (t->routing == NULL)
		return t->places;
	ExecClearTuple(t->row);
	memcpy(t->row->tts_values, values, count * sizeof(Datum));
	memcpy(t->row->tts_isnull, nulls, count * sizeof(bool));
	ExecStoreVirtualTuple(t->row);
	rri = ExecFindPartition(t->state, t->rri, t->routing, t->row, o->estate);
	ExecClearTuple(t->row);
	return place_of_partition(o, t, rri);
}

void
relation_take_found(const target *t, const place *p, Datum *values, bool *nulls)
{
	slot_getallattrs(p->found);
	for (int i = 0; i < RelationGetNumberOfAttributes(t->rel); i++)
	{
		const int from = p->to_table == NULL ? i : p->to_table->attrMap->attnums[i] - 1;

		values[i] = from < 0 ? (Datum) 0 : p->found->tts_values[from];
		nulls[i] = from < 0 || p->found->tts_isnull[from];
	}
}
