/*
 * plugin/core/whole_table.c
 *	  Tables with all their columns; see whole_table.h.
 */
#include "plugin/core/whole_table.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_type_d.h"
#include "plugin/core/referred.h"
#include "plugin/core/session.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "wire/reference.h"

/* ---- tables ---- */

static void
add_column(whole_table *t, Form_pg_attribute attribute)
{
	if (attribute->attisdropped || attribute->attgenerated != '\0' || attribute->attnum == t->wiki)
		return;
	t->columns[t->column_count++] = (whole_column){
	    .name = pstrdup(NameStr(attribute->attname)),
	    .attno = attribute->attnum,
	    .type = attribute->atttypid,
	    .length = attribute->attlen,
	    .by_value = attribute->attbyval,
	    .is_long = attribute->attlen == -1 && attribute->attstorage != TYPSTORAGE_PLAIN,
	};
}

/* add_key finds the columns of the primary key; it is none that can name a row of a wiki if it does not begin with wiki_id. */
static void
add_key(whole_table *t, Relation relation)
{
	Relation index;

	list_free(RelationGetIndexList(relation)); /* finds the primary key too */
	if (!OidIsValid(relation->rd_pkindex))
		return;
	index = index_open(relation->rd_pkindex, AccessShareLock);
	if (index->rd_index->indkey.values[0] == t->wiki)
		for (int i = 1; i < index->rd_index->indnkeyatts; i++)
			for (int column = 0; column < t->column_count; column++)
				if (t->columns[column].attno == index->rd_index->indkey.values[i])
					t->key[t->key_count++] = column;
	index_close(index, AccessShareLock);
}

/* make describes a relation, in the current memory. Rows of all partitions are rows of one table. */
static whole_table *
make(Relation relation, Oid root, AttrNumber wiki)
{
	TupleDesc desc = RelationGetDescr(relation);
	whole_table *t = palloc0(sizeof(whole_table));

	t->relid = root;
	t->name = get_rel_name(root);
	t->wiki = wiki;
	t->is_full = relation->rd_rel->relreplident == REPLICA_IDENTITY_FULL;
	t->natts = desc->natts;
	t->columns = palloc0(desc->natts * sizeof(whole_column));
	for (int i = 0; i < desc->natts; i++)
		add_column(t, TupleDescAttr(desc, i));
	add_key(t, relation);
	return t;
}

static bool
is_same(const whole_table *a, const whole_table *b)
{
	if (a->relid != b->relid || a->is_full != b->is_full || a->wiki != b->wiki ||
	    a->natts != b->natts || a->column_count != b->column_count ||
	    a->key_count != b->key_count || strcmp(a->name, b->name) != 0 ||
	    memcmp(a->key, b->key, sizeof(a->key)) != 0)
		return false;
	for (int i = 0; i < a->column_count; i++)
		if (strcmp(a->columns[i].name, b->columns[i].name) != 0 ||
		    a->columns[i].attno != b->columns[i].attno || a->columns[i].type != b->columns[i].type)
			return false;
	return true;
}

/*
 * whole_table_describe
 *	 Relations are said to have changed far more often than they do, by VACUUM for one. A description that is like one before is that one, so that
 *	 there are as many as there were changes.
 */
whole_table *
whole_table_describe(session *s, mirror_relation *described, Relation relation)
{
	MemoryContext scratch;
	MemoryContext old;
	whole_table *made;

	if (described->whole != NULL || described->wiki == 0)
		return described->whole;
	scratch =
	    AllocSetContextCreate(s->context, "mwmirror description of a table", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(scratch);
	made = make(relation, described->root, described->wiki);
	MemoryContextSwitchTo(old);
	for (whole_table *t = s->whole_tables; t != NULL && described->whole == NULL; t = t->next)
		if (is_same(t, made))
			described->whole = t;
	if (described->whole != NULL)
	{
		MemoryContextDelete(scratch);
		return described->whole;
	}
	made->next = s->whole_tables;
	s->whole_tables = made;
	described->whole = made;
	return made;
}

whole_table *
whole_table_find(session *s, const char *name)
{
	Oid schema = get_namespace_oid(TABLE_SCHEMA, true);
	Oid relid = OidIsValid(schema) ? get_relname_relid(name, schema) : InvalidOid;
	whole_table *found;
	Relation relation;

	if (!OidIsValid(relid))
		return NULL;
	relation = table_open(relid, AccessShareLock);
	found = whole_table_describe(s, relations_describe(s->relations, relation), relation);
	table_close(relation, AccessShareLock);
	return found;
}

int
whole_table_column(const whole_table *t, const char *name, size_t len)
{
	for (int i = 0; i < t->column_count; i++)
		if (strlen(t->columns[i].name) == len && memcmp(t->columns[i].name, name, len) == 0)
			return i;
	return -1;
}

/* ---- rows of messages ---- */

whole_shape *
whole_shape_make(session *s, batch_bytes table, uint32 count, batch_bytes columns)
{
	whole_shape *shape = palloc0(sizeof(whole_shape));

	shape->table = whole_table_find(s, pnstrdup(table.data, table.len));
	shape->count = count;
	if (shape->table == NULL)
		return shape;
	shape->columns = palloc0(Max(count, 1) * sizeof(int));
	shape->receive = palloc0(Max(count, 1) * sizeof(FmgrInfo));
	shape->parameters = palloc0(Max(count, 1) * sizeof(Oid));
	for (uint32 i = 0; i < count; i++)
	{
		Oid function;
		Oid type;
		batch_bytes name = reference_next_column(&columns, &type);
		int column = whole_table_column(shape->table, name.data, name.len);

		shape->columns[i] = column;
		if (column < 0)
			continue;
		if (shape->table->columns[column].type != type)
			referred_fail(s, "a column has another type than in the table");
		getTypeBinaryInputInfo(type, &function, &shape->parameters[i]);
		fmgr_info(function, &shape->receive[i]);
	}
	return shape;
}

/* read_integer makes the value of an integer type of what is a number in the message. */
static Datum
read_integer(session *s, Oid type, int64 number)
{
	switch (type)
	{
		case INT2OID:
			return Int16GetDatum((int16) number);
		case INT4OID:
			return Int32GetDatum((int32) number);
		case INT8OID:
			return Int64GetDatum(number);
	}
	referred_fail(s, "a value that is no integer is a number");
}

static Datum
read_value(session *s, whole_shape *shape, uint32 i, const reference_value *value)
{
	Oid type = shape->table->columns[shape->columns[i]].type;
	StringInfoData bytes;
	Datum datum;

	if (value->form == REFERENCE_INTEGER)
		return read_integer(s, type, value->integer);
	if (type == TEXTOID || type == BYTEAOID)
		return PointerGetDatum(cstring_to_text_with_len(value->bytes.data, (int) value->bytes.len));
	initStringInfo(&bytes);
	appendBinaryStringInfo(&bytes, value->bytes.data, (int) value->bytes.len);
	datum = ReceiveFunctionCall(&shape->receive[i], &bytes, shape->parameters[i], -1);
	if (bytes.cursor != bytes.len)
		referred_fail(s, "a value is too long");
	return datum;
}

void
whole_shape_read(session *s, whole_shape *shape, batch_bytes parts, Datum *values, bool *nulls)
{
	memset(nulls, true, shape->table->column_count * sizeof(bool));
	for (uint32 i = 0; i < shape->count; i++)
	{
		reference_value value = reference_next_value(&parts);
		int column = shape->columns[i];

		if (column < 0 || value.form == REFERENCE_NULL)
			continue;
		values[column] = read_value(s, shape, i, &value);
		nulls[column] = false;
	}
}
