/*
 * apply/apply.c
 *	  SQL function mwmirror.apply(batch bytea): writes a batch of row changes (wire/batch.h), row by row in its order.
 *
 * All of it happens or nothing: an error aborts the caller's transaction or subtransaction. The error's context names the
 * change by its number in the batch, GTID, table and key.
 *
 * Who: a role that may execute it and has the rights on the tables, and only in a session with a replication origin of
 * the mirror (plugin/origin.h), as the decoder believes no other rows.
 */
#include "postgres.h"

#include "access/xact.h"
#include "apply/caller.h"
#include "apply/compat.h"
#include "apply/describe.h"
#include "apply/graph.h"
#include "apply/reference.h"
#include "apply/relation.h"
#include "apply/shape.h"
#include "apply/write.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "plugin/core/origin.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "wire/batch.h"
#include "wire/mark.h"

PG_FUNCTION_INFO_V1(mwmirror_apply);

/* One call. */
typedef struct applying
{
	batch_reader reader;
	batch_shape *shapes;
	uint32 shape_count;
	uint32 columns_max;
	used_shape *used;
	writing writing;
	batch_item item;
	unsigned number;           /* of the change in the batch; 0: none is being written */
	origin origin;             /* whose rows the session may write */
	char gtid[MARK_GTID_SIZE]; /* of the source transaction; "": none has begun */
	int64 changed;
} applying;

/* A trigger or default must not call the function from inside of itself: what is kept of shapes is in use. */
static bool busy;

/* ---- who may ---- */

static void
check_caller(void)
{
	PreventCommandIfReadOnly("mwmirror.apply()");
	PreventCommandIfParallelMode("mwmirror.apply()");
	if (busy)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_IN_USE),
		                errmsg("mwmirror.apply() cannot be called from inside of itself")));
}

/* ---- errors ---- */

static const char *
verb_of(batch_kind kind)
{
	return kind == BATCH_INSERT ? "INSERT" : kind == BATCH_UPDATE ? "UPDATE" : "DELETE";
}

static void
add_context(void *arg)
{
	const applying *a = arg;
	const batch_item *item = &a->item;
	const shape *s;
	StringInfoData key;

	if (a->number == 0)
		return;
	/* what receive functions say of a value that is too short, which a client would take for a broken connection */
	if (a->writing.column != NULL && geterrcode() == ERRCODE_PROTOCOL_VIOLATION)
		errcode(ERRCODE_INVALID_BINARY_REPRESENTATION);
	s = a->used[item->shape].shape;
	initStringInfo(&key);
	describe_key(&key, s, item->kind == BATCH_INSERT ? item->set : item->find);
	if (a->writing.column != NULL)
		errcontext(BATCH_CONTEXT " (GTID %s): %s of %s, key (%s), column %s", a->number, a->gtid,
		           verb_of(item->kind), s->table, key.data, a->writing.column->name);
	else
		errcontext(BATCH_CONTEXT " (GTID %s): %s of %s, key (%s)", a->number, a->gtid,
		           verb_of(item->kind), s->table, key.data);
}

static void
fail_format(const applying *a, const char *why)
{
	ereport(ERROR, (write_errcode(BATCH_STATE_FORMAT), errmsg("malformed batch: %s", why),
	                errdetail("At byte %zu.", batch_offset(&a->reader))));
}

/* ---- reading ---- */

static void
read_shapes(applying *a, const char *data, size_t len)
{
	if (!batch_begin(&a->reader, data, len, &a->shape_count))
		fail_format(a, a->reader.why);
	a->shapes = palloc0(Max(a->shape_count, 1) * sizeof(batch_shape));
	for (uint32 i = 0; i < a->shape_count; i++)
	{
		if (!batch_read_shape(&a->reader, &a->shapes[i]))
			fail_format(a, a->reader.why);
		a->columns_max = Max(a->columns_max, a->shapes[i].columns);
	}
}

static received
make_received(uint32 columns)
{
	received r = {.values = palloc0(Max(columns, 1) * sizeof(Datum)),
	              .nulls = palloc0(Max(columns, 1) * sizeof(bool))};

	return r;
}

/* The shapes of the batch, and behind them those of what its rows can refer to. The tables of all are locked. */
static shape **
resolve_shapes(applying *a, const graph *g)
{
	const uint32 count = a->shape_count + (g == NULL ? 0 : (uint32) g->target_count);
	batch_shape *all = palloc0(Max(count, 1) * sizeof(batch_shape));
	shape **shapes = palloc0(Max(count, 1) * sizeof(shape *));

	memcpy(all, a->shapes, a->shape_count * sizeof(batch_shape));
	for (uint32 i = a->shape_count; i < count; i++)
		all[i] = g->targets[i - a->shape_count].shape;
	shape_forget_old();
	shape_resolve_all(all, count, shapes);
	return shapes;
}

/* Resolves all shapes, and opens the tables of the batch's. */
static void
open_shapes(applying *a)
{
	Oid *relids = palloc0(Max(a->shape_count, 1) * sizeof(Oid));
	const graph *g;
	shape **shapes;
	uint64 version;

	/* a lock that is waited for can bring news of the graph's tables: another one has the name then */
	do
	{
		g = a->reader.whole ? graph_get() : NULL;
		version = g == NULL ? 0 : g->version;
		shapes = resolve_shapes(a, g);
	} while (g != NULL && graph_get()->version != version);
	for (uint32 i = 0; i < a->shape_count; i++)
		relids[i] = shapes[i]->relid;
	a->writing.opened = relation_open_all(relids, (int) a->shape_count);
	a->used = palloc0(Max(a->shape_count, 1) * sizeof(used_shape));
	for (uint32 i = 0; i < a->shape_count; i++)
	{
		a->used[i].shape = shapes[i];
		a->used[i].target = relation_find(a->writing.opened, relids[i]);
	}
	if (g != NULL)
		a->writing.references = reference_begin(a->writing.opened, g, shapes + a->shape_count);
}

/* Room for the values of a change. */
static void
make_room(applying *a)
{
	a->writing.memory =
	    AllocSetContextCreate(CurrentMemoryContext, "mwmirror change", ALLOCSET_DEFAULT_SIZES);
	a->writing.find = make_received(a->columns_max);
	a->writing.set = make_received(a->columns_max);
	a->item.find = palloc0(Max(a->columns_max, 1) * sizeof(batch_value));
	a->item.set = palloc0(Max(a->columns_max, 1) * sizeof(batch_value));
}

/* ---- items ---- */

static void
begin_source(applying *a)
{
	const batch_bytes *text = &a->item.text;

	if (text->len >= sizeof(a->gtid))
		fail_format(a, "a GTID is too long");
	for (uint32 i = 0; i < text->len; i++)
	{
		if (strchr("0123456789-Q.", text->data[i]) == NULL || text->data[i] == '\0')
			fail_format(a, "a GTID holds more than digits and dashes");
	}
	if (a->gtid[0] != '\0')
		fail_format(a, "a source transaction begins inside of another");
	memcpy(a->gtid, text->data, text->len);
	a->gtid[text->len] = '\0';
	if (a->writing.references != NULL)
		reference_begin_source(a->writing.references, a->gtid);
}

static void
end_source(applying *a)
{
	const batch_bytes *text = &a->item.text;
	mark m;

	if (!mark_parse(text->data, text->len, &m))
		fail_format(a, "a mark is malformed");
	if (strcmp(m.gtid, a->gtid) != 0)
		fail_format(a, "a mark is of another source transaction");
	if (strcmp(m.source, a->origin.source) != 0)
		fail_format(a, "a mark is of another source than the session");
	relation_end_source(a->writing.opened);
	if (a->writing.references != NULL)
		reference_end_source(a->writing.references, text->data, text->len);
	else
		compat_log_message(MARK_PREFIX, text->data, text->len);
	a->gtid[0] = '\0';
}

static void
apply_change(applying *a)
{
	if (a->gtid[0] == '\0')
		fail_format(a, "a change is of no source transaction");
	a->number = a->reader.changes;
	a->changed += write_change(&a->writing, &a->used[a->item.shape], &a->item);
	a->number = 0;
}

static void
apply_items(applying *a)
{
	do
	{
		if (!batch_read_item(&a->reader, a->shapes, a->shape_count, &a->item))
			fail_format(a, a->reader.why);
		switch (a->item.kind)
		{
			case BATCH_SOURCE:
				begin_source(a);
				break;
			case BATCH_END:
				end_source(a);
				break;
			case BATCH_INSERT:
			case BATCH_UPDATE:
			case BATCH_DELETE:
				apply_change(a);
				break;
			case BATCH_DONE:
				break;
		}
	} while (a->item.kind != BATCH_DONE);
}

static int64
apply_batch(const char *data, size_t len)
{
	applying *a = palloc0(sizeof(applying));
	ErrorContextCallback context = {
	    .previous = error_context_stack, .callback = add_context, .arg = a};

	a->origin = caller_origin();
	read_shapes(a, data, len);
	error_context_stack = &context;
	open_shapes(a);
	make_room(a);
	apply_items(a);
	if (a->writing.references != NULL)
		reference_end(a->writing.references);
	relation_close_all(a->writing.opened);
	error_context_stack = context.previous;
	return a->changed;
}

/* mwmirror.apply(batch bytea) returns bigint: how many rows changed. */
Datum
mwmirror_apply(PG_FUNCTION_ARGS)
{
	bytea *batch = PG_GETARG_BYTEA_PP(0);
	MemoryContext memory =
	    AllocSetContextCreate(CurrentMemoryContext, "mwmirror apply", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(memory);
	int64 changed = 0;

	check_caller();
	busy = true;
	PG_TRY();
	{
		changed = apply_batch(VARDATA_ANY(batch), VARSIZE_ANY_EXHDR(batch));
	}
	PG_FINALLY();
	{
		busy = false;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old);
	MemoryContextDelete(memory);
	PG_RETURN_INT64(changed);
}
