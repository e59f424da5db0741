/*
 * apply/graph.c
 *	  Reads mwmirror.reference; see graph.h.
 */
#include "apply/graph.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "apply/compat.h"
#include "apply/names.h"
#include "apply/switched.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "wire/reference.h"

#define REFERENCE_TABLE "reference"
#define ITSELF "itself" /* a way that no reference has */

/* Columns of mwmirror.reference. */
enum
{
	FROM_TABLE = 1,
	FROM_COLUMNS,
	TO_TABLE,
	TO_COLUMNS,
	ONLY_CHANGED,
	OF_CHANGED,
	UPDATE_OF,
	ENDS,
	USER_PAGE,
	CONSTANTS,
	FOUND_BY,
	MEMBER,
	STREAMS,
	WAY,
	FOUND_WAY,
	ODD
};

/* A row of it. */
typedef struct reference_row
{
	const char *from_table;
	const char *to_table;
	const char *from[GRAPH_COLUMNS_MAX];
	const char *to[GRAPH_COLUMNS_MAX];
	const char *constants[GRAPH_COLUMNS_MAX]; /* of the last of these */
	const char *found_by[GRAPH_COLUMNS_MAX];
	int from_count;
	int to_count;
	int constant_count;
	int found_by_count;
	bool user_page;
	const char *member;
	bool only_changed;
	unsigned of_changed;
	const char *update_of[GRAPH_UPDATE_MAX];
	bool ends;
	int update_count;
	bool is_of_streams; /* of these alone */
	uint64 streams;
	const char *way;
	const char *found_way;
	const char *odd; /* NULL: none */
} reference_row;

static graph *kept;
static bool valid;
static uint64 versions;
static uint64 changes; /* of relations that we were told of */

/* what the graph is made of, beside the mirror's tables */
static const char *const own_tables[] = {REFERENCE_TABLE, "stream", "wiki"};
static Oid own_relids[lengthof(own_tables)];

PG_FUNCTION_INFO_V1(mwmirror_invalidate);

/* Statement trigger: the commit carries an invalidation of its table. */
Datum
mwmirror_invalidate(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
		                errmsg("mwmirror.invalidate() is a trigger")));
	CacheInvalidateRelcache(((TriggerData *) fcinfo->context)->tg_relation);
	return PointerGetDatum(NULL);
}

/* ---- when it changes ---- */

static void
relation_changed(Datum arg, Oid relid)
{
	changes++;
	if (!valid)
		return;
	valid = OidIsValid(relid) && graph_find(kept, relid) == NULL;
	for (size_t i = 0; i < lengthof(own_relids); i++)
		valid = valid && relid != own_relids[i];
}

static void
schema_changed(Datum arg, int cache, uint32 hash)
{
	valid = false;
}

static void
watch_changes(void)
{
	static bool watched = false;

	if (watched)
		return;
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, schema_changed, (Datum) 0);
	watched = true;
}

/* ---- reading ---- */

static int
read_names(Datum array, const char **names, int most)
{
	Datum *items;
	int count;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &items, NULL,
	                  &count);
	for (int i = 0; i < count && i < most; i++)
		names[i] = TextDatumGetCString(items[i]);
	return count;
}

/* Sides of a changed row, by their names in the table. */
static unsigned
read_sides(const char *name)
{
	static const struct
	{
		const char *name;
		unsigned sides;
	} known[] = {
	    {"both", GRAPH_BEFORE | GRAPH_AFTER | GRAPH_GONE | GRAPH_TOLD},
	    {"new", GRAPH_AFTER | GRAPH_TOLD},
	    {"kept", GRAPH_BEFORE | GRAPH_AFTER},
	    {"told", GRAPH_TOLD},
	    {"updated", GRAPH_UPDATED},
	    {"gone", GRAPH_GONE},
	    {"none", 0},
	};

	for (size_t i = 0; i < lengthof(known); i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].sides;
	elog(ERROR, "a row of mwmirror.reference has a wrong of_changed: %s", name);
}

static reference_row *
read_row(TupleTableSlot *slot)
{
	reference_row *row = palloc0(sizeof(reference_row));

	slot_getallattrs(slot);
	row->from_table = TextDatumGetCString(slot->tts_values[FROM_TABLE - 1]);
	row->to_table = TextDatumGetCString(slot->tts_values[TO_TABLE - 1]);
	row->from_count = read_names(slot->tts_values[FROM_COLUMNS - 1], row->from, GRAPH_COLUMNS_MAX);
	row->to_count = read_names(slot->tts_values[TO_COLUMNS - 1], row->to, GRAPH_COLUMNS_MAX);
	row->constant_count =
	    read_names(slot->tts_values[CONSTANTS - 1], row->constants, GRAPH_COLUMNS_MAX);
	row->user_page = DatumGetBool(slot->tts_values[USER_PAGE - 1]);
	if (row->from_count > GRAPH_COLUMNS_MAX || row->to_count > GRAPH_COLUMNS_MAX ||
	    row->to_count != row->constant_count + (row->user_page ? 1 : row->from_count) ||
	    (row->user_page && row->from_count != USER_PAGE_COLUMNS))
		elog(ERROR, "a row of mwmirror.reference has a wrong number of columns");
	if (!slot->tts_isnull[FOUND_BY - 1])
		row->found_by_count =
		    read_names(slot->tts_values[FOUND_BY - 1], row->found_by, GRAPH_COLUMNS_MAX);
	if (!slot->tts_isnull[MEMBER - 1])
		row->member = TextDatumGetCString(slot->tts_values[MEMBER - 1]);
	row->way = TextDatumGetCString(slot->tts_values[WAY - 1]);
	row->found_way = TextDatumGetCString(slot->tts_values[FOUND_WAY - 1]);
	if (!slot->tts_isnull[ODD - 1])
		row->odd = TextDatumGetCString(slot->tts_values[ODD - 1]);
	row->only_changed = DatumGetBool(slot->tts_values[ONLY_CHANGED - 1]);
	row->ends = DatumGetBool(slot->tts_values[ENDS - 1]);
	row->of_changed = read_sides(TextDatumGetCString(slot->tts_values[OF_CHANGED - 1]));
	if (!slot->tts_isnull[UPDATE_OF - 1])
		row->update_count =
		    read_names(slot->tts_values[UPDATE_OF - 1], row->update_of, GRAPH_UPDATE_MAX);
	row->is_of_streams = !slot->tts_isnull[STREAMS - 1];
	if (row->is_of_streams)
	{
		switched_add(slot->tts_values[STREAMS - 1]);
		row->streams = switched_find(slot->tts_values[STREAMS - 1]);
	}
	if (row->update_count > GRAPH_UPDATE_MAX)
		elog(ERROR, "a row of mwmirror.reference has too many columns in update_of");
	return row;
}

static List *
read_rows(Snapshot snapshot)
{
	Relation rel = table_open(own_relids[0], AccessShareLock);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = compat_begin_table_scan(rel, snapshot);
	List *rows = NIL;

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
		rows = lappend(rows, read_row(slot));
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	table_close(rel, AccessShareLock);
	return rows;
}

/* ---- building ---- */

/* Room for one more. */
static void *
grow(void *items, int count, size_t size)
{
	return items == NULL ? palloc(size) : repalloc(items, (count + 1) * size);
}

static Oid
find_table(const char *name)
{
	Oid relid = get_relname_relid(name, get_namespace_oid(MIRROR_SCHEMA, false));

	if (!OidIsValid(relid))
		ereport(ERROR,
		        (errcode(ERRCODE_UNDEFINED_TABLE),
		         errmsg("mwmirror.reference names the table \"%s\", which does not exist", name)));
	return relid;
}

static AttrNumber
find_column(Oid relid, const char *table, const char *name)
{
	AttrNumber attnum = get_attnum(relid, name);

	if (attnum <= 0)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
		                errmsg("mwmirror.reference names the column \"%s\" of \"%s\", which does "
		                       "not exist",
		                       name, table)));
	return attnum;
}

static graph_node *
get_node(graph *g, const char *table)
{
	const Oid relid = find_table(table);
	graph_node *node = (graph_node *) graph_find(g, relid);

	if (node != NULL)
		return node;
	node = &g->nodes[g->node_count++];
	node->relid = relid;
	node->wiki = find_column(relid, table, WIKI_COLUMN);
	return node;
}

static void
add_column(graph_target *t, const char *name, AttrNumber attnum)
{
	const int n = (int) t->shape.columns++;
	Oid send;
	bool varlena;

	t->names[n] = name;
	t->attnums[n] = attnum;
	t->types[n] = get_atttype(t->relid, attnum);
	get_typlenbyval(t->types[n], &t->lengths[n], &t->by_value[n]);
	getTypeBinaryOutputInfo(t->types[n], &send, &varlena);
	fmgr_info(send, &t->send[n]);
}

static bool
has_column(const graph_target *t, AttrNumber attnum)
{
	for (uint32 i = 0; i < t->shape.columns; i++)
	{
		if (t->attnums[i] == attnum)
			return true;
	}
	return false;
}

/* The bytes by which the shape is known; see shape.h. */
static void
write_shape(graph_target *t)
{
	batch_shape *s = &t->shape;
	char *bytes =
	    palloc(batch_write_shape(NULL, MIRROR_SCHEMA, t->table, s->finds, s->columns, t->names));
	batch_reader reader = {.start = bytes, .next = bytes};

	reader.end =
	    bytes + batch_write_shape(bytes, MIRROR_SCHEMA, t->table, s->finds, s->columns, t->names);
	if (!batch_read_shape(&reader, s))
		elog(ERROR, "table \"%s\" cannot be referred to: %s", t->table, reader.why);
}

void
graph_make_item(graph_target *t)
{
	const uint32 columns = t->shape.columns - 1;
	const size_t len =
	    reference_write_shape(NULL, t->number, t->table, columns, t->names + 1, t->types + 1);
	char *item = palloc(len);

	reference_write_shape(item, t->number, t->table, columns, t->names + 1, t->types + 1);
	t->item = (batch_bytes){item, (uint32) len};
}

static void
make_target(graph_target *t, const graph_node *node, const reference_row *row)
{
	Relation rel = table_open(node->relid, AccessShareLock);
	TupleDesc columns = RelationGetDescr(rel);

	t->relid = node->relid;
	t->table = row->to_table;
	t->way = row->way;
	t->find_count = row->to_count;
	t->names = palloc0(columns->natts * sizeof(char *));
	t->attnums = palloc0(columns->natts * sizeof(AttrNumber));
	t->types = palloc0(columns->natts * sizeof(Oid));
	t->lengths = palloc0(columns->natts * sizeof(int16));
	t->by_value = palloc0(columns->natts * sizeof(bool));
	t->send = palloc0(columns->natts * sizeof(FmgrInfo));
	add_column(t, WIKI_COLUMN, node->wiki);
	for (int i = 0; i < row->to_count; i++)
		add_column(t, row->to[i], find_column(t->relid, t->table, row->to[i]));
	t->shape.finds = t->shape.columns;
	for (AttrNumber attnum = 1; attnum <= columns->natts; attnum++)
	{
		Form_pg_attribute attribute = TupleDescAttr(columns, attnum - 1);

		if (!attribute->attisdropped && attribute->attgenerated == '\0' && !has_column(t, attnum))
			add_column(t, pstrdup(NameStr(attribute->attname)), attnum);
	}
	table_close(rel, AccessShareLock);
	write_shape(t);
	graph_make_item(t);
}

/* True if the target finds by these columns. */
static bool
names_are(const graph_target *t, const char *const *names, int count)
{
	if (t->find_count != count)
		return false;
	for (int i = 0; i < count; i++)
	{
		if (strcmp(t->names[i + 1], names[i]) != 0)
			return false;
	}
	return true;
}

/* True if the target finds what the reference names in that table. */
static bool
target_fits(const graph_target *t, Oid relid, const reference_row *row)
{
	return t->relid == relid && strcmp(t->way, row->way) == 0 &&
	       names_are(t, row->to, row->to_count);
}

static graph_target *
get_target(graph *g, const reference_row *row)
{
	graph_node *node = get_node(g, row->to_table);
	graph_target *t;

	for (int i = 0; i < g->target_count; i++)
	{
		if (!target_fits(&g->targets[i], node->relid, row))
			continue;
		g->targets[i].follows |= !row->ends;
		return &g->targets[i];
	}
	t = &g->targets[g->target_count];
	t->number = (uint32) g->target_count++;
	make_target(t, node, row);
	t->follows = !row->ends;
	node->found_by = grow(node->found_by, node->found_by_count, sizeof(graph_target *));
	node->found_by[node->found_by_count++] = t;
	return t;
}

static void
require_type(const reference_row *row, int from, int to, Oid type, Oid wanted)
{
	if (type != wanted)
		ereport(
		    ERROR,
		    (errcode(ERRCODE_DATATYPE_MISMATCH),
		     errmsg("mwmirror.reference: \"%s\".\"%s\" and \"%s\".\"%s\" are of different types",
		            row->from_table, row->from[from], row->to_table, row->to[to])));
}

/* The columns that the edge starts from. */
static void
add_values(graph_edge *edge, const graph_node *node, const reference_row *row)
{
	const Oid *types = edge->to->types + 1;
	const Oid user_page_types[USER_PAGE_COLUMNS] = {INT4OID, types[0]};

	for (int i = 0; i < row->from_count; i++)
	{
		edge->from[i] = find_column(node->relid, row->from_table, row->from[i]);
		require_type(row, i, row->user_page ? 0 : i, get_atttype(node->relid, edge->from[i]),
		             row->user_page ? user_page_types[i] : types[i]);
	}
	edge->value_count = row->to_count - row->constant_count;
	edge->zero_is_none =
	    row->to_count == 1 && (types[0] == INT2OID || types[0] == INT4OID || types[0] == INT8OID);
}

static void
add_constants(graph_edge *edge, const reference_row *row)
{
	for (int i = 0; i < row->constant_count; i++)
	{
		const int to = edge->value_count + i;

		if (edge->to->types[to + 1] != TEXTOID)
			ereport(ERROR,
			        (errcode(ERRCODE_DATATYPE_MISMATCH),
			         errmsg("mwmirror.reference: \"%s\".\"%s\" has a constant, but is no text",
			                row->to_table, row->to[to])));
		edge->constants[i] = CStringGetTextDatum(row->constants[i]);
	}
}

static void
add_odd(graph_edge *edge, const graph_node *node, const reference_row *row)
{
	edge->odd = 0;
	if (row->odd == NULL)
		return;
	edge->odd = find_column(node->relid, row->from_table, row->odd);
	if (get_atttype(node->relid, edge->odd) != INT2OID)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
		                errmsg("mwmirror.reference: \"%s\".\"%s\" is no smallint", row->from_table,
		                       row->odd)));
}

/* What no stream that is on needs is there, but is not followed. */
static void
set_needed(graph *g, graph_edge *edge, const reference_row *row, uint64 on)
{
	edge->is_needed = !row->is_of_streams || (row->streams & on) != 0;
	edge->streams = row->is_of_streams ? row->streams : 0;
	if (!edge->is_needed)
		g->lacking |= row->streams;
}

static void
add_edge(graph *g, const reference_row *row, uint64 on)
{
	graph_target *to = get_target(g, row);
	graph_node *node = get_node(g, row->from_table);
	graph_edge *edge;

	node->edges = grow(node->edges, node->edge_count, sizeof(graph_edge));
	edge = &node->edges[node->edge_count++];
	edge->to = to;
	set_needed(g, edge, row, on);
	to->is_needed |= edge->is_needed;
	edge->only_changed = row->only_changed;
	edge->of_changed = row->of_changed;
	edge->update_count = row->update_count;
	for (int i = 0; i < row->update_count; i++)
		edge->update_of[i] = find_column(node->relid, row->from_table, row->update_of[i]);
	edge->user_page = row->user_page;
	edge->member = row->member;
	add_values(edge, node, row);
	add_constants(edge, row);
	add_odd(edge, node, row);
	edge->only_found = row->found_by_count > 0 || row->found_way[0] != '\0';
	edge->found_way = row->found_way;
	edge->found_by_count = row->found_by_count;
	memcpy(edge->found_by_names, row->found_by, sizeof(edge->found_by_names));
}

/* True if the edge is followed from the rows of this target alone. */
static bool
is_bound(const graph_edge *edge, const graph_target *t)
{
	return strcmp(t->way, edge->found_way) == 0 &&
	       (edge->found_by_count == 0 || names_are(t, edge->found_by_names, edge->found_by_count));
}

/* Once all targets are there: those that edges are bound to. */
static void
bind_edges(graph *g)
{
	for (int n = 0; n < g->node_count; n++)
	{
		const graph_node *node = &g->nodes[n];

		for (int i = 0; i < node->edge_count; i++)
		{
			graph_edge *edge = &node->edges[i];

			for (int j = 0; edge->only_found && j < node->found_by_count; j++)
				if (is_bound(edge, node->found_by[j]))
					edge->found_by = node->found_by[j];
		}
	}
}

/* Adds what finds rows of a table by their primary key, which begins with wiki_id. */
static void
add_itself(graph *g, const char *table)
{
	reference_row row = {.to_table = table, .way = ITSELF, .ends = true};
	Relation rel = table_open(find_table(table), AccessShareLock);
	Relation index;

	list_free(RelationGetIndexList(rel)); /* finds the primary key too */
	if (rel->rd_rel->relreplident == REPLICA_IDENTITY_FULL || !OidIsValid(rel->rd_pkindex))
	{
		table_close(rel, AccessShareLock);
		return;
	}
	index = index_open(rel->rd_pkindex, AccessShareLock);
	row.to_count = index->rd_index->indnkeyatts - 1;
	for (int i = 0; i < row.to_count && i < GRAPH_COLUMNS_MAX; i++)
		row.to[i] =
		    get_attname(RelationGetRelid(rel), index->rd_index->indkey.values[i + 1], false);
	index_close(index, AccessShareLock);
	table_close(rel, AccessShareLock);
	if (row.to_count <= GRAPH_COLUMNS_MAX)
		get_node(g, table)->itself = get_target(g, &row);
}

/* The snapshot is of now: a statement's may be from before the news that made an older graph invalid. */
static graph *
make_graph(void)
{
	Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
	MemoryContext memory =
	    AllocSetContextCreate(CurrentMemoryContext, "mwmirror references", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(memory);
	List *rows = read_rows(snapshot);
	List *state_tables;
	const uint64 on = switched_on(snapshot, &state_tables);
	const int most = Max(list_length(rows) + list_length(state_tables), 1);
	graph *g = palloc0(sizeof(graph));
	ListCell *cell;

	g->version = ++versions;
	g->memory = memory;
	g->has_states = state_tables != NIL;
	g->targets = palloc0(most * sizeof(graph_target));
	g->nodes = palloc0(2 * most * sizeof(graph_node));
	foreach (cell, rows)
		add_edge(g, lfirst(cell), on);
	foreach (cell, state_tables)
		add_itself(g, lfirst(cell));
	bind_edges(g);
	UnregisterSnapshot(snapshot);
	MemoryContextSwitchTo(old);
	return g;
}

static void
find_own_tables(void)
{
	for (size_t i = 0; i < lengthof(own_tables); i++)
	{
		own_relids[i] = get_relname_relid(own_tables[i], get_namespace_oid(OWN_SCHEMA, false));
		if (!OidIsValid(own_relids[i]))
			ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
			                errmsg("table mwmirror.%s does not exist", own_tables[i])));
	}
}

const graph *
graph_get(void)
{
	uint64 changes_before;
	graph *g;

	watch_changes();
	if (valid)
		return kept;
	if (kept != NULL)
		MemoryContextDelete(kept->memory);
	kept = NULL;
	find_own_tables();
	changes_before = changes;
	g = make_graph();
	MemoryContextSetParent(g->memory, TopMemoryContext);
	kept = g;
	/* news that came meanwhile may have been of these tables */
	valid = changes == changes_before;
	return kept;
}

const graph_node *
graph_find(const graph *g, Oid relid)
{
	for (int i = 0; i < g->node_count; i++)
	{
		if (g->nodes[i].relid == relid)
			return &g->nodes[i];
	}
	return NULL;
}
