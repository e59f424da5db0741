/*
 * apply/compat.h
 *	  All that differs between PostgreSQL versions in the functions that writing and reading rows need.
 */
#ifndef MWMIRROR_APPLY_COMPAT_H
#define MWMIRROR_APPLY_COMPAT_H

#include "postgres.h"

#include "access/genam.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "parser/parse_relation.h"
#include "plugin/core/compat.h"
#include "replication/message.h"
#include "replication/origin.h"

/* Appends a relation to a range table; its number there is the list's new length. */
static inline void
compat_add_relation(List **range_table, List **permissions, Oid relid, char relkind)
{
	RangeTblEntry *entry = makeNode(RangeTblEntry);

	entry->rtekind = RTE_RELATION;
	entry->relid = relid;
	entry->relkind = relkind;
	entry->rellockmode = RowExclusiveLock;
	*range_table = lappend(*range_table, entry);
#if PG_VERSION_NUM >= 160000
	addRTEPermissionInfo(permissions, entry);
#endif
}

static inline void
compat_init_range_table(EState *estate, List *range_table, List *permissions)
{
#if PG_VERSION_NUM >= 180000
	ExecInitRangeTable(estate, range_table, permissions,
	                   bms_add_range(NULL, 1, list_length(range_table)));
#elif PG_VERSION_NUM >= 160000
	ExecInitRangeTable(estate, range_table, permissions);
#else
	ExecInitRangeTable(estate, range_table);
#endif
}

/* Which columns an update sets, for triggers that want to know. */
static inline void
compat_set_updated_columns(EState *estate, Index number, Bitmapset *columns)
{
	RangeTblEntry *entry = exec_rt_fetch(number, estate);

#if PG_VERSION_NUM >= 160000
	getRTEPermissionInfo(estate->es_rteperminfos, entry)->updatedCols = columns;
#else
	entry->updatedCols = columns;
#endif
}

static inline void
compat_init_epq(EPQState *state, EState *estate)
{
#if PG_VERSION_NUM >= 160000
	EvalPlanQualInit(state, estate, NULL, NIL, -1, NIL);
#else
	EvalPlanQualInit(state, estate, NULL, NIL, -1);
#endif
}

static inline IndexScanDesc
compat_begin_index_scan(Relation heap, Relation index, Snapshot snapshot, int keys)
{
#if PG_VERSION_NUM >= 190000
	return index_beginscan(heap, index, snapshot, NULL, keys, 0, SO_NONE);
#elif PG_VERSION_NUM >= 180000
	return index_beginscan(heap, index, snapshot, NULL, keys, 0);
#else
	return index_beginscan(heap, index, snapshot, keys, 0);
#endif
}

static inline TableScanDesc
compat_begin_table_scan(Relation heap, Snapshot snapshot)
{
#if PG_VERSION_NUM >= 190000
	return table_beginscan(heap, snapshot, 0, NULL, SO_NONE);
#else
	return table_beginscan(heap, snapshot, 0, NULL);
#endif
}

static inline TM_Result
compat_delete_tuple(Relation heap, ItemPointer tid, Snapshot snapshot, TM_FailureData *failure)
{
#if PG_VERSION_NUM >= 190000
	return table_tuple_delete(heap, tid, GetCurrentCommandId(true), 0, snapshot, InvalidSnapshot,
	                          true, failure);
#else
	return table_tuple_delete(heap, tid, GetCurrentCommandId(true), snapshot, InvalidSnapshot, true,
	                          failure, false);
#endif
}

/* Updates a tuple and its index entries: what simple_table_tuple_update does, but the caller judges the result. */
static inline TM_Result
compat_update_tuple(ResultRelInfo *rri, EState *estate, ItemPointer tid, TupleTableSlot *slot,
                    Snapshot snapshot, TM_FailureData *failure)
{
	LockTupleMode mode;
	TM_Result result;
#if PG_VERSION_NUM >= 160000
	TU_UpdateIndexes indexes;
#else
	bool indexes;
#endif

#if PG_VERSION_NUM >= 190000
	result = table_tuple_update(rri->ri_RelationDesc, tid, slot, GetCurrentCommandId(true), 0,
	                            snapshot, InvalidSnapshot, true, failure, &mode, &indexes);
#else
	result = table_tuple_update(rri->ri_RelationDesc, tid, slot, GetCurrentCommandId(true),
	                            snapshot, InvalidSnapshot, true, failure, &mode, &indexes);
#endif
	if (result != TM_Ok || rri->ri_NumIndices == 0)
		return result;
#if PG_VERSION_NUM >= 190000
	if (indexes != TU_None)
		ExecInsertIndexTuples(
		    rri, estate, EIIT_IS_UPDATE | (indexes == TU_Summarizing ? EIIT_ONLY_SUMMARIZING : 0),
		    slot, NIL, NULL);
#elif PG_VERSION_NUM >= 160000
	if (indexes != TU_None)
		ExecInsertIndexTuples(rri, slot, estate, true, false, NULL, NIL, indexes == TU_Summarizing);
#else
	if (indexes)
		ExecInsertIndexTuples(rri, slot, estate, true, false, NULL, NIL);
#endif
	return result;
}

/* The replication origin of the session; InvalidReplOriginId without one. */
static inline ReplOriginId
compat_session_origin(void)
{
#if PG_VERSION_NUM >= 190000
	return replorigin_xact_state.origin;
#else
	return replorigin_session_origin;
#endif
}

static inline Oid
compat_primary_key(Relation rel)
{
#if PG_VERSION_NUM >= 180000
	return RelationGetPrimaryKeyIndex(rel, false);
#else
	return RelationGetPrimaryKeyIndex(rel);
#endif
}

static inline void
compat_log_message(const char *prefix, const char *data, size_t len)
{
#if PG_VERSION_NUM >= 170000
	LogLogicalMessage(prefix, data, len, true, false);
#else
	LogLogicalMessage(prefix, data, len, true);
#endif
}

#endif
