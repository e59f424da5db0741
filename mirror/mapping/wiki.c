/*
 * mapping/wiki.c
 *	  The wikis of mwmirror.wiki; see wiki.h.
 */
#include "mapping/wiki.h"

#include <stdlib.h>
#include <string.h>
#include "support/log.h"
#include "support/pg.h"

/*
 * The MariaDB database of a wiki. MediaWiki's id of a wiki with a table prefix is 'database-prefix'
 * (1.39 WikiMap::getWikiIdFromDbDomain), without one it is the database's name.
 */
static char *
wiki_database(const char *wiki_id, const char *prefix)
{
	size_t id_len = strlen(wiki_id);
	size_t prefix_len = strlen(prefix);
	char *database = strdup(wiki_id);

	if (database != NULL && prefix_len > 0 && id_len > prefix_len + 1 &&
	    wiki_id[id_len - prefix_len - 1] == '-' &&
	    strcmp(wiki_id + id_len - prefix_len, prefix) == 0)
		database[id_len - prefix_len - 1] = '\0';
	return database;
}

static content_policy
read_policy(const char *name)
{
	static const char *const names[] = {[CONTENT_NONE] = "none",
	                                    [CONTENT_STREAM] = "stream",
	                                    [CONTENT_LATEST] = "latest",
	                                    [CONTENT_ALL] = "all"};

	for (int i = CONTENT_STREAM; i <= CONTENT_ALL; i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	return CONTENT_NONE;
}

static status
wiki_fill(wiki *w, PGresult *res, int row)
{
	w->wiki_id = strdup(PQgetvalue(res, row, 0));
	w->table_prefix = strdup(PQgetvalue(res, row, 1));
	w->policy = read_policy(PQgetvalue(res, row, 3));
	w->body_limit = strtoul(PQgetvalue(res, row, 4), NULL, 10);
	w->followed = PQgetvalue(res, row, 6)[0] == 't';
	w->gone = PQgetvalue(res, row, 7)[0] == 't';
	if (w->wiki_id == NULL || w->table_prefix == NULL)
		return STATUS_MEMORY;
	if (!PQgetisnull(res, row, 5) && (w->legacy_encoding = strdup(PQgetvalue(res, row, 5))) == NULL)
		return STATUS_MEMORY;
	w->database = wiki_database(w->wiki_id, w->table_prefix);
	if (w->database == NULL)
		return STATUS_MEMORY;
	if (PQgetisnull(res, row, 2))
		return STATUS_OK;
	w->snapshot_text = strdup(PQgetvalue(res, row, 2));
	if (w->snapshot_text == NULL)
		return STATUS_MEMORY;
	if (!gtid_list_parse(w->snapshot_text, &w->snapshot))
	{
		log_error_hint("run mwmirror snapshot again for this wiki",
		               "mwmirror.wiki: snapshot_gtid of %s is not a GTID list: \"%s\"", w->wiki_id,
		               w->snapshot_text);
		return STATUS_TARGET;
	}
	return STATUS_OK;
}

status
wiki_list_load(PGconn *conn, const char *source_name, wiki_list *out)
{
	const char *params[] = {source_name};
	status result;
	PGresult *res;

	out->items = NULL;
	out->count = 0;
	result =
	    pg_execute_params(conn,
	                      "SELECT wiki_id, table_prefix, snapshot_gtid, content_policy, "
	                      "content_limit, legacy_encoding, gone_gtid IS NULL AND (snapshot_gtid IS "
	                      "NOT NULL OR EXISTS (SELECT FROM mwmirror.copy_table AS t "
	                      "WHERE t.wiki_id = w.wiki_id)), gone_gtid IS NOT NULL "
	                      "FROM mwmirror.wiki AS w WHERE source_name = $1 ORDER BY wiki_id",
	                      1, params, "read mwmirror.wiki",
	                      "run mwmirror init, and grant mwmirror_writer to this role", 0, &res);
	if (result != STATUS_OK)
		return result;
	out->items = calloc((size_t) PQntuples(res) + 1, sizeof(wiki));
	if (out->items == NULL)
		result = STATUS_MEMORY;
	for (int i = 0; result == STATUS_OK && i < PQntuples(res); i++)
	{
		out->count++;
		result = wiki_fill(&out->items[i], res, i);
	}
	PQclear(res);
	if (result == STATUS_MEMORY)
		log_error("out of memory for the list of wikis");
	if (result != STATUS_OK)
		wiki_list_free(out);
	return result;
}

void
wiki_list_free(wiki_list *l)
{
	for (size_t i = 0; i < l->count; i++)
	{
		wiki *w = &l->items[i];

		free(w->wiki_id);
		free(w->database);
		free(w->table_prefix);
		free(w->snapshot_text);
		free(w->legacy_encoding);
		gtid_list_free(&w->snapshot);
	}
	free(l->items);
	l->items = NULL;
	l->count = 0;
}

static bool
name_is(const char *name, const char *text, size_t len)
{
	return strncmp(name, text, len) == 0 && name[len] == '\0';
}

const wiki *
wiki_list_find(const wiki_list *l, const char *schema, size_t schema_len, const char *table,
               size_t table_len, const char **bare, size_t *bare_len)
{
	const wiki *found = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < l->count; i++)
	{
		const wiki *w = &l->items[i];
		size_t prefix_len = strlen(w->table_prefix);

		if (!name_is(w->database, schema, schema_len) || prefix_len > table_len ||
		    memcmp(table, w->table_prefix, prefix_len) != 0)
			continue;
		if (found == NULL || prefix_len > longest)
		{
			found = w;
			longest = prefix_len;
		}
	}
	*bare = table + longest;
	*bare_len = table_len - longest;
	return found;
}

const wiki *
wiki_list_by_id(const wiki_list *l, const char *wiki_id)
{
	for (size_t i = 0; i < l->count; i++)
	{
		if (strcmp(l->items[i].wiki_id, wiki_id) == 0)
			return &l->items[i];
	}
	return NULL;
}
