/*
 * apply/noted.c
 *	  Rows that statements wrote; see noted.h.
 */
#include "apply/noted.h"

#include "access/xact.h"
#include "apply/caller.h"
#include "fmgr.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(mwmirror_note_row);

/* What is noted in this PostgreSQL transaction, in its memory; NULL: nothing. */
static MemoryContext memory;
static noted_row *first;
static noted_row *last;
static bool too_many;
static bool is_told;
static uint64 told_streams;

static void
transaction_ends(XactEvent event, void *arg)
{
	if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT && event != XACT_EVENT_PREPARE)
		return;
	memory = NULL;
	first = last = NULL;
	is_told = false;
}

static void
begin(void)
{
	static bool watched = false;

	if (!watched)
		RegisterXactCallback(transaction_ends, NULL);
	watched = true;
	memory =
	    AllocSetContextCreate(TopTransactionContext, "mwmirror noted rows", ALLOCSET_DEFAULT_SIZES);
	too_many = false;
}

const noted_row *
noted_take(void)
{
	return first;
}

void
noted_forget(void)
{
	if (memory == NULL)
		return;
	MemoryContextDelete(memory);
	memory = NULL;
	first = last = NULL;
	is_told = false;
}

/* has_room warns once. */
static bool
has_room(Oid relid)
{
	if (MemoryContextMemAllocated(memory, false) < NOTED_MOST)
		return true;
	if (!too_many)
		ereport(WARNING, (errmsg("a source transaction writes more rows of %s than can be noted",
		                         get_rel_name(relid)),
		                  errdetail("Events may lack what the other ones refer to.")));
	too_many = true;
	return false;
}

static void
note(Oid relid, graph_side side, HeapTupleHeader row, Size len)
{
	MemoryContext old;
	noted_row *noted;

	if (memory == NULL)
		begin();
	if (!has_room(relid))
		return;
	old = MemoryContextSwitchTo(memory);
	noted = palloc0(sizeof(noted_row));
	noted->relid = relid;
	noted->side = side;
	noted->tuple.t_len = (uint32) len;
	ItemPointerSetInvalid(&noted->tuple.t_self);
	noted->tuple.t_data = palloc(len);
	memcpy(noted->tuple.t_data, row, len);
	if (last == NULL)
		first = noted;
	else
		last->next = noted;
	last = noted;
	MemoryContextSwitchTo(old);
}

void
noted_tell(Oid relid, HeapTuple row, uint64 streams)
{
	note(relid, GRAPH_TOLD, row->t_data, row->t_len);
	told_streams = streams;
	is_told = true;
}

bool
noted_is_told(uint64 *streams)
{
	*streams = told_streams;
	return is_told;
}

/* mwmirror.note_row(written record, gone boolean) returns void */
Datum
mwmirror_note_row(PG_FUNCTION_ARGS)
{
	HeapTupleHeader row = PG_GETARG_HEAPTUPLEHEADER(0);
	Oid relid = get_typ_typrelid(HeapTupleHeaderGetTypeId(row));
	const graph_node *node;

	caller_origin();
	node = OidIsValid(relid) ? graph_find(graph_get(), relid) : NULL;
	if (node != NULL && node->edge_count > 0)
		note(relid, PG_GETARG_BOOL(1) ? GRAPH_GONE : GRAPH_AFTER, row,
		     HeapTupleHeaderGetDatumLength(row));
	PG_RETURN_VOID();
}
