/*
 * apply/graph.c
 *	  Puts the graph together, and knows when it has changed; see graph.h.
 */
#include "apply/graph.h"

#include "access/genam.h"
#include "access/table.h"
#include "apply/graph_target.h"
#include "apply/names.h"
#include "apply/reference_row.h"
#include "apply/switched.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#define REFERENCE_TABLE "reference"
#define ITSELF "itself" /* a way that no reference has */

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

static graph_node *
get_node(graph *g, const char *table)
{
	const Oid relid = find_table(table);
	graph_node *node = (graph_node *) graph_find(g, relid);

	if (node != NULL)
		return node;
	node = &g->nodes[g->node_count++];
	node->relid = relid;
	node->wiki = graph_target_column(relid, table, WIKI_COLUMN);
	return node;
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
	graph_target_make(t, node, row);
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
		edge->from[i] = graph_target_column(node->relid, row->from_table, row->from[i]);
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
	edge->odd = graph_target_column(node->relid, row->from_table, row->odd);
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
		edge->update_of[i] = graph_target_column(node->relid, row->from_table, row->update_of[i]);
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
	List *rows = reference_rows_read(own_relids[0], snapshot);
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
