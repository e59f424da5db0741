/*
 * cli/source_columns.c
 *	  The columns of a table that is to be added; see source_columns.h.
 */
#include "cli/source_columns.h"

#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "source/mariadb.h"
#include "support/log.h"

#define NAME_MAX_BYTES 256 /* 64 characters */
#define COLUMNS_MAX 1024
#define TIMEOUT_S 60

static const char columns_sql[] =
    "SELECT c.column_name, c.data_type, c.column_type, c.character_set_name IS NOT NULL, "
    "coalesce(c.character_maximum_length, 0), c.extra LIKE '%%GENERATED%%', c.is_nullable = 'YES', "
    "coalesce((SELECT s.seq_in_index FROM information_schema.statistics AS s WHERE s.table_schema "
    "= '%1$s' AND s.table_name = '%2$s' AND s.index_name = 'PRIMARY' AND s.column_name = "
    "c.column_name), 0), EXISTS (SELECT 1 FROM information_schema.check_constraints AS k WHERE "
    "k.constraint_schema = '%1$s' AND k.table_name = '%2$s' AND k.check_clause = "
    "concat('json_valid(`', c.column_name, '`)')) "
    "FROM information_schema.columns AS c JOIN information_schema.tables AS t ON t.table_schema = "
    "c.table_schema AND t.table_name = c.table_name AND t.table_type LIKE '%%BASE%%' "
    "WHERE c.table_schema = '%1$s' AND c.table_name = '%2$s' ORDER BY c.ordinal_position";

static status
out_of_memory(void)
{
	log_error("out of memory for the columns of a table");
	return STATUS_MEMORY;
}

source_column *
source_columns_find(const source_columns *s, const char *name)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcasecmp(s->items[i].facts.name, name) == 0)
			return &s->items[i];
	return NULL;
}

static char *
keep(arena *a, const char *text)
{
	return arena_copy(a, text, strlen(text));
}

static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Another wiki has a column that one before has. */
static status
compare(source_column *known, const source_column *c, const wiki *w, arena *a)
{
	const char *format = "it is %s in %s and %s in %s: say its type by --types";
	size_t size = strlen(format) + 4 * NAME_MAX_BYTES + strlen(c->facts.column_type);
	char *why;

	if (known->facts.key_place != c->facts.key_place)
	{
		log_error_hint("the mirror has one key for all: give the table of one of them another name",
		               "column %s is not in the primary key of wiki %s as in that of wiki %s",
		               c->facts.name, w->wiki_id, known->wiki_id);
		return STATUS_USAGE;
	}
	known->facts.is_nullable = known->facts.is_nullable || c->facts.is_nullable;
	if (known->facts.length < c->facts.length)
		known->facts.length = c->facts.length;
	if (same(known->proposal.type, c->proposal.type) &&
	    same(known->proposal.kind, c->proposal.kind))
		return STATUS_OK;
	size += strlen(known->facts.column_type);
	why = arena_alloc(a, size);
	if (why == NULL)
		return out_of_memory();
	snprintf(why, size, format, known->facts.column_type, known->wiki_id, c->facts.column_type,
	         w->wiki_id);
	known->proposal = (column_proposal){.why = why};
	return STATUS_OK;
}

static status
add_column(MYSQL_ROW row, const wiki *w, arena *a, source_columns *out)
{
	source_column c = {
	    .facts = {.name = keep(a, row[0]),
	              .data_type = keep(a, row[1]),
	              .column_type = keep(a, row[2]),
	              .has_charset = row[3][0] == '1',
	              .length = strtol(row[4], NULL, 10),
	              .is_generated = row[5][0] == '1',
	              .is_nullable = row[6][0] == '1',
	              .key_place = (unsigned) strtoul(row[7], NULL, 10),
	              .is_json = row[8][0] == '1'},
	    .wiki_id = w->wiki_id,
	};
	source_column *known;

	if (c.facts.name == NULL || c.facts.data_type == NULL || c.facts.column_type == NULL)
		return out_of_memory();
	c.proposal = column_propose(&c.facts, c.facts.key_place > 0);
	known = source_columns_find(out, c.facts.name);
	if (known != NULL)
		return compare(known, &c, w, a);
	if (out->count == COLUMNS_MAX)
	{
		log_error("a table with more than %d columns cannot be mirrored", COLUMNS_MAX);
		return STATUS_USAGE;
	}
	out->has_key = out->has_key || c.facts.key_place > 0;
	out->items[out->count++] = c;
	return STATUS_OK;
}

static status
read_wiki(MYSQL *mysql, const wiki *w, const char *table, arena *a, source_columns *out)
{
	char name[2 * NAME_MAX_BYTES + 1];
	char escaped[2][4 * NAME_MAX_BYTES + 1]; /* of database and name */
	char sql[sizeof(columns_sql) + sizeof(escaped) * 5];
	MYSQL_RES *res;
	MYSQL_ROW row;
	status result;

	if (strlen(w->database) > NAME_MAX_BYTES || strlen(table) > NAME_MAX_BYTES ||
	    strlen(w->table_prefix) > NAME_MAX_BYTES)
		return STATUS_OK;
	snprintf(name, sizeof(name), "%s%s", w->table_prefix, table);
	mysql_real_escape_string(mysql, escaped[0], w->database, strlen(w->database));
	mysql_real_escape_string(mysql, escaped[1], name, strlen(name));
	snprintf(sql, sizeof(sql), columns_sql, escaped[0], escaped[1]);
	result = mariadb_query(mysql, sql, false, &res);
	if (result != STATUS_OK)
		return result;
	out->wikis += mysql_num_rows(res) > 0 ? 1 : 0;
	while (result == STATUS_OK && (row = mysql_fetch_row(res)) != NULL)
		result = add_column(row, w, a, out);
	mysql_free_result(res);
	return result;
}

status
source_columns_read(const config *c, const wiki_list *wikis, const char *wiki_id, const char *table,
                    arena *a, source_columns *out)
{
	MYSQL *mysql = NULL;
	status result;

	*out = (source_columns){.items = arena_alloc(a, COLUMNS_MAX * sizeof(source_column))};
	if (out->items == NULL)
		return out_of_memory();
	result = mariadb_open_source(c, TIMEOUT_S, NULL, 0, &mysql);
	for (size_t i = 0; result == STATUS_OK && i < wikis->count; i++)
		if (!wikis->items[i].gone &&
		    (wiki_id == NULL || strcmp(wikis->items[i].wiki_id, wiki_id) == 0))
			result = read_wiki(mysql, &wikis->items[i], table, a, out);
	if (mysql != NULL)
		mysql_close(mysql);
	if (result == STATUS_OK && out->count == 0)
	{
		log_error_hint("the name is the source's, without the wiki's prefix; a database that is no "
		               "wiki is made known by mwmirror add-wiki --not-a-wiki; the account needs "
		               "SELECT",
		               "no wiki of source %s has a table %s that can be read", c->source_name,
		               table);
		return STATUS_USAGE;
	}
	return result;
}
