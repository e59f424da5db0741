/*
 * apply/reference.c
 *	  Follows references and writes the rows; see reference.h.
 *
 * What was looked for is known by its key: the target and the values that find its rows. An entry is good until a row that
 * it finds changes; then it is read again when it is referred to. Entries know what their rows refer to, so that
 * a good one needs no look at the rows.
 */
#include "apply/reference.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "apply/message.h"
#include "apply/noted.h"
#include "apply/search.h"
#include "common/hashfn.h"
#include "executor/executor.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "php/serialized.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "wire/mark.h"
#include "wire/reference.h"

#define REMEMBER_MOST ((Size) 8 << 20) /* bytes of entries, and of rows that the reader keeps */
#define NS_USER 2
#define NS_USER_TALK 3
#define MESSAGE_MOST (256 << 10) /* bytes; more rows go in a message of their own */

typedef struct key_bytes
{
	const char *data;
	uint32 len;
} key_bytes;

/* What was looked for in this PostgreSQL transaction. */
typedef struct entry
{
	const graph_target *target;
	Datum values[GRAPH_COLUMNS_MAX + 1]; /* wiki first */
	bool good;                           /* its rows are in the WAL as they are */
	uint64 source;                       /* source transaction that referred to it last */
	uint64 reading;                      /* that found it referred to last */
	List *refers;                        /* to entries */
} entry;

typedef struct key_element
{
	key_bytes key;
	entry *entry;
	uint32 hash;
	char status;
} key_element;

#define SH_PREFIX keys
#define SH_ELEMENT_TYPE key_element
#define SH_KEY_TYPE key_bytes
#define SH_KEY key
#define SH_HASH_KEY(tb, key) hash_bytes((const unsigned char *) (key).data, (int) (key).len)
#define SH_EQUAL(tb, a, b) ((a).len == (b).len && memcmp((a).data, (b).data, (a).len) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, element) (element)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* What is remembered in a PostgreSQL transaction. */
typedef struct memory
{
	MemoryContext context; /* of the entries; NULL: they are forgotten */
	keys_hash *keys;
	uint64 graph_version;
	bool *shape_sent; /* by number of target */
	Size sent;        /* bytes of rows that the entries stand for */
	bool
	    stale; /* the reader has rows of entries that are forgotten: tell it with the next source transaction */
	uint64 source;             /* number of the source transaction */
	uint64 reading;            /* number of the reading of an entry's rows */
	char gtid[MARK_GTID_SIZE]; /* of the one that is open; "": none */
	uint64 lacking;  /* streams, by number, that a call since the last mark lacked an edge of */
	CommandId first; /* command in which it began */
	CommandId next;  /* of the next call, if nobody else writes in between */
} memory;

struct references
{
	MemoryContext context; /* of the call */
	opened *opened;
	const graph *graph;
	shape **shapes;
	memory *memory;
	List *pending;       /* entries that were referred to, in that order */
	StringInfoData key;  /* of an entry that is looked for */
	StringInfoData name; /* of a user, as a text */
	message message;     /* of rows that were read */
	Datum *values;       /* of a row that was read */
	bool *nulls;
	int room;
};

static memory *remembered;

/* ---- memory of a PostgreSQL transaction ---- */

static void
forget(memory *m)
{
	if (m->context != NULL)
		MemoryContextDelete(m->context);
	m->context = NULL;
	m->stale = true;
}

static void
transaction_ends(XactEvent event, void *arg)
{
	/* it is in the transaction's memory */
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		remembered = NULL;
}

static void
subtransaction_ends(SubXactEvent event, SubTransactionId own, SubTransactionId parent, void *arg)
{
	/* what was written in it is not decoded */
	if (event == SUBXACT_EVENT_ABORT_SUB && remembered != NULL)
		forget(remembered);
}

static void
watch_transactions(void)
{
	static bool watched = false;

	if (watched)
		return;
	RegisterXactCallback(transaction_ends, NULL);
	RegisterSubXactCallback(subtransaction_ends, NULL);
	watched = true;
}

/* Begins to remember entries of a graph. */
static void
remember(memory *m, const graph *g)
{
	m->context = AllocSetContextCreate(TopTransactionContext, "mwmirror referred rows",
	                                   ALLOCSET_DEFAULT_SIZES);
	m->keys = keys_create(m->context, 64, NULL);
	m->graph_version = g->version;
	m->shape_sent = MemoryContextAllocZero(m->context, Max(g->target_count, 1) * sizeof(bool));
	m->sent = 0;
}

/* Nothing is remembered of other graphs, or if somebody else may have written rows that are. */
static memory *
get_memory(const graph *g)
{
	memory *m = remembered;

	if (m == NULL)
	{
		m = MemoryContextAllocZero(TopTransactionContext, sizeof(memory));
		m->stale = true;
		remembered = m;
	}
	else if (m->context != NULL &&
	         (m->graph_version != g->version || m->next != GetCurrentCommandId(false)))
		forget(m);
	if (m->context == NULL)
		remember(m, g);
	return m;
}

/* Bounds what is remembered, here and by the reader. */
static void
forget_much(references *r)
{
	memory *m = r->memory;

	if (m->sent <= REMEMBER_MOST && MemoryContextMemAllocated(m->context, true) <= REMEMBER_MOST)
		return;
	forget(m);
	remember(m, r->graph);
}

/* ---- entries ---- */

static void
append_key_value(StringInfo key, const graph_target *target, int i, Datum value)
{
	if (target->by_value[i])
		appendBinaryStringInfo(key, (const char *) &value, sizeof(value));
	else if (target->lengths[i] == -1)
	{
		struct varlena *bytes = PG_DETOAST_DATUM_PACKED(value);
		uint32 len = VARSIZE_ANY_EXHDR(bytes);

		appendBinaryStringInfo(key, (const char *) &len, sizeof(len));
		appendBinaryStringInfo(key, VARDATA_ANY(bytes), (int) len);
	}
	else
		appendBinaryStringInfo(key, DatumGetPointer(value), target->lengths[i]);
}

/* The key of what the values find, in r->key. */
static key_bytes
make_key(references *r, const graph_target *target, const Datum *values)
{
	resetStringInfo(&r->key);
	appendBinaryStringInfo(&r->key, (const char *) &target->number, sizeof(target->number));
	for (int i = 0; i <= target->find_count; i++)
		append_key_value(&r->key, target, i, values[i]);
	return (key_bytes){r->key.data, (uint32) r->key.len};
}

static entry *
make_entry(const graph_target *target, const Datum *values)
{
	entry *e = palloc0(sizeof(entry));

	e->target = target;
	for (int i = 0; i <= target->find_count; i++)
		e->values[i] = target->lengths[i] == -1
		                   ? PointerGetDatum(PG_DETOAST_DATUM_COPY(values[i]))
		                   : datumCopy(values[i], target->by_value[i], target->lengths[i]);
	return e;
}

/* The entry is referred to by the source transaction. */
static void
refer_to(references *r, entry *e)
{
	MemoryContext old;

	if (e->source == r->memory->source)
		return;
	e->source = r->memory->source;
	old = MemoryContextSwitchTo(r->context);
	r->pending = lappend(r->pending, e);
	MemoryContextSwitchTo(old);
}

static entry *
find_or_make_entry(references *r, const graph_target *target, const Datum *values)
{
	bool found;
	key_element *element = keys_insert(r->memory->keys, make_key(r, target, values), &found);

	if (!found)
	{
		MemoryContext old = MemoryContextSwitchTo(r->memory->context);

		element->key.data = memcpy(palloc(r->key.len), r->key.data, r->key.len);
		element->entry = make_entry(target, values);
		MemoryContextSwitchTo(old);
	}
	return element->entry;
}

/*
 * The name of the user whose page or talk page it is, in r->name; 0: another namespace. As MediaWiki takes it from a title (1.39 and
 * 1.43 includes/cache/GenderCache.php, normalizeUsername): before the first slash, spaces for underscores.
 */
static Datum
find_page_user(references *r, int32 namespace_id, Datum title)
{
	const struct varlena *text;
	const char *slash;
	int len;

	if (namespace_id != NS_USER && namespace_id != NS_USER_TALK)
		return (Datum) 0;
	text = PG_DETOAST_DATUM_PACKED(title);
	len = VARSIZE_ANY_EXHDR(text);
	slash = memchr(VARDATA_ANY(text), '/', len);
	if (slash != NULL)
		len = (int) (slash - VARDATA_ANY(text));
	resetStringInfo(&r->name);
	appendStringInfoSpaces(&r->name, VARHDRSZ);
	appendBinaryStringInfo(&r->name, VARDATA_ANY(text), len);
	for (int i = VARHDRSZ; i < r->name.len; i++)
		if (r->name.data[i] == '_')
			r->name.data[i] = ' ';
	SET_VARSIZE(r->name.data, r->name.len);
	return PointerGetDatum(r->name.data);
}

/* The text of that name among parameters, in r->name; 0: there is none. */
static Datum
find_member(references *r, Datum params, const char *member)
{
	const struct varlena *text = PG_DETOAST_DATUM_PACKED(params);
	php_span found;

	if (!php_find_text((php_span){VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text)}, member, &found))
		return (Datum) 0;
	resetStringInfo(&r->name);
	appendStringInfoSpaces(&r->name, VARHDRSZ);
	appendBinaryStringInfo(&r->name, found.at, (int) found.len);
	SET_VARSIZE(r->name.data, r->name.len);
	return PointerGetDatum(r->name.data);
}

/* What a row names by an edge; NULL: nothing. */
static entry *
follow(references *r, const graph_node *node, const graph_edge *edge, const Datum *values,
       const bool *nulls)
{
	const int columns = edge->user_page ? USER_PAGE_COLUMNS : edge->value_count;
	Datum key[GRAPH_COLUMNS_MAX + 1];

	if (nulls[node->wiki - 1])
		return NULL;
	if (edge->odd != 0 && (nulls[edge->odd - 1] || (DatumGetInt16(values[edge->odd - 1]) & 1) == 0))
		return NULL;
	key[0] = values[node->wiki - 1];
	for (int i = 0; i < columns; i++)
	{
		if (nulls[edge->from[i] - 1])
			return NULL;
		key[i + 1] = values[edge->from[i] - 1];
	}
	if (edge->user_page)
		key[1] = find_page_user(r, DatumGetInt32(key[1]), key[2]);
	if (edge->member != NULL)
		key[1] = find_member(r, key[1], edge->member);
	if ((edge->zero_is_none || edge->user_page || edge->member != NULL) && key[1] == (Datum) 0)
		return NULL;
	for (int i = edge->value_count; i < edge->to->find_count; i++)
		key[i + 1] = edge->constants[i - edge->value_count];
	return find_or_make_entry(r, edge->to, key);
}

/* True if the edge is followed: by what is on, and, of what a request tells, by who is told. */
static bool
is_needed(const graph_edge *edge)
{
	uint64 told;

	if (!edge->is_needed || edge->streams == 0 || !noted_is_told(&told))
		return edge->is_needed;
	return (edge->streams & told) != 0;
}

/* What finds the row is no longer good. */
static void
spoil(references *r, const graph_node *node, const Datum *values, const bool *nulls)
{
	for (int n = 0; n < node->found_by_count; n++)
	{
		const graph_target *target = node->found_by[n];
		Datum key[GRAPH_COLUMNS_MAX + 1];
		key_element *element;
		int i = 0;

		for (; i <= target->find_count && !nulls[target->attnums[i] - 1]; i++)
			key[i] = values[target->attnums[i] - 1];
		if (i <= target->find_count)
			continue;
		element = keys_lookup(r->memory->keys, make_key(r, target, key));
		if (element != NULL)
			element->entry->good = false;
	}
}

/* True if an update made one of the columns another that the edge heeds. */
static bool
is_heeded(const graph_edge *edge, TupleDesc desc, const table_row *a, const table_row *b)
{
	for (int i = 0; i < edge->update_count; i++)
	{
		const int n = edge->update_of[i] - 1;
		const Form_pg_attribute column = TupleDescAttr(desc, n);

		if (a->nulls[n] != b->nulls[n] ||
		    (!a->nulls[n] &&
		     !datum_image_eq(a->values[n], b->values[n], column->attbyval, column->attlen)))
			return true;
	}
	return edge->update_count == 0;
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
	refer_to(r, find_or_make_entry(r, to, key));
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
		entry *e;

		if (!is_needed(edge) || (edge->of_changed & sides) == 0 ||
		    (other != NULL && !is_heeded(edge, RelationGetDescr(rel), row, other)))
			continue;
		e = follow(r, node, edge, row->values, row->nulls);
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
	r->memory->sent += message_size(&r->message);
	message_write(&r->message, head, len);
}

/* A row that was read, in r->values. The entry's wiki outlives the message. */
static void
put_row(references *r, const entry *e)
{
	struct varlena *wiki = (struct varlena *) DatumGetPointer(e->values[0]);
	bool *shape_sent = &r->memory->shape_sent[e->target->number];

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
	           HeapTupleHeaderGetCmin(header) >= r->memory->first;

	if (must_free)
		heap_freetuple(tuple);
	return own;
}

/* Follows what a row that was read refers to. */
static void
follow_read_row(references *r, entry *e)
{
	const graph_node *node = graph_find(r->graph, e->target->relid);

	for (int i = 0; i < node->edge_count; i++)
	{
		const graph_edge *edge = &node->edges[i];
		MemoryContext old;
		entry *to;

		if (!is_needed(edge) || edge->only_changed ||
		    (edge->only_found && edge->found_by != e->target))
			continue;
		to = follow(r, node, edge, r->values, r->nulls);
		if (to == NULL)
			continue;
		refer_to(r, to);
		if (to->reading == r->memory->reading)
			continue; /* in the list already */
		to->reading = r->memory->reading;
		old = MemoryContextSwitchTo(r->memory->context);
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

/* Reads the rows of an entry, writes those that are not the source transaction's own, and follows them all. */
static void
read_rows(references *r, entry *e)
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
	r->memory->reading++;
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
		entry *e;

		for (int i = 0; i <= to->find_count; i++)
			key[i] = row->values[to->attnums[i] - 1];
		if (!to->is_needed)
			continue;
		e = find_or_make_entry(r, to, key);
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
		entry *e = list_nth(r->pending, i);
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

	watch_transactions();
	r->context = CurrentMemoryContext;
	r->opened = o;
	r->graph = g;
	r->shapes = shapes;
	initStringInfo(&r->key);
	initStringInfo(&r->name);
	message_begin(&r->message);
	r->memory = get_memory(g);
	return r;
}

/* tell_to_forget: with what is stale the reader forgets what the rest of the last source transaction has told since. */
static void
tell_to_forget(references *r)
{
	read_pending(r);
	if (r->memory->keys->members > 0)
	{
		forget(r->memory);
		remember(r->memory, r->graph);
	}
	message_put_forget(&r->message);
	r->memory->stale = false;
}

void
reference_begin_source(references *r, const char *gtid)
{
	memory *m = r->memory;

	m->lacking |= r->graph->lacking;
	if (strcmp(m->gtid, gtid) == 0)
		return;
	snprintf(m->gtid, sizeof(m->gtid), "%s", gtid);
	m->source++;
	m->first = GetCurrentCommandId(false);
	if (m->stale)
		tell_to_forget(r);
}

void
reference_end_source(references *r, const char *mark, size_t len)
{
	take_noted(r);
	read_pending(r);
	noted_forget();
	if (r->memory->lacking != 0)
		message_put_lacking(&r->message, r->memory->lacking, !r->graph->has_states);
	write_message(r, mark, len);
	r->memory->gtid[0] = '\0';
	r->memory->lacking = 0;
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
	r->memory->next = GetCurrentCommandId(false);
}
