/*
 * plugin/catalog.h
 *	  Which mirror tables the plugin knows, and where their columns are.
 *
 * A table is found by schema and name, a column by name. What was found is cached by relation and forgotten when PostgreSQL
 * says that the relation changed. Of all tables only mwmirror.wiki and mwmirror.wiki_namespace are read.
 */
#ifndef MWMIRROR_PLUGIN_CATALOG_H
#define MWMIRROR_PLUGIN_CATALOG_H

#include "plugin/compat.h"

#include "access/htup.h"
#include "datatype/timestamp.h"
#include "utils/relcache.h"

typedef enum mirror_table
{
	TABLE_NONE = -1, /* not ours, or ours and of no interest to any event */
	TABLE_PAGE,
	TABLE_REVISION,
	TABLE_ARCHIVE,
	TABLE_SLOTS,
	TABLE_CONTENT,
	TABLE_CONTENT_MODELS,
	TABLE_SLOT_ROLES,
	TABLE_COMMENT,
	TABLE_ACTOR,
	TABLE_USER,
	TABLE_USER_GROUPS,
	TABLE_REDIRECT,
	TABLE_LOGGING,
	TABLE_WIKI,
	TABLE_WIKI_NAMESPACE,
	TABLE_COUNT
} mirror_table;

/* Columns, in the order of the descriptions in catalog.c. The first of each table is wiki_id. */
enum
{
	WIKI_ID = 0
};
enum
{
	PAGE_ID = 1,
	PAGE_NAMESPACE,
	PAGE_TITLE,
	PAGE_IS_REDIRECT,
	PAGE_LATEST
};
enum
{
	REV_ID = 1,
	REV_PAGE,
	REV_COMMENT_ID,
	REV_ACTOR,
	REV_TIMESTAMP,
	REV_MINOR_EDIT,
	REV_DELETED,
	REV_LEN,
	REV_PARENT_ID,
	REV_SHA1
};
/* In the order of revision's: one reader serves both. */
enum
{
	AR_REV_ID = REV_ID,
	AR_PAGE_ID = REV_PAGE,
	AR_COMMENT_ID = REV_COMMENT_ID,
	AR_ACTOR = REV_ACTOR,
	AR_TIMESTAMP = REV_TIMESTAMP,
	AR_MINOR_EDIT = REV_MINOR_EDIT,
	AR_DELETED = REV_DELETED,
	AR_LEN = REV_LEN,
	AR_PARENT_ID = REV_PARENT_ID,
	AR_SHA1 = REV_SHA1,
	AR_NAMESPACE,
	AR_TITLE
};
enum
{
	SLOT_REVISION_ID = 1,
	SLOT_ROLE_ID,
	SLOT_CONTENT_ID,
	SLOT_ORIGIN
};
enum
{
	CONTENT_ID = 1,
	CONTENT_SIZE,
	CONTENT_SHA1,
	CONTENT_MODEL
};
enum
{
	MODEL_ID = 1,
	MODEL_NAME
};
enum
{
	ROLE_ID = 1,
	ROLE_NAME
};
enum
{
	COMMENT_ID = 1,
	COMMENT_TEXT
};
enum
{
	ACTOR_ID = 1,
	ACTOR_USER,
	ACTOR_NAME
};
enum
{
	USER_ID = 1,
	USER_REGISTRATION,
	USER_EDITCOUNT,
	USER_IS_TEMP,
	USER_IS_SYSTEM
};
enum
{
	UG_USER = 1,
	UG_GROUP,
	UG_EXPIRY
};
enum
{
	RD_FROM = 1,
	RD_NAMESPACE,
	RD_TITLE,
	RD_INTERWIKI
};
enum
{
	LOG_ID = 1,
	LOG_TYPE,
	LOG_ACTION,
	LOG_TIMESTAMP,
	LOG_ACTOR,
	LOG_NAMESPACE,
	LOG_TITLE,
	LOG_PAGE,
	LOG_COMMENT_ID,
	LOG_DELETED
};
enum
{
	WIKI_DOMAIN = 1,
	WIKI_CANONICAL_SERVER,
	WIKI_ARTICLE_PATH,
	WIKI_AUTOCONFIRM_AGE,
	WIKI_AUTOCONFIRM_COUNT,
	WIKI_TEMP_ACCOUNTS,
	WIKI_BOT_GROUPS
};
enum
{
	NAMESPACE_ID = 1,
	NAMESPACE_NAME
};

#define CATALOG_COLUMNS 16    /* most columns of a table */
#define CATALOG_KEY_COLUMNS 3 /* most columns of a key */
#define CATALOG_KEYS 2        /* most keys of a table */

/* Keys by which rows are found, in the order of the descriptions. The first of each table, 0, names one row. */
enum
{
	PAGE_BY_ID,
	PAGE_BY_TITLE
};
enum
{
	ARCHIVE_BY_REVISION,
	ARCHIVE_BY_PAGE
};
enum
{
	SLOTS_BY_ROLE,
	SLOTS_BY_REVISION
};
enum
{
	GROUPS_BY_NAME,
	GROUPS_BY_USER
};

typedef struct mirror_relation
{
	Oid relid;
	bool valid;
	mirror_table table;
	int natts;
	AttrNumber attno[CATALOG_COLUMNS];
	Oid type[CATALOG_COLUMNS];
	Oid index;     /* of the first key, of a table that is read; InvalidOid: not looked for yet */
	Datum *values; /* natts, for deforming */
	bool *nulls;
} mirror_relation;

/* The interesting columns of one tuple. Pointers inside reach into the tuple: valid as long as that is. */
typedef struct mirror_row
{
	const mirror_relation *relation;
	Datum values[CATALOG_COLUMNS];
	bool nulls[CATALOG_COLUMNS];
} mirror_row;

typedef struct catalog catalog;

/* Makes the cache in a child of parent; it unregisters itself when parent is reset or deleted. */
extern catalog *catalog_create(MemoryContext parent);

/*
 * catalog_describe
 *	 What the cache knows of an open relation. ->table is TABLE_NONE if it is not of interest. ERROR if
 *	 a table of ours lacks a column or has one of an unusable type.
 */
extern mirror_relation *catalog_describe(catalog *cat, Relation relation);

/*
 * catalog_open
 *	 Opens TABLE_WIKI or TABLE_WIKI_NAMESPACE for reading by their first key under the historic snapshot; the relation stays
 *	 open until catalog_close_all. ERROR if the table or an index is missing or the table is not a user catalog.
 */
extern Relation catalog_open(catalog *cat, mirror_table table, mirror_relation **description);

/* Closes what catalog_open opened; called at the end of each PostgreSQL transaction. */
extern void catalog_close_all(catalog *cat);

/* Forgets which relations are open: a transaction that failed has closed them itself. */
extern void catalog_forget_open(catalog *cat);

/* The table of schema mediawiki with that name; TABLE_NONE if it is not of interest. */
extern mirror_table catalog_find_mirrored(const char *name, size_t len);

/* Number of the table's column with that name; -1 if it is not of interest. */
extern int catalog_find_column(mirror_table table, const char *name, size_t len);

/* How many columns of the table are of interest. */
extern int catalog_column_count(mirror_table table);

/* True if values of that type can be used in the column. */
extern bool catalog_type_fits(mirror_table table, int column, Oid type);

/* Raise the ERROR of a table that lacks a column, or has it with a type that cannot be used. */
pg_noreturn extern void catalog_report_no_column(mirror_table table, int column);
pg_noreturn extern void catalog_report_type(mirror_table table, int column, Oid type);

/* True if the column's values are texts, false if they are numbers or times. */
extern bool catalog_column_is_text(mirror_table table, int column);

/*
 * catalog_plain
 *	 A description of rows of the table that come from no relation: every number is a bigint, every time a timestamptz, every
 *	 text a text.
 */
extern const mirror_relation *catalog_plain(mirror_table table);

/* Qualified name of a table, for messages. */
extern const char *catalog_table_name(mirror_table table);

/* Columns of a key of a table, wiki_id first: how many; out gets their numbers. 1: there is no such key. */
extern int catalog_key_columns(mirror_table table, int key, int out[CATALOG_KEY_COLUMNS]);

/* Spreads a tuple of the relation into row. */
extern void mirror_row_read(mirror_row *row, mirror_relation *relation, TupleDesc desc,
                            HeapTuple tuple);

/* Number in a Datum of an integer type or boolean. */
extern int64 mirror_int(Oid type, Datum value);

extern bool mirror_row_is_null(const mirror_row *row, int column);
/* Number in an integer or boolean column; 0 if null. */
extern int64 mirror_row_int(const mirror_row *row, int column);
/* Text of a column as a palloc'd C string; NULL if null. */
extern char *mirror_row_text(const mirror_row *row, int column);
/* True if the text column holds exactly the len bytes at s. */
extern bool mirror_row_text_equals(const mirror_row *row, int column, const char *s, size_t len);
/* Time in a column; DT_NOEND if null. */
extern TimestampTz mirror_row_time(const mirror_row *row, int column);

#endif
