/*
 * apply/ddl.c
 *	  What DDL at the source means for the mirror; see ddl.h.
 */
#define _GNU_SOURCE /* memmem */
#include "apply/ddl.h"

#include <string.h>
#include <strings.h>
#include "apply/copy_again.h"
#include "apply/copy_ddl.h"
#include "apply/ddl_columns.h"
#include "apply/source_types.h"
#include "apply/take.h"
#include "support/log.h"
#include "support/pg.h"

static const char remedy[] = "the position is before it; copy the wiki again with mwmirror "
                             "snapshot --force, which moves past "
                             "it, then start follow";

#define COPY_AGAIN                                                                                 \
	", then copy the wiki again with mwmirror snapshot --force, which moves past it, and start "   \
	"follow; the position is before it"

/* True if the wiki is copied, or its copy has begun, and is older than the source transaction. */
static bool
follows(const wiki *w, const gtid *id)
{
	return w->followed && !gtid_list_covers(&w->snapshot, id);
}

/* The wiki of a table that must follow the statement, and the table's name without prefix; or NULL. */
static const wiki *
find_wiki(const applier *a, const statement_table *t, const char **bare)
{
	size_t bare_len;
	const wiki *w = wiki_list_find(a->wikis, t->schema, strlen(t->schema), t->table,
	                               strlen(t->table), bare, &bare_len);

	return w != NULL && follows(w, &a->id) ? w : NULL;
}

/* The same of a mirrored table. */
static const wiki *
find_mirrored(const applier *a, const statement_table *t, const char **bare)
{
	const wiki *w = find_wiki(a, t, bare);

	return w != NULL && mapping_has_table(a->mapping, w, *bare, strlen(*bare)) ? w : NULL;
}

/* A wiki that lives in the database and must follow the statement; or NULL. */
static const wiki *
find_in_database(const applier *a, const char *database)
{
	for (size_t i = 0; i < a->wikis->count; i++)
	{
		const wiki *w = &a->wikis->items[i];

		if (strcmp(w->database, database) == 0 && follows(w, &a->id))
			return w;
	}
	return NULL;
}

bool
ddl_names_mirrored(const applier *a, const statement *s)
{
	const char *bare;

	for (size_t i = 0; i < s->table_count; i++)
	{
		if (find_mirrored(a, &s->tables[i], &bare) != NULL)
			return true;
	}
	return false;
}

/* ---- rows that go ---- */

/* True if another source table has rows in the same mirror table, and whose is whose is not known. */
static bool
any_mixed(const plan *pl)
{
	for (unsigned i = 0; i < pl->target_count; i++)
	{
		if (pl->targets[i].shared && pl->targets[i].own == NULL)
			return true;
	}
	return false;
}

static status
empty_table(applier *a, const statement *s, const statement_table *t, const wiki *w,
            const char *bare)
{
	const plan *pl;
	status result = mapping_bare_plan(a->mapping, bare, &pl);

	if (result != STATUS_OK)
		return result;
	if (s->ddl == DDL_TRUNCATE_TABLE && any_mixed(pl))
	{
		log_error_hint(
		    remedy, "TRUNCATE TABLE %s.%s: other source tables have rows in the same mirror table",
		    t->schema, t->table);
		return STATUS_DATA;
	}
	log_info("%s of %s.%s of wiki %s: %s", s->word, t->schema, t->table, w->wiki_id,
	         any_mixed(pl) ? "the mirror keeps rows that another source table feeds too"
	                       : "the mirror follows");
	result = group_begin(a->group);
	if (result != STATUS_OK)
		return result;
	a->rows++;
	result = touched_add(&a->touched, w->wiki_id);
	return result != STATUS_OK ? result : change_empty(&a->changes, w, pl, &a->id);
}

/* ---- rows and values that may be others ---- */

/* True if a copy of the table is cut by what the statement does not touch. */
static bool
keeps_key(const statement *s, const copy_entry *e)
{
	if (e->kind == COPY_KEY_NONE || s->tables[0].effect != TABLE_NAMED)
		return false;
	for (size_t i = 0; i < s->column_count; i++)
	{
		if (strcasecmp(s->columns[i].name, e->key_column) == 0)
			return false;
	}
	return true;
}

/* Has the table compared with the source, or, while it is copied for the first time, copied anew. Behind copy_ddl_take. */
static status
read_again(applier *a, const statement *s, const statement_table *t, const wiki *w,
           const char *bare, const char *why)
{
	copy_entry *e = copy_watch_is_any(a->copies) ? copy_watch_find(a->copies, w, bare) : NULL;
	status result;

	if (e == NULL || !e->first || w->snapshot_text != NULL)
		return copy_again_table(a, w, bare, why);
	result = copy_watch_restart(a->copies, e, keeps_key(s, e));
	return result == STATUS_OK ? empty_table(a, s, t, w, bare) : result;
}

/* ---- what cannot be followed ---- */

static status
fail_kind(statement_ddl ddl, const statement_table *t, const wiki *w)
{
	const char *hint = "run ALTER TABLE ... ENGINE = InnoDB" COPY_AGAIN;
	const char *what = "gets a storage engine whose rows may go without a trace in the binlog";

	if (ddl == DDL_VERSIONING)
	{
		what = "gets SYSTEM VERSIONING: its history cannot be told from its rows";
		hint = "run ALTER TABLE ... DROP SYSTEM VERSIONING" COPY_AGAIN;
	}
	else if (ddl == DDL_CASCADE)
	{
		what = "gets a foreign key that changes rows by itself, which is not in the binlog";
		hint = "run ALTER TABLE ... DROP FOREIGN KEY, or have it RESTRICT" COPY_AGAIN;
	}
	log_error_hint(hint, "the mirrored table %s.%s of wiki %s %s", t->schema, t->table, w->wiki_id,
	               what);
	return STATUS_DATA;
}

/* Its rows stay as they were. Once the group is committed the list of wikis is another. */
static status
mark_gone(applier *a, const wiki *w)
{
	char id[GTID_TEXT_SIZE];
	const char *params[] = {w->wiki_id, id};
	PGresult *res;
	status result = row_batch_send(a->batch);

	gtid_format(&a->id, id);
	if (result == STATUS_OK)
		result = pipeline_ask(a->pipe, "SELECT mwmirror.wiki_gone($1, $2)", 2, params,
		                      "note that a wiki's database is gone", &res);
	if (result != STATUS_OK)
		return result;
	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		result = pg_fail(a->conn, res, "note that a wiki's database is gone",
		                 "run mwmirror init, and grant mwmirror_writer to this role");
	else
		log_write_hint(LOG_LEVEL_WARNING,
		               "run mwmirror remove-wiki if the wiki is to go; if its database is there "
		               "again, mwmirror add-wiki and mwmirror snapshot",
		               "the database %s of wiki %s is dropped: its rows stay as they were, and it "
		               "is followed no more",
		               w->database, w->wiki_id);
	PQclear(res);
	return result;
}

/* A database that goes takes its wikis with it, and only them. */
static status
take_database(applier *a, const statement *s)
{
	const char *database = s->tables[0].schema;
	status result;

	if ((s->ddl != DDL_DROP_DATABASE && !s->replaces) || find_in_database(a, database) == NULL)
		return STATUS_OK;
	/* a wiki that somebody has taken out meanwhile is none any more */
	result = group_begin(a->group);
	if (result == STATUS_OK)
		result = pipeline_wait(a->pipe);
	for (size_t i = 0; result == STATUS_OK && i < a->wikis->count; i++)
	{
		const wiki *w = &a->wikis->items[i];

		if (strcmp(w->database, database) == 0 && follows(w, &a->id))
			result = mark_gone(a, w);
	}
	return result;
}

/* ---- all of it ---- */

static bool
is_named_later(const statement *s, size_t i)
{
	for (size_t j = i + 1; j < s->table_count; j++)
	{
		if (strcmp(s->tables[j].schema, s->tables[i].schema) == 0 &&
		    strcmp(s->tables[j].table, s->tables[i].table) == 0)
			return true;
	}
	return false;
}

/* What mwmirror.unmapped says of a table that comes or goes. */
static status
note_table(applier *a, const statement *s, const statement_table *t, const wiki *w,
           const char *bare)
{
	bool comes = s->ddl == DDL_CREATE_TABLE || t->effect == TABLE_AGAIN;

	if (!comes && t->effect != TABLE_GONE)
		return STATUS_OK;
	return unmapped_seen(a, w, bare, NULL, comes);
}

/* Keeps mwmirror.source_type. *old: as of source_types_alter, NULL if no column is altered. */
static status
take_types(applier *a, const statement *s, size_t i, const wiki *w, const char *bare,
           PGresult **old)
{
	*old = NULL;
	if (s->ddl == DDL_TRUNCATE_TABLE)
		return STATUS_OK;
	if (i > 0 || s->ddl != DDL_ALTER_TABLE || s->tables[i].effect != TABLE_NAMED)
		return source_types_forget(a, w, bare);
	return s->column_count > 0 ? source_types_alter(a, s, w, bare, old) : STATUS_OK;
}

static status
take_columns(applier *a, const statement *s, const wiki *w, const char *bare, const PGresult *old)
{
	const char *why;
	status result = ddl_columns_take(a, s, w, bare, old, &why);

	return result == STATUS_OK && why != NULL ? read_again(a, s, &s->tables[0], w, bare, why)
	                                          : result;
}

static status
follow_mirrored(applier *a, const statement *s, size_t i, const wiki *w, const char *bare,
                const PGresult *old)
{
	const statement_table *t = &s->tables[i];
	bool done;
	status result;

	table_cache_forget_defaults(a->tables, w, bare);
	sharing_forget(a->sharing, w);
	/* also of a table that is being copied: it is followed afterwards */
	if (s->ddl == DDL_VERSIONING || s->ddl == DDL_CASCADE || s->ddl == DDL_ENGINE)
		return fail_kind(s->ddl, t, w);
	if (s->no_transactions)
		log_write_hint(
		    LOG_LEVEL_WARNING, "run ALTER TABLE ... ENGINE = InnoDB; the mirror goes on meanwhile",
		    "the mirrored table %s.%s of wiki %s gets a storage engine without "
		    "transactions: it can be followed, but not copied or compared, and a crash of "
		    "the source may leave rows in it that its binlog does not have",
		    t->schema, t->table, w->wiki_id);
	result = copy_ddl_take(a, w, bare, s, t->effect, &done);
	if (result != STATUS_OK || done)
		return result;
	switch (t->effect)
	{
		case TABLE_EMPTIED:
		case TABLE_GONE:
			return empty_table(a, s, t, w, bare);
		case TABLE_AGAIN:
			return read_again(a, s, t, w, bare,
			                  i == 0 && s->why != NULL ? s->why : "a table put in place");
		case TABLE_NAMED:
			break;
	}
	return old != NULL ? take_columns(a, s, w, bare, old) : STATUS_OK;
}

static status
take_mirrored(applier *a, const statement *s, size_t i, const wiki *w, const char *bare)
{
	PGresult *old;
	status result = take_types(a, s, i, w, bare, &old);

	if (result == STATUS_OK)
		result = follow_mirrored(a, s, i, w, bare, old);
	PQclear(old);
	return result == STATUS_OK && i == 0 ? ddl_columns_note(a, s, w, bare) : result;
}

static status
take_table(applier *a, const statement *s, size_t i)
{
	const statement_table *t = &s->tables[i];
	const char *bare;
	const wiki *w = find_wiki(a, t, &bare);
	status result = STATUS_OK;

	if (w == NULL)
		return STATUS_OK;
	if (mapping_has_table(a->mapping, w, bare, strlen(bare)))
		result = take_mirrored(a, s, i, w, bare);
	return result == STATUS_OK ? note_table(a, s, t, w, bare) : result;
}

status
ddl_take(applier *a, const statement *s)
{
	status result = STATUS_OK;

	if (s->ddl == DDL_DROP_DATABASE || s->ddl == DDL_CREATE_DATABASE)
		return take_database(a, s);
	for (size_t i = 0; result == STATUS_OK && i < s->table_count; i++)
	{
		if (!is_named_later(s, i))
			result = take_table(a, s, i);
	}
	return result;
}

bool
ddl_any_wiki_follows(const wiki_list *wikis, const gtid *id)
{
	for (size_t i = 0; i < wikis->count; i++)
	{
		if (follows(&wikis->items[i], id))
			return true;
	}
	return false;
}

bool
ddl_wiki_follows_after(const wiki *w, const gtid_list *position)
{
	if (!w->followed)
		return false;
	return !gtid_list_covers_all(&w->snapshot, position) ||
	       gtid_list_covers_all(position, &w->snapshot);
}

bool
ddl_any_wiki_follows_after(const wiki_list *wikis, const gtid_list *position)
{
	for (size_t i = 0; i < wikis->count; i++)
	{
		if (ddl_wiki_follows_after(&wikis->items[i], position))
			return true;
	}
	return false;
}

bool
ddl_text_concerns(const wiki_list *wikis, const gtid *id, const char *database, size_t database_len,
                  const char *sql, size_t sql_len)
{
	for (size_t i = 0; i < wikis->count; i++)
	{
		const wiki *w = &wikis->items[i];
		size_t len = strlen(w->database);

		if (!follows(w, id))
			continue;
		if (database_len == 0 || (database_len == len && memcmp(database, w->database, len) == 0) ||
		    memmem(sql, sql_len, w->database, len) != NULL)
			return true;
	}
	return false;
}
