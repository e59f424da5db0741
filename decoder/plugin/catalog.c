/*
 * plugin/catalog.c
 *	  The mirror tables the plugin knows: a table of descriptions, and the cache over relations.
 */
#include "plugin/catalog.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_type_d.h"
#include "plugin/errors.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

typedef enum column_type
{
	COLUMN_NUMBER, /* boolean, smallint, integer, bigint */
	COLUMN_TEXT,
	COLUMN_TIME, /* timestamptz */
	COLUMN_TEXTS /* text[] */
} column_type;

typedef struct column_description
{
	const char *name;
	column_type type;
} column_description;

typedef struct table_description
{
	const char *schema;
	const char *name;
	column_description columns[CATALOG_COLUMNS + 1]; /* ends with a NULL name */
	int keys[CATALOG_KEYS][CATALOG_KEY_COLUMNS];     /* columns after wiki_id, then 0 */
} table_description;

#define WIKI_COLUMN                                                                                \
	{                                                                                              \
		"wiki_id", COLUMN_TEXT                                                                     \
	}

/* clang-format off */
static const table_description tables[TABLE_COUNT] = {
	[TABLE_PAGE] = {"mediawiki", "page",
		{WIKI_COLUMN, {"page_id", COLUMN_NUMBER}, {"page_namespace", COLUMN_NUMBER},
		 {"page_title", COLUMN_TEXT}, {"page_is_redirect", COLUMN_NUMBER},
		 {"page_latest", COLUMN_NUMBER}},
		{{PAGE_ID}, {PAGE_NAMESPACE, PAGE_TITLE}}},
	[TABLE_REVISION] = {"mediawiki", "revision",
		{WIKI_COLUMN, {"rev_id", COLUMN_NUMBER}, {"rev_page", COLUMN_NUMBER},
		 {"rev_comment_id", COLUMN_NUMBER}, {"rev_actor", COLUMN_NUMBER},
		 {"rev_timestamp", COLUMN_TIME}, {"rev_minor_edit", COLUMN_NUMBER},
		 {"rev_deleted", COLUMN_NUMBER}, {"rev_len", COLUMN_NUMBER},
		 {"rev_parent_id", COLUMN_NUMBER}, {"rev_sha1", COLUMN_TEXT}},
		{{REV_ID}}},
	[TABLE_ARCHIVE] = {"mediawiki", "archive",
		{WIKI_COLUMN, {"ar_rev_id", COLUMN_NUMBER}, {"ar_page_id", COLUMN_NUMBER},
		 {"ar_comment_id", COLUMN_NUMBER}, {"ar_actor", COLUMN_NUMBER},
		 {"ar_timestamp", COLUMN_TIME}, {"ar_minor_edit", COLUMN_NUMBER},
		 {"ar_deleted", COLUMN_NUMBER}, {"ar_len", COLUMN_NUMBER},
		 {"ar_parent_id", COLUMN_NUMBER}, {"ar_sha1", COLUMN_TEXT},
		 {"ar_namespace", COLUMN_NUMBER}, {"ar_title", COLUMN_TEXT}},
		{{AR_REV_ID}, {AR_PAGE_ID}}},
	[TABLE_SLOTS] = {"mediawiki", "slots",
		{WIKI_COLUMN, {"slot_revision_id", COLUMN_NUMBER}, {"slot_role_id", COLUMN_NUMBER},
		 {"slot_content_id", COLUMN_NUMBER}, {"slot_origin", COLUMN_NUMBER}},
		{{SLOT_REVISION_ID, SLOT_ROLE_ID}, {SLOT_REVISION_ID}}},
	[TABLE_CONTENT] = {"mediawiki", "content",
		{WIKI_COLUMN, {"content_id", COLUMN_NUMBER}, {"content_size", COLUMN_NUMBER},
		 {"content_sha1", COLUMN_TEXT}, {"content_model", COLUMN_NUMBER}},
		{{CONTENT_ID}}},
	[TABLE_CONTENT_MODELS] = {"mediawiki", "content_models",
		{WIKI_COLUMN, {"model_id", COLUMN_NUMBER}, {"model_name", COLUMN_TEXT}},
		{{MODEL_ID}}},
	[TABLE_SLOT_ROLES] = {"mediawiki", "slot_roles",
		{WIKI_COLUMN, {"role_id", COLUMN_NUMBER}, {"role_name", COLUMN_TEXT}},
		{{ROLE_ID}}},
	[TABLE_COMMENT] = {"mediawiki", "comment",
		{WIKI_COLUMN, {"comment_id", COLUMN_NUMBER}, {"comment_text", COLUMN_TEXT}},
		{{COMMENT_ID}}},
	[TABLE_ACTOR] = {"mediawiki", "actor",
		{WIKI_COLUMN, {"actor_id", COLUMN_NUMBER}, {"actor_user", COLUMN_NUMBER},
		 {"actor_name", COLUMN_TEXT}},
		{{ACTOR_ID}}},
	[TABLE_USER] = {"mediawiki", "user",
		{WIKI_COLUMN, {"user_id", COLUMN_NUMBER}, {"user_registration", COLUMN_TIME},
		 {"user_editcount", COLUMN_NUMBER}, {"user_is_temp", COLUMN_NUMBER},
		 {"user_is_system", COLUMN_NUMBER}},
		{{USER_ID}}},
	[TABLE_USER_GROUPS] = {"mediawiki", "user_groups",
		{WIKI_COLUMN, {"ug_user", COLUMN_NUMBER}, {"ug_group", COLUMN_TEXT},
		 {"ug_expiry", COLUMN_TIME}},
		{{UG_USER, UG_GROUP}, {UG_USER}}},
	[TABLE_REDIRECT] = {"mediawiki", "redirect",
		{WIKI_COLUMN, {"rd_from", COLUMN_NUMBER}, {"rd_namespace", COLUMN_NUMBER},
		 {"rd_title", COLUMN_TEXT}, {"rd_interwiki", COLUMN_TEXT}},
		{{RD_FROM}}},
	[TABLE_LOGGING] = {"mediawiki", "logging",
		{WIKI_COLUMN, {"log_id", COLUMN_NUMBER}, {"log_type", COLUMN_TEXT},
		 {"log_action", COLUMN_TEXT}, {"log_timestamp", COLUMN_TIME},
		 {"log_actor", COLUMN_NUMBER}, {"log_namespace", COLUMN_NUMBER},
		 {"log_title", COLUMN_TEXT}, {"log_page", COLUMN_NUMBER},
		 {"log_comment_id", COLUMN_NUMBER}, {"log_deleted", COLUMN_NUMBER}},
		{{LOG_ID}}},
	[TABLE_WIKI] = {"mwmirror", "wiki",
		{WIKI_COLUMN, {"domain", COLUMN_TEXT}, {"canonical_server", COLUMN_TEXT},
		 {"article_path", COLUMN_TEXT}, {"autoconfirm_age", COLUMN_NUMBER},
		 {"autoconfirm_count", COLUMN_NUMBER}, {"temp_accounts", COLUMN_NUMBER},
		 {"bot_groups", COLUMN_TEXTS}},
		{{0}}},
	[TABLE_WIKI_NAMESPACE] = {"mwmirror", "wiki_namespace",
		{WIKI_COLUMN, {"namespace_id", COLUMN_NUMBER}, {"namespace_name", COLUMN_TEXT}},
		{{NAMESPACE_ID}}},
};
/* clang-format on */

struct catalog
{
	MemoryContext context;
	HTAB *relations;                        /* Oid -> mirror_relation */
	mirror_relation *last;                  /* most changes come in runs of one table */
	mirror_relation *by_table[TABLE_COUNT]; /* NULL: not resolved by name */
	Relation open[TABLE_COUNT]; /* in the PostgreSQL transaction that is being decoded */
};

/* The cache of this backend's decoding session, for the invalidation callback, which has no argument
 * that could follow its life. */
static catalog *active_catalog = NULL;

static mirror_relation plain[TABLE_COUNT];

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

/* catalog_describe_plain fills the descriptions that catalog_plain returns. */
static void
catalog_describe_plain(void)
{
	static const Oid types[] = {
	    [COLUMN_NUMBER] = INT8OID,
	    [COLUMN_TEXT] = TEXTOID,
	    [COLUMN_TIME] = TIMESTAMPTZOID,
	    [COLUMN_TEXTS] = TEXTARRAYOID,
	};

	for (int i = 0; i < TABLE_COUNT; i++)
	{
		plain[i].table = i;
		for (int j = 0; tables[i].columns[j].name != NULL; j++)
			plain[i].type[j] = types[tables[i].columns[j].type];
	}
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
	callback->func = catalog_forget;
	callback->arg = cat;
	MemoryContextRegisterResetCallback(context, callback);
	active_catalog = cat;
	catalog_describe_plain();
	if (!registered)
	{
		CacheRegisterRelcacheCallback(catalog_invalidate, (Datum) 0);
		registered = true;
	}
	return cat;
}

const char *
catalog_table_name(mirror_table table)
{
	static char name[2 * NAMEDATALEN];

	snprintf(name, sizeof(name), "%s.%s", tables[table].schema, tables[table].name);
	return name;
}

static const char *
catalog_column_name(mirror_table table, int column)
{
	return tables[table].columns[column].name;
}

int
catalog_key_columns(mirror_table table, int key, int out[CATALOG_KEY_COLUMNS])
{
	int n = 0;

	out[n++] = WIKI_ID;
	for (int i = 0; n < CATALOG_KEY_COLUMNS && tables[table].keys[key][i] != 0; i++)
		out[n++] = tables[table].keys[key][i];
	return n;
}

mirror_table
catalog_find_mirrored(const char *name, size_t len)
{
	for (int i = 0; i < TABLE_WIKI; i++)
		if (strlen(tables[i].name) == len && memcmp(tables[i].name, name, len) == 0)
			return i;
	return TABLE_NONE;
}

int
catalog_find_column(mirror_table table, const char *name, size_t len)
{
	const column_description *columns = tables[table].columns;

	for (int i = 0; columns[i].name != NULL; i++)
		if (strlen(columns[i].name) == len && memcmp(columns[i].name, name, len) == 0)
			return i;
	return -1;
}

int
catalog_column_count(mirror_table table)
{
	int n = 0;

	while (tables[table].columns[n].name != NULL)
		n++;
	return n;
}

bool
catalog_column_is_text(mirror_table table, int column)
{
	return tables[table].columns[column].type == COLUMN_TEXT;
}

const mirror_relation *
catalog_plain(mirror_table table)
{
	return &plain[table];
}

/* catalog_find_table returns the description that the relation's schema and name match, or TABLE_NONE. */
static mirror_table
catalog_find_table(Relation relation)
{
	char *schema;

	if (relation->rd_rel->relkind != RELKIND_RELATION)
		return TABLE_NONE;
	for (int i = 0; i < TABLE_COUNT; i++)
	{
		if (strcmp(tables[i].name, RelationGetRelationName(relation)) != 0)
			continue;
		schema = get_namespace_name(RelationGetNamespace(relation));
		if (schema != NULL && strcmp(tables[i].schema, schema) == 0)
			return i;
	}
	return TABLE_NONE;
}

static bool
column_type_fits(column_type type, Oid oid)
{
	switch (type)
	{
		case COLUMN_NUMBER:
			return oid == BOOLOID || oid == INT2OID || oid == INT4OID || oid == INT8OID;
		case COLUMN_TEXT:
			return oid == TEXTOID || oid == VARCHAROID;
		case COLUMN_TIME:
			return oid == TIMESTAMPTZOID;
		case COLUMN_TEXTS:
			return oid == TEXTARRAYOID;
	}
	return false;
}

bool
catalog_type_fits(mirror_table table, int column, Oid type)
{
	return column_type_fits(tables[table].columns[column].type, type);
}

void
catalog_report_no_column(mirror_table table, int column)
{
	ereport(ERROR,
	        (errcode(MW_WRONG_COLUMN),
	         errmsg("table %s has no column \"%s\"", catalog_table_name(table),
	                catalog_column_name(table, column)),
	         errdetail("The events of the output plugin \"mwmirror\" need it."),
	         errhint("Make it again as the extension \"mwmirror\" defines it. " MW_GIVE_UP)));
}

void
catalog_report_type(mirror_table table, int column, Oid type)
{
	ereport(ERROR,
	        (errcode(MW_WRONG_COLUMN),
	         errmsg("column \"%s\" of table %s has a type that cannot be used: %s",
	                catalog_column_name(table, column), catalog_table_name(table),
	                format_type_be(type)),
	         errhint("Make it again as the extension \"mwmirror\" defines it. " MW_GIVE_UP)));
}

/* catalog_map_columns finds each needed column of the table by name. */
static void
catalog_map_columns(mirror_relation *entry, Relation relation)
{
	const table_description *table = &tables[entry->table];
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
			catalog_report_no_column(entry->table, i);
		if (!column_type_fits(column->type, found->atttypid))
			catalog_report_type(entry->table, i, found->atttypid);
		entry->attno[i] = found->attnum;
		entry->type[i] = found->atttypid;
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
		appendStringInfo(&key, "%s%s", i > 0 ? ", " : "", catalog_column_name(table, columns[i]));
	ereport(
	    ERROR,
	    (errcode(MW_NO_INDEX),
	     errmsg("table %s has no index that begins with %s", catalog_table_name(table), key.data),
	     errdetail("It is read by it."),
	     errhint("CREATE INDEX ON %s (%s). " MW_GIVE_UP, catalog_table_name(table), key.data)));
}

/* catalog_find_index finds an index for the table's first key. */
static void
catalog_find_index(mirror_relation *entry, Relation relation)
{
	List *indexes = RelationGetIndexList(relation);
	int columns[CATALOG_KEY_COLUMNS];
	int n = catalog_key_columns(entry->table, 0, columns);
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
	Oid schema = get_namespace_oid(tables[table].schema, true);
	Oid relid = OidIsValid(schema) ? get_relname_relid(tables[table].name, schema) : InvalidOid;
	Relation relation;

	if (!OidIsValid(relid))
		ereport(ERROR,
		        (errcode(MW_NO_TABLE), errmsg("table %s does not exist", catalog_table_name(table)),
		         errhint("Run \"mwmirror init\" if the extension \"mwmirror\" is not in this "
		                 "database, else make the table again as it defines it. " MW_GIVE_UP)));
	relation = table_open(relid, AccessShareLock);
	if (!RelationIsUsedAsCatalogTable(relation))
		ereport(ERROR, (errcode(MW_NOT_CATALOG),
		                errmsg("table %s cannot be read while decoding", catalog_table_name(table)),
		                errdetail("Its storage parameter user_catalog_table is not set."),
		                errhint("ALTER TABLE %s SET (user_catalog_table = true). " MW_GIVE_UP,
		                        catalog_table_name(table))));
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
	for (int i = 0; i < TABLE_COUNT; i++)
		if (cat->open[i] != NULL)
			table_close(cat->open[i], NoLock);
	catalog_forget_open(cat);
}

void
catalog_forget_open(catalog *cat)
{
	memset(cat->open, 0, sizeof(cat->open));
}

void
mirror_row_read(mirror_row *row, mirror_relation *relation, TupleDesc desc, HeapTuple tuple)
{
	const column_description *columns = tables[relation->table].columns;

	if (desc->natts > relation->natts)
		ereport(ERROR,
		        (errcode(MW_BUG), errmsg_internal("table %s has %d columns where %d were expected",
		                                          catalog_table_name(relation->table), desc->natts,
		                                          relation->natts)));
	heap_deform_tuple(tuple, desc, relation->values, relation->nulls);
	row->relation = relation;
	for (int i = 0; columns[i].name != NULL; i++)
	{
		int at = relation->attno[i] - 1;

		row->values[i] = relation->values[at];
		row->nulls[i] = relation->nulls[at];
	}
}

bool
mirror_row_is_null(const mirror_row *row, int column)
{
	return row->nulls[column];
}

int64
mirror_int(Oid type, Datum value)
{
	switch (type)
	{
		case BOOLOID:
			return DatumGetBool(value);
		case INT2OID:
			return DatumGetInt16(value);
		case INT4OID:
			return DatumGetInt32(value);
		default:
			return DatumGetInt64(value);
	}
}

int64
mirror_row_int(const mirror_row *row, int column)
{
	return row->nulls[column] ? 0 : mirror_int(row->relation->type[column], row->values[column]);
}

char *
mirror_row_text(const mirror_row *row, int column)
{
	return row->nulls[column] ? NULL : TextDatumGetCString(row->values[column]);
}

bool
mirror_row_text_equals(const mirror_row *row, int column, const char *s, size_t len)
{
	struct varlena *value;

	if (row->nulls[column])
		return false;
	value = PG_DETOAST_DATUM_PACKED(row->values[column]);
	return VARSIZE_ANY_EXHDR(value) == len && memcmp(VARDATA_ANY(value), s, len) == 0;
}

TimestampTz
mirror_row_time(const mirror_row *row, int column)
{
	return row->nulls[column] ? DT_NOEND : DatumGetTimestampTz(row->values[column]);
}
