/*
 * apply/reference.c
 *	  Follows references and writes the rows; see reference.h.
 *
 * What was looked for is known by its key: the target and the values that find its rows. A lookup is good until a row that
 * it finds changes; then it is read again when it is referred to. Lookups know what their rows refer to, so that
 * a good one needs no look at the rows.
 */
#include "apply/reference.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "apply/edge.h"
#include "apply/lookup.h"
#include "apply/message.h"
#include "apply/noted.h"
#include "apply/search.h"
#include "executor/executor.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "wire/mark.h"
#include "wire/reference.h"

#define REMEMBER_MOST ((Size) 8 << 20) /* bytes of lookups, and of rows that the reader keeps */
#define MESSAGE_MOST (256 << 10)       /* bytes; more rows go in a message of their own */

struct references
{
	MemoryContext context; /* of the call */
	opened *opened;
	const graph *graph;
	shape **shapes;
	lookups *lookups;
	List *pending;       /* lookups that were referred to, in that order */
	StringInfoData name; /* of a user, as a text */
	message message;     /* of rows that were read */
	Datum *values;       /* of a row that was read */
	bool *nulls;
	int room;
};

/* Bounds what is remembered, here and by the reader. */
static void
forget_much(references *r)
{
	lookups *l = r->lookups;

	if (l->sent <= REMEMBER_MOST && MemoryContextMemAllocated(l->context, true) <= REMEMBER_MOST)
		return;
	lookups_start_anew(l, r->graph);
}

/* What was looked for is referred to by the source transaction. */
static void
refer_to(references *r, lookup *e)
{
	MemoryContext old;

	if (e->source == r->lookups->source)
		return;
	e->source = r->lookups->source;
	old = MemoryContextSwitchTo(r->context);
	r->pending = lappend(r->pending, e);
	MemoryContextSwitchTo(old);
}

/* What a row names by an edge; NULL: nothing. */
static lookup *
follow(references *r, const graph_node *node, const graph_edge *edge, const table_row *row)
{
	Datum key[GRAPH_COLUMNS_MAX + 1];

	return edge_key(edge, node, row, &r->name, key) ? lookups_add(r->lookups, edge->to, key) : NULL;
}

/* What finds the row is no longer good. */
static void
spoil(references *r, const graph_node *node, const Datum *values, const bool *nulls)
{
	for (int n = 0; n < node->found_by_count; n++)
	{
		const graph_target *target = node->found_by[n];
		Datum key[GRAPH_COLUMNS_MAX + 1];
		lookup *e;
		int i = 0;

		for (; i <= target->find_count && !nulls[target->attnums[i] - 1]; i++)
			key[i] = values[target->attnums[i] - 1];
		if (i <= target->find_count)
			continue;
		e = lookups_find(r->lookups, target, key);
		if (e != NULL)
			e->good = false;
	}
}

/* True if an UPDATE left a value alone that is out of line, and so not in the WAL. */
static bool
is_incomplete(TupleDesc desc, const table_row *row)
{
	for (int i = 0; i < desc->natts; i++)
		if (!row->nulls[i] && TupleDescAttr(desc, i)->attlen == -1 &&
		    VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(row->values[i])))
			return true;
	return false;
}

/* refer_to_itself has the row that changed told as it is, by its key. */
static void
refer_to_itself(references *r, const graph_target *to, const table_row *row)
{
	Datum key[GRAPH_COLUMNS_MAX + 1];

	for (int i = 0; i <= to->find_count; i++)
		key[i] = row->values[to->attnums[i] - 1];
	refer_to(r, lookups_add(r->lookups, to, key));
}

static void
changed(references *r, Relation rel, graph_side side, const table_row *row, const table_row *other)
{
	const graph_node *node = graph_find(r->graph, RelationGetRelid(rel));
	unsigned sides = side;

	if (node == NULL)
		return;
	if (side == GRAPH_AFTER && other != NULL)
		sides |= GRAPH_UPDATED;
	if (side != GRAPH_TOLD)
		spoil(r, node, row->values, row->nulls);
	if (node->itself != NULL && (sides & GRAPH_UPDATED) != 0 &&
	    is_incomplete(RelationGetDescr(rel), row))
		refer_to_itself(r, node->itself, row);
	for (int i = 0; i < node->edge_count; i++)
	{
		const graph_edge *edge = &node->edges[i];
		lookup *e;

		if (!edge_is_needed(edge) || (edge->of_changed & sides) == 0 ||
		    (other != NULL && !edge_heeds(edge, RelationGetDescr(rel), row, other)))
			continue;
		e = follow(r, node, edge, row);
		if (e != NULL)
			refer_to(r, e);
	}
}

void
reference_changed(references *r, const target *t, graph_side side, const table_row *row,
                  const table_row *other)
{
	changed(r, t->rel, side, row, other);
}

/* take_noted follows references from the rows that statements wrote, or a request tells. */
static void
take_noted(references *r)
{
	for (const noted_row *noted = noted_take(); noted != NULL; noted = noted->next)
	{
		Relation rel = table_open(noted->relid, AccessShareLock);
		const int natts = RelationGetNumberOfAttributes(rel);
		Datum *values = palloc(natts * sizeof(Datum));
		bool *nulls = palloc(natts * sizeof(bool));

		heap_deform_tuple((HeapTuple) &noted->tuple, RelationGetDescr(rel), values, nulls);
		changed(r, rel, noted->side, &(table_row){values, nulls}, NULL);
		pfree(values);
		pfree(nulls);
		table_close(rel, AccessShareLock);
	}
}

/* ---- writing ---- */

static void
write_message(references *r, const char *head, size_t len)
{
	r->lookups->sent += message_size(&r->message);
	message_write(&r->message, head, len);
}

/* A row that was read, in r->values. The wiki outlives the message. */
static void
put_row(references *r, const lookup *e)
{
	struct varlena *wiki = (struct varlena *) DatumGetPointer(e->values[0]);
	bool *shape_sent = &r->lookups->shape_sent[e->target->number];

	if (!*shape_sent)
		message_put_shape(&r->message, e->target);
	*shape_sent = true;
	message_put_wiki(&r->message, VARDATA_ANY(wiki), VARSIZE_ANY_EXHDR(wiki));
	message_put_row(&r->message, e->target, r->values, r->nulls);
	if (message_size(&r->message) >= MESSAGE_MOST)
		write_message(r, REFERENCE_HEAD, strlen(REFERENCE_HEAD));
}

/* ---- reading ---- */

/* True if the source transaction that is open wrote the row. */
static bool
is_own(const references *r, TupleTableSlot *slot)
{
	bool must_free;
	HeapTuple tuple = ExecFetchSlotHeapTuple(slot, false, &must_free);
	HeapTupleHeader header = tuple->t_data;
	bool own = !HeapTupleHeaderXminFrozen(header) &&
	           TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(header)) &&
	           HeapTupleHeaderGetCmin(header) >= r->lookups->first;

	if (must_free)
		heap_freetuple(tuple);
	return own;
}

/* Follows what a row that was read refers to. */
static void
follow_read_row(references *r, lookup *e)
{
	const graph_node *node = graph_find(r->graph, e->target->relid);

	for (int i = 0; i < node->edge_count; i++)
	{
		const graph_edge *edge = &node->edges[i];
		MemoryContext old;
		lookup *to;

		if (!edge_is_needed(edge) || edge->only_changed ||
		    (edge->only_found && edge->found_by != e->target))
			continue;
		to = follow(r, node, edge, &(table_row){r->values, r->nulls});
		if (to == NULL)
			continue;
		refer_to(r, to);
		if (to->reading == r->lookups->reading)
			continue; /* in the list already */
		to->reading = r->lookups->reading;
		old = MemoryContextSwitchTo(r->lookups->context);
		e->refers = lappend(e->refers, to);
		MemoryContextSwitchTo(old);
	}
}

static void
make_room(references *r, const target *t)
{
	const int natts = RelationGetNumberOfAttributes(t->rel);

	if (natts <= r->room)
		return;
	r->values = MemoryContextAlloc(r->context, natts * sizeof(Datum));
	r->nulls = MemoryContextAlloc(r->context, natts * sizeof(bool));
	r->room = natts;
}

/* Reads the rows of a lookup, writes those that are not the source transaction's own, and follows them all. */
static void
read_rows(references *r, lookup *e)
{
	static const batch_value given[GRAPH_COLUMNS_MAX + 1]; /* all of form BATCH_VALUE */
	bool nulls[GRAPH_COLUMNS_MAX + 1] = {false};
	const received find = {.values = e->values, .nulls = nulls, .from = given};
	target *t = relation_open_to_read(r->opened, e->target->relid);
	EState *estate = r->opened->estate;
	finder *f;
	place *p;

	relation_check_allowed(t, ACL_SELECT);
	make_room(r, t);
	list_free(e->refers);
	e->refers = NIL;
	e->good = true;
	r->lookups->reading++;
	f = search_begin(r->opened, t, r->shapes[e->target->number], &find, &p);
	while (search_next(r->opened, f))
	{
		MemoryContext old = MemoryContextSwitchTo(GetPerTupleMemoryContext(estate));

		relation_take_found(t, p, r->values, r->nulls);
		if (is_own(r, p->found) && graph_find(r->graph, e->target->relid)->itself != e->target)
			e->good = false;
		else
			put_row(r, e);
		if (e->target->follows)
			follow_read_row(r, e);
		MemoryContextSwitchTo(old);
		ResetPerTupleExprContext(estate);
	}
	ExecClearTuple(p->found);
}

void
reference_tell(references *r, const target *t, const table_row *row)
{
	const graph_node *node = graph_find(r->graph, RelationGetRelid(t->rel));
	const int natts = RelationGetNumberOfAttributes(t->rel);

	make_room(r, t);
	memcpy(r->values, row->values, natts * sizeof(Datum));
	memcpy(r->nulls, row->nulls, natts * sizeof(bool));
	for (int n = 0; node != NULL && n < node->found_by_count; n++)
	{
		const graph_target *to = node->found_by[n];
		Datum key[GRAPH_COLUMNS_MAX + 1];
		lookup *e;

		for (int i = 0; i <= to->find_count; i++)
			key[i] = row->values[to->attnums[i] - 1];
		if (!to->is_needed)
			continue;
		e = lookups_add(r->lookups, to, key);
		e->good = true;
		put_row(r, e);
	}
}

/* Reads all that was referred to, and so on. */
static void
read_pending(references *r)
{
	for (int i = 0; i < list_length(r->pending); i++)
	{
		lookup *e = list_nth(r->pending, i);
		ListCell *cell;

		CHECK_FOR_INTERRUPTS();
		if (!e->good)
			read_rows(r, e);
		else
			foreach (cell, e->refers)
				refer_to(r, lfirst(cell));
		if (message_size(&r->message) >= MESSAGE_MOST)
			write_message(r, REFERENCE_HEAD, strlen(REFERENCE_HEAD));
	}
	list_free(r->pending);
	r->pending = NIL;
}

/* ---- a call ---- */

references *
reference_begin(opened *o, const graph *g, shape **shapes)
{
	references *r = palloc0(sizeof(references));

	r->context = CurrentMemoryContext;
	r->opened = o;
	r->graph = g;
	r->shapes = shapes;
	initStringInfo(&r->name);
	message_begin(&r->message);
	r->lookups = lookups_get(g);
	return r;
}

/* tell_to_forget: with what is stale the reader forgets what the rest of the last source transaction has told since. */
static void
tell_to_forget(references *r)
{
	read_pending(r);
	if (lookups_any(r->lookups))
		lookups_start_anew(r->lookups, r->graph);
	message_put_forget(&r->message);
	r->lookups->stale = false;
}

void
reference_begin_source(references *r, const char *gtid)
{
	lookups *l = r->lookups;

	l->lacking |= r->graph->lacking;
	if (strcmp(l->gtid, gtid) == 0)
		return;
	snprintf(l->gtid, sizeof(l->gtid), "%s", gtid);
	l->source++;
	l->first = GetCurrentCommandId(false);
	if (l->stale)
		tell_to_forget(r);
}

void
reference_end_source(references *r, const char *mark, size_t len)
{
	take_noted(r);
	read_pending(r);
	noted_forget();
	if (r->lookups->lacking != 0)
		message_put_lacking(&r->message, r->lookups->lacking, !r->graph->has_states);
	write_message(r, mark, len);
	r->lookups->gtid[0] = '\0';
	r->lookups->lacking = 0;
	forget_much(r);
}

void
reference_end(references *r)
{
	read_pending(r);
	if (message_size(&r->message) > 0)
		write_message(r, REFERENCE_HEAD, strlen(REFERENCE_HEAD));
	forget_much(r);
	relation_next_step(r->opened);
	r->lookups->next = GetCurrentCommandId(false);
}
