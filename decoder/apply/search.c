/*
 * apply/search.c
 *	  Finds rows; see search.h.
 *
 * How a shape's rows are found in a relation (which index, scan keys, what else to compare) is kept with the shape. The scan
 * itself is kept for the call, and only begun again for each row.
 */
#include "apply/search.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "apply/compat.h"
#include "catalog/pg_am.h"
#include "catalog/pg_index.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/partcache.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/typcache.h"

/* A value that the index does not compare. */
typedef struct compared
{
	uint32 find; /* number among what finds the row */
	AttrNumber attnum;
	Oid collation;
	FmgrInfo equal;
} compared;

struct search
{
	Oid relid;
	Oid index; /* InvalidOid: look at all rows */
	int key_count;
	ScanKeyData keys[INDEX_MAX_KEYS];
	uint32 key_find[INDEX_MAX_KEYS];
	compared *rest;
	int rest_count;
	search *next;
};

struct finder
{
	const shape *shape;
	place *place;
	const search *how;
	IndexScanDesc index_scan;
	TableScanDesc table_scan;
	ScanKeyData keys[INDEX_MAX_KEYS];
	const received *find;
	finder *next;
};

/* ---- how rows are found ---- */

bool
search_uses(const search *searches, Oid relid)
{
	for (const search *how = searches; how != NULL; how = how->next)
	{
		if (how->relid == relid || how->index == relid)
			return true;
	}
	return false;
}

/* The column of the place's relation. */
static AttrNumber
attnum_in_place(const place *p, const shape_column *column)
{
	return p->to_table == NULL ? column->attnum : p->to_table->attrMap->attnums[column->attnum - 1];
}

static int
find_of_attnum(const place *p, const shape *s, AttrNumber attnum)
{
	for (uint32 i = 0; i < s->finds; i++)
	{
		if (attnum_in_place(p, &s->columns[i]) == attnum)
			return (int) i;
	}
	return -1;
}

/* An index that was made while rows had broken chains misses some of them for old snapshots. */
static bool
index_is_too_new(Relation index)
{
	return index->rd_index->indcheckxmin &&
	       !TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data),
	                              TransactionXmin);
}

/* How many of the index's leading columns are given; *unique: they are all of a unique index. */
static int
count_keys(const place *p, const shape *s, Relation index, bool *unique)
{
	Form_pg_index form = index->rd_index;
	int count = 0;

	*unique = false;
	if (index->rd_rel->relam != BTREE_AM_OID || !form->indisvalid ||
	    !heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL))
		return 0;
	while (count < form->indnkeyatts && form->indkey.values[count] != 0 &&
	       find_of_attnum(p, s, form->indkey.values[count]) >= 0)
		count++;
	*unique = form->indisunique && form->indimmediate && count == form->indnkeyatts;
	return count;
}

/* The best index, or NULL. *settled becomes false if a better one will do later. */
static Relation
choose_index(const place *p, const shape *s, int *key_count, bool *settled)
{
	Relation best = NULL;

	*key_count = 0;
	for (int i = 0; i < p->rri->ri_NumIndices; i++)
	{
		Relation index = p->rri->ri_IndexRelationDescs[i];
		bool unique;
		int count = count_keys(p, s, index, &unique);

		if (count > 0 && index_is_too_new(index))
		{
			*settled = false;
			continue;
		}
		if (unique || count > *key_count)
		{
			best = index;
			*key_count = count;
		}
		if (unique)
			break;
	}
	return best;
}

static void
set_key(search *how, int i, Relation index, uint32 find)
{
	const Oid type = index->rd_opcintype[i];
	const Oid equal = get_opfamily_member(index->rd_opfamily[i], type, type, BTEqualStrategyNumber);

	if (!OidIsValid(equal))
		elog(ERROR, "index \"%s\" has no equality operator for its column %d",
		     RelationGetRelationName(index), i + 1);
	ScanKeyEntryInitialize(&how->keys[i], 0, (AttrNumber) (i + 1), BTEqualStrategyNumber,
	                       InvalidOid, index->rd_indcollation[i], get_opcode(equal), (Datum) 0);
	how->key_find[i] = find;
}

static void
set_compared(compared *c, const place *p, const shape *s, uint32 find)
{
	const shape_column *column = &s->columns[find];
	TypeCacheEntry *type = lookup_type_cache(column->type, TYPECACHE_EQ_OPR_FINFO);

	if (!OidIsValid(type->eq_opr_finfo.fn_oid))
		ereport(ERROR,
		        (errcode(ERRCODE_UNDEFINED_FUNCTION),
		         errmsg("column \"%s\" of %s cannot find a row: its type has no equality operator",
		                column->name, s->table)));
	c->find = find;
	c->attnum = attnum_in_place(p, column);
	c->collation = column->collation;
	fmgr_info_copy(&c->equal, &type->eq_opr_finfo, CurrentMemoryContext);
}

/* Makes a search in the current memory context. */
static search *
choose(const place *p, const shape *s, bool *settled)
{
	search *how = palloc0(sizeof(search));
	Relation index = choose_index(p, s, &how->key_count, settled);

	how->relid = RelationGetRelid(p->rri->ri_RelationDesc);
	how->index = index == NULL ? InvalidOid : RelationGetRelid(index);
	how->rest = palloc0(s->finds * sizeof(compared));
	for (uint32 find = 0; find < s->finds; find++)
	{
		AttrNumber attnum = attnum_in_place(p, &s->columns[find]);
		int key = 0;

		while (key < how->key_count && index->rd_index->indkey.values[key] != attnum)
			key++;
		if (key < how->key_count)
			set_key(how, key, index, find);
		else
			set_compared(&how->rest[how->rest_count++], p, s, find);
	}
	return how;
}

static Relation
opened_index(const place *p, Oid index)
{
	for (int i = 0; i < p->rri->ri_NumIndices; i++)
	{
		if (RelationGetRelid(p->rri->ri_IndexRelationDescs[i]) == index)
			return p->rri->ri_IndexRelationDescs[i];
	}
	return NULL;
}

/* What is kept, if its index is there; else a new choice, which is kept if it is the last word. */
static const search *
get_search(opened *o, const place *p, shape *s, Relation *index)
{
	const Oid relid = RelationGetRelid(p->rri->ri_RelationDesc);
	bool settled = true;
	MemoryContext old;
	search *how = s->searches;

	while (how != NULL && how->relid != relid)
		how = how->next;
	if (how != NULL)
	{
		*index = opened_index(p, how->index);
		if (!OidIsValid(how->index) || (*index != NULL && !index_is_too_new(*index)))
			return how;
		settled = false;
	}
	old = MemoryContextSwitchTo(settled ? s->memory : o->estate->es_query_cxt);
	how = choose(p, s, &settled);
	MemoryContextSwitchTo(old);
	*index = opened_index(p, how->index);
	if (settled)
	{
		how->next = s->searches;
		s->searches = how;
	}
	return how;
}

/* ---- looking ---- */

static finder *
get_finder(opened *o, place *p, shape *s)
{
	finder *f = p->finders;
	Relation index = NULL;

	while (f != NULL && f->shape != s)
		f = f->next;
	if (f != NULL)
		return f;
	f = MemoryContextAllocZero(o->estate->es_query_cxt, sizeof(finder));
	f->shape = s;
	f->place = p;
	f->how = get_search(o, p, s, &index);
	memcpy(f->keys, f->how->keys, f->how->key_count * sizeof(ScanKeyData));
	if (index != NULL)
		f->index_scan = compat_begin_index_scan(p->rri->ri_RelationDesc, index, GetActiveSnapshot(),
		                                        f->how->key_count);
	f->next = p->finders;
	p->finders = f;
	return f;
}

static void
fail_absent(const shape_column *column)
{
	ereport(ERROR,
	        (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
	         errmsg("the value of column \"%s\", which finds the row, is absent", column->name)));
}

/* Rows of a partitioned table are looked for in one partition: what finds them must tell which. */
static void
check_partition_key(const target *t, const shape *s, const received *find)
{
	PartitionKey key = RelationGetPartitionKey(t->rel);

	for (int i = 0; i < key->partnatts; i++)
	{
		uint32 n = 0;

		while (n < s->finds && s->columns[n].attnum != key->partattrs[i])
			n++;
		if (key->partattrs[i] == 0 || n == s->finds)
			ereport(ERROR,
			        (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			         errmsg("what finds a row of %s does not tell its partition", s->table)));
		if (find->from[n].form == BATCH_ABSENT)
			fail_absent(&s->columns[n]);
	}
}

static place *
choose_place(opened *o, target *t, const shape *s, const received *find)
{
	MemoryContext old;
	Datum *values;
	bool *nulls;
	place *p;

	if (t->routing == NULL)
		return t->places;
	check_partition_key(t, s, find);
	old = MemoryContextSwitchTo(GetPerTupleMemoryContext(o->estate));
	values = palloc0(s->attribute_count * sizeof(Datum));
	nulls = palloc(s->attribute_count * sizeof(bool));
	memset(nulls, true, s->attribute_count * sizeof(bool));
	for (uint32 n = 0; n < s->finds; n++)
	{
		values[s->columns[n].attnum - 1] = find->values[n];
		nulls[s->columns[n].attnum - 1] = find->nulls[n];
	}
	p = relation_place(o, t, values, nulls);
	MemoryContextSwitchTo(old);
	return p;
}

static void
set_scan_keys(finder *f, const received *find)
{
	for (int i = 0; i < f->how->key_count; i++)
	{
		const uint32 n = f->how->key_find[i];

		if (find->from[n].form == BATCH_ABSENT)
			fail_absent(&f->shape->columns[n]);
		f->keys[i].sk_argument = find->values[n];
		f->keys[i].sk_flags = find->nulls[n] ? SK_ISNULL | SK_SEARCHNULL : 0;
	}
}

finder *
search_begin(opened *o, target *t, shape *s, const received *find, place **at)
{
	place *p = choose_place(o, t, s, find);
	MemoryContext old = MemoryContextSwitchTo(o->estate->es_query_cxt);
	finder *f = get_finder(o, p, s);

	*at = p;
	f->find = find;
	set_scan_keys(f, find);
	if (p->changed == o->step)
		relation_next_step(o);
	ExecClearTuple(p->found);
	if (f->index_scan != NULL)
		index_rescan(f->index_scan, f->keys, f->how->key_count, NULL, 0);
	else if (f->table_scan != NULL)
		table_rescan(f->table_scan, NULL);
	else
		f->table_scan = compat_begin_table_scan(p->rri->ri_RelationDesc, GetActiveSnapshot());
	MemoryContextSwitchTo(old);
	return f;
}

/* True if the values that the index did not compare are those of the row. */
static bool
rest_matches(opened *o, finder *f)
{
	MemoryContext old = MemoryContextSwitchTo(GetPerTupleMemoryContext(o->estate));
	bool matches = true;

	for (int i = 0; matches && i < f->how->rest_count; i++)
	{
		compared *c = &f->how->rest[i];
		const bool null = f->find->nulls[c->find];
		bool stored_null;
		Datum stored;

		if (f->find->from[c->find].form == BATCH_ABSENT)
			continue;
		stored = slot_getattr(f->place->found, c->attnum, &stored_null);
		matches = null || stored_null
		              ? null == stored_null
		              : DatumGetBool(FunctionCall2Coll(&c->equal, c->collation, stored,
		                                               f->find->values[c->find]));
	}
	MemoryContextSwitchTo(old);
	return matches;
}

bool
search_next(opened *o, finder *f)
{
	/* a scan allocates in the memory that is current, and keeps that until it ends */
	MemoryContext old = MemoryContextSwitchTo(o->estate->es_query_cxt);
	TupleTableSlot *found = f->place->found;
	bool there;

	do
	{
		CHECK_FOR_INTERRUPTS();
		there = f->index_scan != NULL
		            ? index_getnext_slot(f->index_scan, ForwardScanDirection, found)
		            : table_scan_getnextslot(f->table_scan, ForwardScanDirection, found);
	} while (there && !rest_matches(o, f));
	MemoryContextSwitchTo(old);
	return there;
}

void
search_end(place *p)
{
	for (finder *f = p->finders; f != NULL; f = f->next)
	{
		if (f->index_scan != NULL)
			index_endscan(f->index_scan);
		if (f->table_scan != NULL)
			table_endscan(f->table_scan);
	}
	p->finders = NULL;
}
