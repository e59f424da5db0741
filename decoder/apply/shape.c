/*
 * apply/shape.c
 *	  Resolves and keeps shapes; see shape.h.
 */
#include "apply/shape.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "apply/names.h"
#include "apply/search.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#define RAW_VALUE_TABLE "raw_value"
#define BUCKETS 256
#define KEPT_MAX 1024

static shape *buckets[BUCKETS];
static int kept;
static bool any_invalid;
static uint64 changes; /* of relations that we were told of */

/* ---- what is kept ---- */

static void
relation_changed(Datum arg, Oid relid)
{
	changes++;
	for (int i = 0; i < BUCKETS; i++)
	{
		for (shape *s = buckets[i]; s != NULL; s = s->next)
		{
			if (!OidIsValid(relid) || s->relid == relid || search_uses(s->searches, relid))
			{
				s->valid = false;
				any_invalid = true;
			}
		}
	}
}

static void
schema_changed(Datum arg, int cache, uint32 hash)
{
	relation_changed(arg, InvalidOid);
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

void
shape_forget_old(void)
{
	const bool all = kept > KEPT_MAX;

	if (!all && !any_invalid)
		return;
	for (int i = 0; i < BUCKETS; i++)
	{
		shape **at = &buckets[i];

		while (*at != NULL)
		{
			shape *s = *at;

			if (s->valid && !all)
			{
				at = &s->next;
				continue;
			}
			*at = s->next;
			kept--;
			MemoryContextDelete(s->memory);
		}
	}
	any_invalid = false;
}

static uint32
hash_shape(const batch_shape *from)
{
	return hash_bytes((const unsigned char *) from->whole.data, (int) from->whole.len);
}

static shape *
find_kept(const batch_shape *from)
{
	const uint32 hash = hash_shape(from);

	for (shape *s = buckets[hash % BUCKETS]; s != NULL; s = s->next)
	{
		if (s->valid && s->hash == hash && s->len == from->whole.len &&
		    memcmp(s->bytes, from->whole.data, s->len) == 0)
			return s;
	}
	return NULL;
}

/* ---- resolving ---- */

static char *
copy_name(const batch_bytes *name)
{
	pg_verifymbstr(name->data, (int) name->len, false);
	return pnstrdup(name->data, name->len);
}

/* The table's oid. Only the mirror's own tables can be written. */
static Oid
find_table(const batch_shape *from)
{
	char *schema = copy_name(&from->schema);
	char *table = copy_name(&from->table);
	Oid relid = InvalidOid;

	if (strcmp(schema, MIRROR_SCHEMA) != 0 &&
	    (strcmp(schema, OWN_SCHEMA) != 0 || strcmp(table, RAW_VALUE_TABLE) != 0))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
		                errmsg("\"%s.%s\" is not a table of the mirror", schema, table),
		                errdetail("mwmirror.apply() writes tables of schema %s and %s.%s only.",
		                          MIRROR_SCHEMA, OWN_SCHEMA, RAW_VALUE_TABLE)));
	relid = get_relname_relid(table, get_namespace_oid(schema, false));
	if (!OidIsValid(relid))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
		                errmsg("relation \"%s.%s\" does not exist", schema, table)));
	return relid;
}

static void
resolve_column(shape *s, shape_column *column, Relation rel, const char *name)
{
	const AttrNumber attnum = get_attnum(RelationGetRelid(rel), name);
	Form_pg_attribute attribute;
	Oid receive;

	if (attnum == InvalidAttrNumber || attnum < 0)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
		                errmsg("column \"%s\" of relation \"%s\" does not exist", name, s->table)));
	attribute = TupleDescAttr(RelationGetDescr(rel), attnum - 1);
	if (attribute->attgenerated != '\0')
		ereport(ERROR, (errcode(ERRCODE_GENERATED_ALWAYS),
		                errmsg("column \"%s\" of relation \"%s\" is generated", name, s->table)));
	for (const shape_column *before = s->columns; before < column; before++)
	{
		if (before->attnum == attnum)
			ereport(ERROR,
			        (errcode(ERRCODE_DUPLICATE_COLUMN),
			         errmsg("column \"%s\" of relation \"%s\" is named twice", name, s->table)));
	}
	column->name = name;
	column->attnum = attnum;
	column->type = attribute->atttypid;
	column->typmod = attribute->atttypmod;
	column->collation = attribute->attcollation;
	getTypeBinaryInputInfo(column->type, &receive, &column->parameter);
	fmgr_info_cxt(receive, &column->receive, s->memory);
}

/* A default that is a constant once it is planned is kept as it is, any other is computed for each row. */
static void
resolve_default(shape *s, Relation rel, AttrNumber attnum)
{
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(rel), attnum - 1);
	Expr *expression = NULL;

	s->default_nulls[attnum - 1] = true;
	if (!attribute->attisdropped && attribute->attgenerated == '\0')
		expression = (Expr *) build_column_default(rel, attnum);
	if (expression == NULL)
		return;
	expression = expression_planner(expression);
	if (IsA(expression, Const))
	{
		Const *constant = (Const *) expression;

		s->default_nulls[attnum - 1] = constant->constisnull;
		if (!constant->constisnull)
			s->defaults[attnum - 1] =
			    datumCopy(constant->constvalue, constant->constbyval, constant->constlen);
		return;
	}
	s->expressions[s->expression_count].attnum = attnum;
	s->expressions[s->expression_count++].expression = expression;
}

/* From now on the shape outlives the call. */
static void
keep(shape *s, bool valid)
{
	MemoryContextSetParent(s->memory, TopMemoryContext);
	s->valid = valid;
	any_invalid = any_invalid || !valid;
	s->next = buckets[s->hash % BUCKETS];
	buckets[s->hash % BUCKETS] = s;
	kept++;
}

/* Resolves a shape whose table is locked, and keeps it. Everything is allocated in the shape's own memory. */
static shape *
resolve(const batch_shape *from, Oid relid)
{
	const uint64 changes_before = changes;
	MemoryContext memory =
	    AllocSetContextCreate(CurrentMemoryContext, "mwmirror shape", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(memory);
	Relation rel = table_open(relid, NoLock);
	batch_bytes names = from->names;
	shape *s = palloc0(sizeof(shape));

	s->hash = hash_shape(from);
	s->len = from->whole.len;
	s->bytes = memcpy(palloc(s->len), from->whole.data, s->len);
	s->relid = relid;
	s->memory = memory;
	s->table = psprintf("%s.%s", copy_name(&from->schema), copy_name(&from->table));
	if (rel->rd_rel->relkind != RELKIND_RELATION &&
	    rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
		        (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("\"%s\" is not a table", s->table)));
	s->finds = from->finds;
	s->column_count = from->columns;
	s->columns = palloc0(s->column_count * sizeof(shape_column));
	for (uint32 i = 0; i < s->column_count; i++)
	{
		batch_bytes name = batch_next_name(&names);

		resolve_column(s, &s->columns[i], rel, copy_name(&name));
	}
	s->attribute_count = RelationGetNumberOfAttributes(rel);
	s->defaults = palloc0(s->attribute_count * sizeof(Datum));
	s->default_nulls = palloc0(s->attribute_count * sizeof(bool));
	s->expressions = palloc0(s->attribute_count * sizeof(shape_expression));
	for (int i = 1; i <= s->attribute_count; i++)
		resolve_default(s, rel, (AttrNumber) i);
	table_close(rel, NoLock);
	MemoryContextSwitchTo(old);
	/* news that came meanwhile may have been of this table */
	keep(s, changes == changes_before);
	return s;
}

/* ---- all shapes of a batch ---- */

static int
compare_oids(const ListCell *a, const ListCell *b)
{
	return oid_cmp(&lfirst_oid(a), &lfirst_oid(b));
}

/* Locks tables that are not locked yet, in the order of their oids. */
static void
lock_tables(List *relids, List **locked)
{
	ListCell *cell;

	list_sort(relids, compare_oids);
	foreach (cell, relids)
	{
		Oid relid = lfirst_oid(cell);

		if (list_member_oid(*locked, relid))
			continue;
		LockRelationOid(relid, RowExclusiveLock);
		*locked = lappend_oid(*locked, relid);
	}
}

void
shape_resolve_all(const batch_shape *from, uint32 count, shape **to)
{
	List *locked = NIL;
	bool all;

	watch_changes();
	/* a lock that is waited for can bring news: then once more */
	do
	{
		List *relids = NIL;

		CHECK_FOR_INTERRUPTS();
		for (uint32 i = 0; i < count; i++)
		{
			to[i] = find_kept(&from[i]);
			relids =
			    list_append_unique_oid(relids, to[i] != NULL ? to[i]->relid : find_table(&from[i]));
		}
		lock_tables(relids, &locked);
		all = true;
		for (uint32 i = 0; all && i < count; i++)
		{
			Oid relid;

			if (to[i] != NULL && to[i]->valid)
				continue;
			relid = find_table(&from[i]);
			all = list_member_oid(locked, relid);
			if (all)
				to[i] = resolve(&from[i], relid);
		}
	} while (!all);
}
