/*
 * apply/ranged.c
 *	  A table that is read by ranges, and the query for one; see ranged.h.
 */
#include "apply/ranged.h"

#include "access/relation.h"
#include "access/table.h"
#include "apply/compat.h"
#include "apply/graph_target.h"
#include "apply/names.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/relcache.h"

/* ---- the table ---- */

static Relation
open_table(const char *name)
{
	const Oid relid = get_relname_relid(name, get_namespace_oid(MIRROR_SCHEMA, false));
	Relation rel;

	if (!OidIsValid(relid))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
		                errmsg("table \"%s.%s\" does not exist", MIRROR_SCHEMA, name)));
	rel = table_open(relid, AccessShareLock);
	if (rel->rd_rel->relkind != RELKIND_RELATION &&
	    rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
		                errmsg("\"%s.%s\" is not a table", MIRROR_SCHEMA, name)));
	return rel;
}

static void
add_column(ranged *r, const FormData_pg_attribute *column)
{
	graph_target *t = &r->target;
	const uint32 i = t->shape.columns++;
	Oid send;
	bool is_varlena;

	t->names[i] = pstrdup(NameStr(column->attname));
	t->types[i] = column->atttypid;
	t->attnums[i] = (AttrNumber) (i + 1);
	r->type_names[i] = format_type_be_qualified(column->atttypid);
	r->own[i] = column->attnum;
	getTypeBinaryOutputInfo(column->atttypid, &send, &is_varlena);
	fmgr_info(send, &t->send[i]);
}

static void
add_columns(ranged *r, Relation rel)
{
	TupleDesc desc = RelationGetDescr(rel);
	const AttrNumber wiki = get_attnum(RelationGetRelid(rel), WIKI_COLUMN);
	graph_target *t = &r->target;

	if (wiki == InvalidAttrNumber)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
		                errmsg("table \"%s\" has no column %s", t->table, WIKI_COLUMN)));
	t->names = palloc(desc->natts * sizeof(char *));
	t->types = palloc(desc->natts * sizeof(Oid));
	t->attnums = palloc(desc->natts * sizeof(AttrNumber));
	t->send = palloc(desc->natts * sizeof(FmgrInfo));
	r->type_names = palloc(desc->natts * sizeof(char *));
	r->own = palloc(desc->natts * sizeof(AttrNumber));
	add_column(r, TupleDescAttr(desc, wiki - 1));
	for (int i = 0; i < desc->natts; i++)
		if (i != wiki - 1 && !TupleDescAttr(desc, i)->attisdropped)
			add_column(r, TupleDescAttr(desc, i));
	graph_target_make_item(t);
}

static int
find_column(const ranged *r, const char *name)
{
	for (uint32 i = 0; i < r->target.shape.columns; i++)
		if (strcmp(r->target.names[i], name) == 0)
			return (int) i;
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
	                errmsg("table \"%s\" has no column \"%s\"", r->target.table, name)));
}

/* The columns of another order than the primary key's. */
static void
take_order(ranged *r, const asked *a)
{
	for (uint32 i = 0; i < a->order_count && i < INDEX_MAX_KEYS; i++)
		r->key[r->key_count++] = find_column(r, a->order[i]);
}

static void
read_key(ranged *r, Relation rel)
{
	const Oid id = compat_primary_key(rel);
	Relation index;

	if (!OidIsValid(id))
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
		                errmsg("table \"%s\" has no primary key", r->target.table)));
	index = relation_open(id, AccessShareLock);
	for (int i = 0; i < index->rd_index->indnkeyatts; i++)
	{
		const AttrNumber attnum = index->rd_index->indkey.values[i];
		const int column =
		    find_column(r, NameStr(TupleDescAttr(RelationGetDescr(rel), attnum - 1)->attname));

		if ((i == 0) != (column == 0))
			ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
			                errmsg("the primary key of table \"%s\" does not begin with %s",
			                       r->target.table, WIKI_COLUMN)));
		if (i > 0)
			r->key[r->key_count++] = column;
	}
	relation_close(index, AccessShareLock);
	if (r->key_count == 0)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
		                errmsg("the primary key of table \"%s\" is %s alone", r->target.table,
		                       WIKI_COLUMN)));
}

void
ranged_open(ranged *r, const asked *a)
{
	memset(r, 0, sizeof(*r));
	r->target.table = a->table;
	r->rel = open_table(a->table);
	add_columns(r, r->rel);
	if (a->order == NULL)
		read_key(r, r->rel);
	else
		take_order(r, a);
	r->size_column = a->size_column == NULL ? -1 : find_column(r, a->size_column);
}

/* ---- the query ---- */

static void
put_parameter(range_query *q, Oid type, Datum value)
{
	q->types[q->count] = type;
	q->values[q->count] = value;
	q->count++;
}

static void
put_key_columns(range_query *q, const ranged *r, int count)
{
	for (int i = 0; i < count; i++)
		appendStringInfo(&q->sql, "%s%s", i == 0 ? "" : ", ",
		                 quote_identifier(r->target.names[r->key[i]]));
}

/* The first columns of the key, compared with the values of a key. */
static void
put_limit(range_query *q, const ranged *r, ArrayType *key, const char *operator)
{
	Datum *values;
	bool *nulls;
	int count;

	if (key == NULL)
		return;
	if (ARR_NDIM(key) != 1)
		asked_fail("a key that is no list");
	deconstruct_array(key, TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &count);
	if (count > r->key_count)
		asked_fail("a key with more values than the table's has columns");
	appendStringInfoString(&q->sql, " AND (");
	put_key_columns(q, r, count);
	appendStringInfo(&q->sql, ") %s (", operator);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			asked_fail("a key with NULL");
		put_parameter(q, TEXTOID, values[i]);
		appendStringInfo(&q->sql, "%s$%d::%s", i == 0 ? "" : ", ", q->count,
		                 r->type_names[r->key[i]]);
	}
	appendStringInfoChar(&q->sql, ')');
}

void
ranged_make_query(range_query *q, const asked *a, const ranged *r)
{
	memset(q, 0, sizeof(*q));
	initStringInfo(&q->sql);
	appendStringInfoString(&q->sql, "SELECT ");
	for (uint32 i = 0; i < r->target.shape.columns; i++)
		appendStringInfo(&q->sql, "%s%s", i == 0 ? "" : ", ", quote_identifier(r->target.names[i]));
	put_parameter(q, TEXTOID, PointerGetDatum(a->wiki));
	if (a->since_column != NULL)
	{
		put_parameter(q, TIMESTAMPTZOID, a->since);
		appendStringInfo(&q->sql, ", %s >= $%d", quote_identifier(a->since_column), q->count);
	}
	else if (a->only_column != NULL)
	{
		put_parameter(q, INT8OID, Int64GetDatum(a->only));
		appendStringInfo(&q->sql, ", %s = $%d", quote_identifier(a->only_column), q->count);
	}
	appendStringInfo(&q->sql, " FROM %s",
	                 quote_qualified_identifier(MIRROR_SCHEMA, r->target.table));
	if (a->listed)
	{
		put_parameter(q, INT8OID, Int64GetDatum(a->head.id));
		appendStringInfo(&q->sql,
		                 " JOIN mwmirror.request_page ON request_id = $%d AND listed_page = %s",
		                 q->count, quote_identifier(r->target.names[r->key[0]]));
	}
	appendStringInfo(&q->sql, " WHERE %s = $1", WIKI_COLUMN);
	if (a->after != NULL)
		put_limit(q, r, a->after, ">");
	else
		put_limit(q, r, a->lower, ">=");
	put_limit(q, r, a->upper, "<");
	appendStringInfoString(&q->sql, " ORDER BY ");
	put_key_columns(q, r, r->key_count);
}
