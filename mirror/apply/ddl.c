/*
 * apply/ddl.c
 *	  What DDL at the source means for the mirror; see ddl.h.
 */
#define _GNU_SOURCE /* memmem */
#include "apply/ddl.h"

#include <string.h>
#include "support/log.h"

static const char remedy[] = "the position is before it; copy the wiki again with mwmirror "
                             "snapshot --force, which moves past "
                             "it, then start follow";

#define COPY_AGAIN                                                                                 \
	", then copy the wiki again with mwmirror snapshot --force, which moves past it, and start "   \
	"follow; the position is before it"

/* True if the wiki is copied, and its copy is older than the source transaction. */
static bool
follows(const wiki *w, const gtid *id)
{
	return w->snapshot_text != NULL && !gtid_list_covers(&w->snapshot, id);
}

/* The wiki of a mirrored table that must follow the statement, and the table's name without prefix; or NULL. */
static const wiki *
find_mirrored(const ddl_context *d, const statement_table *t, const char **bare)
{
	size_t bare_len;
	const wiki *w = wiki_list_find(d->wikis, t->schema, strlen(t->schema), t->table,
	                               strlen(t->table), bare, &bare_len);

	if (w == NULL || !follows(w, d->id) || !mapping_has_table(d->mapping, *bare, bare_len))
		return NULL;
	return w;
}

/* A wiki that lives in the database and must follow the statement; or NULL. */
static const wiki *
find_in_database(const ddl_context *d, const char *database)
{
	for (size_t i = 0; i < d->wikis->count; i++)
	{
		const wiki *w = &d->wikis->items[i];

		if (strcmp(w->database, database) == 0 && follows(w, d->id))
			return w;
	}
	return NULL;
}

static bool
empties_tables(const statement *s)
{
	return s->ddl == DDL_TRUNCATE_TABLE || s->ddl == DDL_DROP_TABLE ||
	       (s->ddl == DDL_CREATE_TABLE && s->replaces);
}

bool
ddl_concerns(const ddl_context *d, const statement *s, bool *changes_rows)
{
	const char *bare;

	*changes_rows = false;
	if (s->ddl == DDL_DROP_DATABASE || (s->ddl == DDL_CREATE_DATABASE && s->replaces))
		return s->table_count > 0 && find_in_database(d, s->tables[0].schema) != NULL;
	if (s->ddl == DDL_CREATE_DATABASE)
		return false;
	for (size_t i = 0; i < s->table_count; i++)
	{
		if (find_mirrored(d, &s->tables[i], &bare) != NULL)
		{
			*changes_rows = empties_tables(s);
			return true;
		}
	}
	return false;
}

static bool
any_shared(const plan *pl)
{
	for (unsigned i = 0; i < pl->target_count; i++)
	{
		if (pl->targets[i].shared)
			return true;
	}
	return false;
}

static status
empty_table(const ddl_context *d, const statement *s, const statement_table *t, unsigned *rows)
{
	const char *bare;
	const wiki *w = find_mirrored(d, t, &bare);
	const plan *pl;
	status result;

	if (w == NULL)
		return STATUS_OK;
	result = mapping_bare_plan(d->mapping, bare, &pl);
	if (result != STATUS_OK)
		return result;
	if (s->ddl == DDL_TRUNCATE_TABLE && any_shared(pl))
	{
		log_error_hint(
		    remedy, "TRUNCATE TABLE %s.%s: other source tables have rows in the same mirror table",
		    t->schema, t->table);
		return STATUS_DATA;
	}
	log_info("%s of %s.%s of wiki %s: %s", s->word, t->schema, t->table, w->wiki_id,
	         any_shared(pl) ? "the mirror keeps rows that another source table feeds too"
	                        : "the mirror follows");
	(*rows)++;
	result = touched_add(d->touched, w->wiki_id);
	return result != STATUS_OK ? result : change_empty(d->changes, w, pl, d->id, false);
}

static void
report_stop(statement_ddl ddl, const statement_table *t, const wiki *w)
{
	const char *hint = remedy;
	const char *what = "is renamed or replaced";

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
	else if (ddl == DDL_ALTER_ROWS)
		what = "has rows that go or move with a partition or tablespace, and the binlog does not "
		       "name them";
	log_error_hint(hint, "the mirrored table %s.%s of wiki %s %s", t->schema, t->table, w->wiki_id,
	               what);
}

static status
stop_at(const ddl_context *d, const statement *s)
{
	const char *bare;

	if (s->ddl == DDL_DROP_DATABASE || s->ddl == DDL_CREATE_DATABASE)
	{
		log_error_hint("if the wiki is to go, delete its row of mwmirror.wiki; the position is "
		               "before it",
		               "the database %s of wiki %s is dropped", s->tables[0].schema,
		               find_in_database(d, s->tables[0].schema)->wiki_id);
		return STATUS_DATA;
	}
	for (size_t i = 0; i < s->table_count; i++)
	{
		const statement_table *t = &s->tables[i];
		const wiki *w = find_mirrored(d, t, &bare);

		if (w != NULL)
			report_stop(s->ddl, t, w);
	}
	return STATUS_DATA;
}

status
ddl_apply(const ddl_context *d, const statement *s, unsigned *rows)
{
	status result = STATUS_OK;

	if (empties_tables(s))
	{
		for (size_t i = 0; result == STATUS_OK && i < s->table_count; i++)
			result = empty_table(d, s, &s->tables[i], rows);
		return result;
	}
	if (s->ddl == DDL_CREATE_TABLE || (s->ddl == DDL_ALTER_TABLE && s->table_count < 2))
		return STATUS_OK;
	return stop_at(d, s);
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
	if (w->snapshot_text == NULL)
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
