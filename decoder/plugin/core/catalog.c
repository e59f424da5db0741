/*
 * plugin/core/catalog.c
 *	  Where the columns of the mirror's tables lie; see catalog.h.
 */
#include "plugin/core/catalog.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_type_d.h"
#include "plugin/core/errors.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

struct catalog
{
	MemoryContext context;
	HTAB *relations;            /* Oid -> mirror_relation */
	mirror_relation *last;      /* most changes come in runs of one table */
	mirror_relation **by_table; /* of tables that are read; NULL: not resolved by name */
	Relation *open;             /* likewise, in the PostgreSQL transaction that is being decoded */
};

/* The cache of this backend's decoding session, for the invalidation callback, which has no argument
 * that could follow its life. */
static catalog *active_catalog = NULL;

static void
catalog_invalidate(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS status;
	mirror_relation *relation;

	if (active_catalog == NULL)
		return;
	active_catalog->last = NULL;
	if (OidIsValid(relid))
	{
		relation = hash_search(active_catalog->relations, &relid, HASH_FIND, NULL);
		if (relation != NULL)
			relation->valid = false;
	}
	else
	{
		hash_seq_init(&status, active_catalog->relations);
		while ((relation = hash_seq_search(&status)) != NULL)
			relation->valid = false;
	}
}

static void
catalog_forget(void *arg)
{
	if (active_catalog == arg)
		active_catalog = NULL;
}

catalog *
catalog_create(MemoryContext parent)
{
	static bool registered = false;
	MemoryContext context = AllocSetContextCreate(parent, "mwmirror catalog", ALLOCSET_SMALL_SIZES);
	catalog *cat = MemoryContextAllocZero(context, sizeof(catalog));
	MemoryContextCallback *callback = MemoryContextAlloc(context, sizeof(MemoryContextCallback));
	HASHCTL control = {
	    .keysize = sizeof(Oid),
	    .entrysize = sizeof(mirror_relation),
	    .hcxt = context,
	};

	cat->context = context;
	cat->relations =
	    hash_create("mwmirror relations", 128, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	cat->by_table = MemoryContextAllocZero(context, mirror_table_count * sizeof(mirror_relation *));
	cat->open = MemoryContextAllocZero(context, mirror_table_count * sizeof(Relation));
	callback->func = catalog_forget;
	callback->arg = cat;
	MemoryContextRegisterResetCallback(context, callback);
	active_catalog = cat;
	mirror_row_init();
	if (!registered)
	{
		CacheRegisterRelcacheCallback(catalog_invalidate, (Datum) 0);
		registered = true;
	}
	return cat;
}

/* catalog_find_table returns the description that the relation's schema and name match, or TABLE_NONE. */
static mirror_table
catalog_find_table(Relation relation)
{
	const char *name = RelationGetRelationName(relation);
	const char *schema;

	if (relation->rd_rel->relkind != RELKIND_RELATION)
		return TABLE_NONE;
	schema = get_namespace_name(RelationGetNamespace(relation));
	return schema == NULL ? TABLE_NONE : mirror_table_find(schema, name, strlen(name));
}

/* catalog_map_columns finds each needed column of the table by name. */
static void
catalog_map_columns(mirror_relation *entry, Relation relation)
{
	const table_description *table = &mirror_tables[entry->table];
	TupleDesc desc = RelationGetDescr(relation);

	for (int i = 0; table->columns[i].name != NULL; i++)
	{
		const column_description *column = &table->columns[i];
		Form_pg_attribute found = NULL;

		for (int j = 0; j < desc->natts && found == NULL; j++)
		{
			Form_pg_attribute attribute = TupleDescAttr(desc, j);

			if (!attribute->attisdropped && strcmp(NameStr(attribute->attname), column->name) == 0)
				found = attribute;
		}
		if (found == NULL)
			mirror_table_report_no_column(entry->table, i);
		if (!mirror_table_type_fits(entry->table, i, found->atttypid))
			mirror_table_report_type(entry->table, i, found->atttypid);
		entry->attno[i] = found->attnum;
		entry->type[i] = found->atttypid;
		entry->column_count = i + 1;
	}
}

mirror_relation *
catalog_describe(catalog *cat, Relation relation)
{
	Oid relid = RelationGetRelid(relation);
	mirror_relation *entry = cat->last;
	bool found;

	if (entry != NULL && entry->relid == relid && entry->valid)
		return entry;
	entry = hash_search(cat->relations, &relid, HASH_ENTER, &found);
	if (!found)
		memset((char *) entry + sizeof(Oid), 0, sizeof(*entry) - sizeof(Oid));
	if (!entry->valid)
	{
		entry->table = catalog_find_table(relation);
		entry->index = InvalidOid;
		if (entry->table != TABLE_NONE)
		{
			int natts = RelationGetNumberOfAttributes(relation);

			catalog_map_columns(entry, relation);
			if (natts > entry->natts)
			{
				entry->values = MemoryContextAlloc(cat->context, natts * sizeof(Datum));
				entry->nulls = MemoryContextAlloc(cat->context, natts * sizeof(bool));
				entry->natts = natts;
			}
		}
		entry->valid = true;
	}
	cat->last = entry;
	return entry;
}

/* index_has_key is true for a plain btree index whose first columns are the key's, in order. */
static bool
index_has_key(Relation index, const mirror_relation *entry, const int *columns, int n)
{
	if (index->rd_rel->relam != BTREE_AM_OID || !index->rd_index->indisvalid ||
	    index->rd_index->indnkeyatts < n || RelationGetIndexPredicate(index) != NIL)
		return false;
	for (int i = 0; i < n; i++)
		if (index->rd_index->indkey.values[i] != entry->attno[columns[i]])
			return false;
	return true;
}

static void
report_no_index(mirror_table table, const int *columns, int n)
{
	StringInfoData key;

	initStringInfo(&key);
	for (int i = 0; i < n; i++)
		appendStringInfo(&key, "%s%s", i > 0 ? ", " : "",
		                 mirror_table_column_name(table, columns[i]));
	ereport(
	    ERROR,
	    (errcode(MW_NO_INDEX),
	     errmsg("table %s has no index that begins with %s", mirror_table_name(table), key.data),
	     errdetail("It is read by it."),
	     errhint("CREATE INDEX ON %s (%s). " MW_GIVE_UP, mirror_table_name(table), key.data)));
}

/* catalog_find_index finds an index for the table's first key. */
static void
catalog_find_index(mirror_relation *entry, Relation relation)
{
	List *indexes = RelationGetIndexList(relation);
	int columns[TABLE_KEY_COLUMNS];
	int n = mirror_table_key_columns(entry->table, 0, columns);
	ListCell *cell;

	foreach (cell, indexes)
	{
		Relation index = index_open(lfirst_oid(cell), AccessShareLock);
		bool fits = index_has_key(index, entry, columns, n);

		index_close(index, AccessShareLock);
		if (!fits)
			continue;
		entry->index = lfirst_oid(cell);
		break;
	}
	if (!OidIsValid(entry->index))
		report_no_index(entry->table, columns, n);
	list_free(indexes);
}

/* catalog_open_by_name opens the table by its name under the historic snapshot. */
static Relation
catalog_open_by_name(mirror_table table)
{
	const char *dot = strchr(mirror_table_name(table), '.');
	Oid schema =
	    get_namespace_oid(pnstrdup(mirror_table_name(table), dot - mirror_table_name(table)), true);
	Oid relid = OidIsValid(schema) ? get_relname_relid(dot + 1, schema) : InvalidOid;
	Relation relation;

	if (!OidIsValid(relid))
		ereport(ERROR,
		        (errcode(MW_NO_TABLE), errmsg("table %s does not exist", mirror_table_name(table)),
		         errhint("Run \"mwmirror init\" if the extension \"mwmirror\" is not in this "
		                 "database, else make the table again as it defines it. " MW_GIVE_UP)));
	relation = table_open(relid, AccessShareLock);
	if (!RelationIsUsedAsCatalogTable(relation))
		ereport(ERROR, (errcode(MW_NOT_CATALOG),
		                errmsg("table %s cannot be read while decoding", mirror_table_name(table)),
		                errdetail("Its storage parameter user_catalog_table is not set."),
		                errhint("ALTER TABLE %s SET (user_catalog_table = true). " MW_GIVE_UP,
		                        mirror_table_name(table))));
	return relation;
}

Relation
catalog_open(catalog *cat, mirror_table table, mirror_relation **description)
{
	mirror_relation *entry = cat->by_table[table];
	bool known = entry != NULL && entry->valid && OidIsValid(entry->index);

	if (known && cat->open[table] != NULL)
	{
		*description = entry;
		return cat->open[table];
	}
	if (cat->open[table] != NULL)
	{
		table_close(cat->open[table], NoLock);
		cat->open[table] = NULL;
	}
	if (known)
		cat->open[table] = table_open(entry->relid, AccessShareLock);
	else
		cat->open[table] = catalog_open_by_name(table);
	/* Taking the lock may have brought invalidations. */
	entry = catalog_describe(cat, cat->open[table]);
	if (!OidIsValid(entry->index))
		catalog_find_index(entry, cat->open[table]);
	cat->by_table[table] = entry;
	*description = entry;
	return cat->open[table];
}

void
catalog_close_all(catalog *cat)
{
	for (int i = 0; i < mirror_table_count; i++)
		if (cat->open[i] != NULL)
			table_close(cat->open[i], NoLock);
	catalog_forget_open(cat);
}

void
catalog_forget_open(catalog *cat)
{
	memset(cat->open, 0, mirror_table_count * sizeof(Relation));
}
