/*
 * plugin/core/relations.c
 *	  Where the columns of the mirror's tables lie; see relations.h.
 */
#include "plugin/core/relations.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_collation_d.h"
#include "executor/spi.h"
#include "plugin/core/errors.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

struct relations
{
	MemoryContext context;
	HTAB *by_oid;               /* Oid -> mirror_relation */
	mirror_relation *last;      /* most changes come in runs of one table */
	mirror_relation **by_table; /* of tables that are read; NULL: not resolved by name */
	Relation *open;             /* likewise, in the PostgreSQL transaction that is being decoded */
};

/* Those of this backend's decoding session, for the callback, which has no argument that could follow its life. */
static relations *active = NULL;

static void
forget_all(relations *r)
{
	HASH_SEQ_STATUS status;
	mirror_relation *entry;

	hash_seq_init(&status, r->by_oid);
	while ((entry = hash_seq_search(&status)) != NULL)
		entry->valid = false;
}

static void
relation_changed(Datum arg, Oid relid)
{
	mirror_relation *entry;

	if (active == NULL)
		return;
	active->last = NULL;
	if (OidIsValid(relid))
	{
		entry = hash_search(active->by_oid, &relid, HASH_FIND, NULL);
		if (entry == NULL)
			return;
		/* they have its name */
		if (entry->has_partitions)
			forget_all(active);
		/* tables of others come and go; one that is being described is not valid yet */
		if (entry->valid && entry->table == TABLE_NONE)
			hash_search(active->by_oid, &relid, HASH_REMOVE, NULL);
		else
			entry->valid = false;
	}
	else
		forget_all(active);
}

static void
forget_active(void *arg)
{
	if (active == arg)
		active = NULL;
}

static void
watch_changes(relations *r)
{
	static bool watched = false;
	MemoryContextCallback *callback = MemoryContextAlloc(r->context, sizeof(MemoryContextCallback));

	callback->func = forget_active;
	callback->arg = r;
	MemoryContextRegisterResetCallback(r->context, callback);
	active = r;
	if (!watched)
		CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	watched = true;
}

relations *
relations_create(MemoryContext parent)
{
	MemoryContext context =
	    AllocSetContextCreate(parent, "mwmirror relations", ALLOCSET_SMALL_SIZES);
	relations *r = MemoryContextAllocZero(context, sizeof(relations));
	HASHCTL control = {
	    .keysize = sizeof(Oid),
	    .entrysize = sizeof(mirror_relation),
	    .hcxt = context,
	};

	r->context = context;
	r->by_oid =
	    hash_create("mwmirror relations", 128, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	r->by_table = MemoryContextAllocZero(context, mirror_table_count * sizeof(mirror_relation *));
	r->open = MemoryContextAllocZero(context, mirror_table_count * sizeof(Relation));
	watch_changes(r);
	mirror_row_init();
	return r;
}

/* find_root returns the table whose partition a relation is, or the relation itself: also one that is being detached, of which PostgreSQL knows no table. */
static Oid
find_root(relations *r, Relation relation)
{
	Oid root = RelationGetRelid(relation);
	mirror_relation *entry;
	List *ancestors;
	bool found;

	if (!relation->rd_rel->relispartition)
		return root;
	ancestors = get_partition_ancestors(root);
	if (ancestors == NIL)
		return root;
	root = llast_oid(ancestors);
	list_free(ancestors);
	entry = hash_search(r->by_oid, &root, HASH_ENTER, &found);
	if (!found)
		*entry = (mirror_relation){.relid = root, .table = TABLE_NONE};
	entry->has_partitions = true;
	return root;
}

/*
 * find_table sets the table that the relation's schema and name match, or TABLE_NONE, and its column wiki_id if it is MediaWiki's.
 * A partition goes by those of the table that it is of: rows lie in partitions alone.
 */
static void
find_table(relations *r, mirror_relation *entry, Relation relation)
{
	const char *name;
	const char *schema;

	entry->table = TABLE_NONE;
	entry->wiki = 0;
	entry->whole = NULL;
	entry->root = RelationGetRelid(relation);
	if (relation->rd_rel->relkind != RELKIND_RELATION &&
	    relation->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		return;
	entry->root = find_root(r, relation);
	name = get_rel_name(entry->root);
	schema = get_namespace_name(get_rel_namespace(entry->root));
	if (schema == NULL || name == NULL)
		return;
	entry->table = mirror_table_find(schema, name, strlen(name));
	if (strcmp(schema, TABLE_SCHEMA) == 0)
		entry->wiki =
		    (AttrNumber) Max(SPI_fnumber(RelationGetDescr(relation), TABLE_WIKI_COLUMN), 0);
}

/* find_columns finds each needed column of the table by name. */
static void
find_columns(mirror_relation *entry, TupleDesc desc)
{
	int count = mirror_table_column_count(entry->table);

	for (int i = 0; i < count; i++)
	{
		int attno = SPI_fnumber(desc, mirror_table_column_name(entry->table, i));

		if (attno <= 0)
			mirror_table_report_no_column(entry->table, i);
		entry->attno[i] = (AttrNumber) attno;
		entry->type[i] = TupleDescAttr(desc, attno - 1)->atttypid;
		if (!mirror_table_type_fits(entry->table, i, entry->type[i]))
			mirror_table_report_type(entry->table, i, entry->type[i]);
	}
	entry->column_count = count;
}

/* describe finds out what there is to know of a relation. */
static void
describe(relations *r, mirror_relation *entry, Relation relation)
{
	int natts = RelationGetNumberOfAttributes(relation);

	find_table(r, entry, relation);
	entry->index = InvalidOid;
	if (entry->table == TABLE_NONE)
		return;
	find_columns(entry, RelationGetDescr(relation));
	if (natts <= entry->natts)
		return;
	entry->values = MemoryContextAlloc(r->context, natts * sizeof(Datum));
	entry->nulls = MemoryContextAlloc(r->context, natts * sizeof(bool));
	entry->natts = natts;
}

mirror_relation *
relations_describe(relations *r, Relation relation)
{
	Oid relid = RelationGetRelid(relation);
	mirror_relation *entry = r->last;
	bool found;

	if (entry != NULL && entry->relid == relid && entry->valid)
		return entry;
	entry = hash_search(r->by_oid, &relid, HASH_ENTER, &found);
	if (!found)
		*entry = (mirror_relation){.relid = relid};
	if (!entry->valid)
		describe(r, entry, relation);
	entry->valid = true;
	r->last = entry;
	return entry;
}

/* index_has_key is true for a plain btree index whose first columns are the key's, in order, texts by their bytes. */
static bool
index_has_key(Relation index, const mirror_relation *entry, const int *columns, int n)
{
	if (index->rd_rel->relam != BTREE_AM_OID || !index->rd_index->indisvalid ||
	    index->rd_index->indnkeyatts < n || RelationGetIndexPredicate(index) != NIL)
		return false;
	for (int i = 0; i < n; i++)
		if (index->rd_index->indkey.values[i] != entry->attno[columns[i]] ||
		    (mirror_table_column_is_text(entry->table, columns[i]) &&
		     index->rd_indcollation[i] != C_COLLATION_OID))
			return false;
	return true;
}

static void
report_no_index(mirror_table table, const int *columns, int n)
{
	StringInfoData key;

	initStringInfo(&key);
	for (int i = 0; i < n; i++)
		appendStringInfo(&key, "%s%s%s", i > 0 ? ", " : "",
		                 mirror_table_column_name(table, columns[i]),
		                 mirror_table_column_is_text(table, columns[i]) ? " COLLATE \"C\"" : "");
	ereport(
	    ERROR,
	    (errcode(MW_NO_INDEX),
	     errmsg("table %s has no index that begins with %s", mirror_table_name(table), key.data),
	     errdetail("It is read by it."),
	     errhint("CREATE INDEX ON %s (%s). " MW_GIVE_UP, mirror_table_name(table), key.data)));
}

/* find_index finds an index for the table's first key. */
static void
find_index(mirror_relation *entry, Relation relation)
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

/* open_by_name opens the table by its name under the historic snapshot. */
static Relation
open_by_name(mirror_table table)
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
relations_open(relations *r, mirror_table table, mirror_relation **description)
{
	mirror_relation *entry = r->by_table[table];
	bool known = entry != NULL && entry->valid && OidIsValid(entry->index);

	if (known && r->open[table] != NULL)
	{
		*description = entry;
		return r->open[table];
	}
	if (r->open[table] != NULL)
	{
		table_close(r->open[table], NoLock);
		r->open[table] = NULL;
	}
	if (known)
		r->open[table] = table_open(entry->relid, AccessShareLock);
	else
		r->open[table] = open_by_name(table);
	/* Taking the lock may have brought invalidations. */
	entry = relations_describe(r, r->open[table]);
	if (!OidIsValid(entry->index))
		find_index(entry, r->open[table]);
	r->by_table[table] = entry;
	*description = entry;
	return r->open[table];
}

void
relations_close_all(relations *r)
{
	for (int i = 0; i < mirror_table_count; i++)
		if (r->open[i] != NULL)
			table_close(r->open[i], NoLock);
	relations_forget_open(r);
}

void
relations_forget_open(relations *r)
{
	memset(r->open, 0, mirror_table_count * sizeof(Relation));
}
