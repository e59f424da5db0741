/*
 * apply/graph_target.c
 *	  Makes what a graph's references lead to; see graph_target.h.
 */
#include "apply/graph_target.h"

#include "access/table.h"
#include "apply/names.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "wire/reference.h"

AttrNumber
graph_target_column(Oid relid, const char *table, const char *name)
{
	AttrNumber attnum = get_attnum(relid, name);

	if (attnum <= 0)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
		                errmsg("mwmirror.reference names the column \"%s\" of \"%s\", which does "
		                       "not exist",
		                       name, table)));
	return attnum;
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
graph_target_make_item(graph_target *t)
{
	const uint32 columns = t->shape.columns - 1;
	const size_t len =
	    reference_write_shape(NULL, t->number, t->table, columns, t->names + 1, t->types + 1);
	char *item = palloc(len);

	reference_write_shape(item, t->number, t->table, columns, t->names + 1, t->types + 1);
	t->item = (batch_bytes){item, (uint32) len};
}

void
graph_target_make(graph_target *t, const graph_node *node, const reference_row *row)
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
		add_column(t, row->to[i], graph_target_column(t->relid, t->table, row->to[i]));
	t->shape.finds = t->shape.columns;
	for (AttrNumber attnum = 1; attnum <= columns->natts; attnum++)
	{
		Form_pg_attribute attribute = TupleDescAttr(columns, attnum - 1);

		if (!attribute->attisdropped && attribute->attgenerated == '\0' && !has_column(t, attnum))
			add_column(t, pstrdup(NameStr(attribute->attname)), attnum);
	}
	table_close(rel, AccessShareLock);
	write_shape(t);
	graph_target_make_item(t);
}
