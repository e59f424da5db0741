/*
 * mapping/wiki.h
 *	  The wikis of mwmirror.wiki: which MariaDB table belongs to which wiki.
 *
 * What the reader's thread looks up in it (which tables are followed) never changes.
 */
#ifndef MWMIRROR_MAPPING_WIKI_H
#define MWMIRROR_MAPPING_WIKI_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include "source/gtid.h"
#include "support/status.h"

/* mwmirror.wiki.content_policy: what content_body has of a wiki. */
typedef enum content_policy
{
	CONTENT_NONE,
	CONTENT_STREAM, /* nothing: they are told in the WAL, and not written */
	CONTENT_LATEST, /* those of pages' latest revisions */
	CONTENT_ALL
} content_policy;

typedef struct wiki
{
	char *wiki_id;
	char *database; /* MariaDB's */
	char *table_prefix;
	char *snapshot_text; /* mwmirror.wiki.snapshot_gtid; NULL until the wiki is copied */
	gtid_list snapshot;  /* the same, parsed */
	bool followed;       /* it is copied, or its copy has begun, and its database is there */
	bool gone;           /* its database was dropped */
	bool is_wiki; /* not: some other database, of which tables that were added are mirrored */
	content_policy policy; /* of contents that are written, and in copies */
	size_t body_limit;     /* bytes of one */
	char *legacy_encoding; /* of its old texts; NULL: UTF-8 */
} wiki;

typedef struct wiki_list
{
	wiki *items; /* by wiki_id, in the order of bytes */
	size_t count;
	const wiki *
	    *by_database; /* the same, by database, longer prefixes first; made by wiki_list_index */
} wiki_list;

/*
 * Reads the wikis of a source. STATUS_TARGET if PostgreSQL refuses or a row is wrong (logged). On STATUS_OK the
 * caller frees *out with wiki_list_free.
 */
status wiki_list_load(PGconn *conn, const char *source_name, wiki_list *out);

/* The SQL of that, $1 the source, and what its answer is read with. STATUS_TARGET, STATUS_MEMORY (logged). */
extern const char wiki_list_sql[];
status wiki_list_read(const PGresult *res, wiki_list *out);

/*
 * Takes from a list that was read later which wikis are copied now. False, and nothing is taken, if it differs in anything else that counts for who
 * follows: a wiki that is followed came, went, or has other settings.
 */
bool wiki_list_take_copied(wiki_list *l, wiki_list *newer);

void wiki_list_free(wiki_list *l);

/* Makes what wiki_list_find goes by, of items; wiki_list_load does it. False without memory. */
bool wiki_list_index(wiki_list *l);

/*
 * Finds the wiki that owns a table: same database, and of the matching prefixes the longest. NULL if none does.
 * *bare becomes the table's name without the prefix, a pointer into table.
 */
const wiki *wiki_list_find(const wiki_list *l, const char *schema, size_t schema_len,
                           const char *table, size_t table_len, const char **bare,
                           size_t *bare_len);

/* The wiki with this id, or NULL. */
const wiki *wiki_list_by_id(const wiki_list *l, const char *wiki_id);

#endif
