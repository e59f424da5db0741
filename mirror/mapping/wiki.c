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
wiki_fill(wiki *w, const PGresult *res, int row)
{
	w->wiki_id = strdup(PQgetvalue(res, row, 0));
	w->table_prefix = strdup(PQgetvalue(res, row, 1));
	w->policy = read_policy(PQgetvalue(res, row, 3));
	w->body_limit = strtoul(PQgetvalue(res, row, 4), NULL, 10);
	w->followed = PQgetvalue(res, row, 6)[0] == 't';
	w->gone = PQgetvalue(res, row, 7)[0] == 't';
	w->is_wiki = PQgetvalue(res, row, 8)[0] == 't';
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

const char wiki_list_sql[] =
    "SELECT wiki_id, table_prefix, snapshot_gtid, content_policy, content_limit, legacy_encoding, "
    "gone_gtid IS NULL AND (snapshot_gtid IS NOT NULL OR EXISTS (SELECT FROM mwmirror.copy_table "
    "AS t WHERE t.wiki_id = w.wiki_id)), gone_gtid IS NOT NULL, is_wiki "
    "FROM mwmirror.wiki AS w WHERE source_name = $1 ORDER BY wiki_id COLLATE \"C\"";

status
wiki_list_read(const PGresult *res, wiki_list *out)
{
	status result = STATUS_OK;

	memset(out, 0, sizeof(*out));
	out->items = calloc((size_t) PQntuples(res) + 1, sizeof(wiki));
	if (out->items == NULL)
		result = STATUS_MEMORY;
	for (int i = 0; result == STATUS_OK && i < PQntuples(res); i++)
	{
		out->count++;
		result = wiki_fill(&out->items[i], res, i);
	}
	if (result == STATUS_OK && !wiki_list_index(out))
		result = STATUS_MEMORY;
	if (result == STATUS_MEMORY)
		log_error("out of memory for the list of wikis");
	if (result != STATUS_OK)
		wiki_list_free(out);
	return result;
}

status
wiki_list_load(PGconn *conn, const char *source_name, wiki_list *out)
{
	const char *params[] = {source_name};
	PGresult *res;
	status result =
	    pg_execute_params(conn, wiki_list_sql, 1, params, "read mwmirror.wiki",
	                      "run mwmirror init, and grant mwmirror_writer to this role", 0, &res);

	memset(out, 0, sizeof(*out));
	if (result == STATUS_OK)
		result = wiki_list_read(res, out);
	PQclear(res);
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
	free(l->by_database);
	l->items = NULL;
	l->by_database = NULL;
	l->count = 0;
}

/* Orders a database's name by its bytes. */
static int
compare_names(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

static int
compare_wikis(const void *a, const void *b)
{
	const wiki *one = *(const wiki *const *) a;
	const wiki *other = *(const wiki *const *) b;
	size_t one_prefix = strlen(one->table_prefix);
	size_t other_prefix = strlen(other->table_prefix);
	int order = compare_names(one->database, strlen(one->database), other->database,
	                          strlen(other->database));

	return order != 0 ? order : (one_prefix < other_prefix) - (one_prefix > other_prefix);
}

bool
wiki_list_index(wiki_list *l)
{
	l->by_database = calloc(l->count + 1, sizeof(wiki *));
	if (l->by_database == NULL)
		return false;
	for (size_t i = 0; i < l->count; i++)
		l->by_database[i] = &l->items[i];
	qsort(l->by_database, l->count, sizeof(wiki *), compare_wikis);
	return true;
}

const wiki *
wiki_list_find(const wiki_list *l, const char *schema, size_t schema_len, const char *table,
               size_t table_len, const char **bare, size_t *bare_len)
{
	size_t first = 0;
	size_t end = l->count;

	while (first < end)
	{
		size_t middle = first + (end - first) / 2;
		const char *database = l->by_database[middle]->database;

		if (compare_names(database, strlen(database), schema, schema_len) < 0)
			first = middle + 1;
		else
			end = middle;
	}
	for (; first < l->count; first++)
	{
		const wiki *w = l->by_database[first];
		size_t prefix_len = strlen(w->table_prefix);

		if (compare_names(w->database, strlen(w->database), schema, schema_len) != 0)
			break;
		if (prefix_len > table_len || memcmp(table, w->table_prefix, prefix_len) != 0)
			continue;
		*bare = table + prefix_len;
		*bare_len = table_len - prefix_len;
		return w;
	}
	*bare = table;
	*bare_len = table_len;
	return NULL;
}

static int
compare_id(const void *wiki_id, const void *item)
{
	return strcmp(wiki_id, ((const wiki *) item)->wiki_id);
}

const wiki *
wiki_list_by_id(const wiki_list *l, const char *wiki_id)
{
	return l->count == 0 ? NULL : bsearch(wiki_id, l->items, l->count, sizeof(wiki), compare_id);
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* True if all that counts for who follows both is the same, but for a copy that has ended. */
static bool
only_copied(const wiki *a, const wiki *b)
{
	return b->followed && a->is_wiki == b->is_wiki &&
	       strcmp(a->table_prefix, b->table_prefix) == 0 && a->policy == b->policy &&
	       a->body_limit == b->body_limit && same_text(a->legacy_encoding, b->legacy_encoding) &&
	       (a->snapshot_text == NULL || same_text(a->snapshot_text, b->snapshot_text));
}

static size_t
count_followed(const wiki_list *l)
{
	size_t count = 0;

	for (size_t i = 0; i < l->count; i++)
		count += l->items[i].followed ? 1 : 0;
	return count;
}

/* The same wikis are followed, and only copies have ended. */
static bool
may_take(const wiki_list *l, const wiki_list *newer)
{
	for (size_t i = 0; i < l->count; i++)
	{
		const wiki *w = &l->items[i];
		const wiki *other = w->followed ? wiki_list_by_id(newer, w->wiki_id) : NULL;

		if (w->followed && (other == NULL || !only_copied(w, other)))
			return false;
	}
	return count_followed(l) == count_followed(newer);
}

bool
wiki_list_take_copied(wiki_list *l, wiki_list *newer)
{
	if (!may_take(l, newer))
		return false;
	for (size_t i = 0; i < newer->count; i++)
	{
		wiki *from = &newer->items[i];
		wiki *to = from->followed ? (wiki *) wiki_list_by_id(l, from->wiki_id) : NULL;

		if (to == NULL || to->snapshot_text != NULL)
			continue;
		to->snapshot_text = from->snapshot_text;
		to->snapshot = from->snapshot;
		from->snapshot_text = NULL;
		from->snapshot = (gtid_list){0};
	}
	return true;
}
