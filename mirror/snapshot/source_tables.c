/*
 * snapshot/source_tables.c
 *	  Which mirrored tables a wiki has at the source; see source_tables.h.
 */
#include "snapshot/source_tables.h"

#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "source/mariadb.h"
#include "source/sql_name.h"
#include "support/log.h"

#define NAME_SIZE 64 /* characters of a name in MariaDB */
#define ESCAPED_SIZE (NAME_SIZE * 4 * 2 + 1)

/*
 * Each look into information_schema names the database for itself in a WHERE: where MariaDB learns it from a join it looks at all databases. DISTINCT
 * keeps it from making joins of what stands in brackets.
 */
static const char tables_sql[] =
    "SELECT t.table_name, t.table_rows, s.column_name, c.data_type "
    "FROM information_schema.tables AS t LEFT JOIN (SELECT DISTINCT table_name, column_name "
    "FROM information_schema.statistics WHERE table_schema = '%1$s' AND index_name = 'PRIMARY' AND "
    "seq_in_index = 1 AND sub_part IS NULL) AS s ON s.table_name = t.table_name "
    "LEFT JOIN (SELECT DISTINCT table_name, column_name, data_type FROM "
    "information_schema.columns WHERE table_schema = '%1$s') AS c ON c.table_name = t.table_name "
    "AND c.column_name = s.column_name "
    "WHERE t.table_schema = '%1$s' AND t.table_type = 'BASE TABLE' ORDER BY 1";

static bool
copy_text(const char *text, char **out)
{
	*out = text == NULL ? NULL : strdup(text);
	return (*out == NULL) == (text == NULL);
}

static bool
read_facts(MYSQL_ROW row, size_t prefix, source_table_facts *out)
{
	out->kind = row[2] == NULL || row[3] == NULL ? KEY_NONE : key_kind_of(row[3]);
	return copy_text(row[0] + prefix, &out->name) && copy_text(row[1], &out->rows) &&
	       copy_text(out->kind == KEY_NONE ? NULL : row[2], &out->key_column);
}

status
source_tables_read(MYSQL *mysql, const mapping *m, const wiki *w, source_tables *out)
{
	const size_t prefix = strlen(w->table_prefix);
	const size_t len = strlen(w->database);
	char database[ESCAPED_SIZE];
	char sql[sizeof(tables_sql) + 3 * ESCAPED_SIZE];
	MYSQL_RES *res;
	MYSQL_ROW row;
	status result;

	*out = (source_tables){0};
	if (len > NAME_SIZE * 4)
	{
		log_error("MariaDB has no database of so long a name: %s", w->database);
		return STATUS_SOURCE;
	}
	mysql_real_escape_string(mysql, database, w->database, len);
	snprintf(sql, sizeof(sql), tables_sql, database);
	result = mariadb_query(mysql, sql, false, &res);
	if (result != STATUS_OK)
		return result;
	out->items = calloc(mysql_num_rows(res) + 1, sizeof(source_table_facts));
	while (out->items != NULL && result == STATUS_OK && (row = mysql_fetch_row(res)) != NULL)
	{
		if (strncmp(row[0], w->table_prefix, prefix) != 0 ||
		    !mapping_has_table(m, w, row[0] + prefix, strlen(row[0] + prefix)))
			continue;
		if (!read_facts(row, prefix, &out->items[out->count++]))
			result = STATUS_MEMORY;
	}
	if (out->items == NULL || result == STATUS_MEMORY)
	{
		log_error("out of memory for the list of a wiki's tables");
		result = STATUS_MEMORY;
	}
	mysql_free_result(res);
	if (result != STATUS_OK)
		source_tables_free(out);
	return result;
}

/* ---- those that may not be read ---- */

status
source_table_try(MYSQL *mysql, const wiki *w, const char *table, unsigned *code)
{
	char *sql = NULL;
	size_t size;
	FILE *out = open_memstream(&sql, &size);
	MYSQL_RES *res = NULL;
	bool written = out != NULL;
	status result;

	*code = 0;
	if (written)
	{
		fputs("SELECT * FROM ", out);
		sql_name_write_table(out, w->database, w->table_prefix, table);
		fputs(" LIMIT 0", out);
		written = fclose(out) == 0;
	}
	if (!written)
	{
		free(sql);
		log_error("out of memory for a look at a table");
		return STATUS_MEMORY;
	}
	result = mariadb_query(mysql, sql, true, &res);
	if (result != STATUS_OK)
		*code = mysql_errno(mysql);
	mysql_free_result(res);
	free(sql);
	return result;
}

typedef struct search
{
	MYSQL *mysql;
	const mapping *mapping;
	const wiki *w;
	const source_tables *tables;
	FILE *names;
	unsigned count;
	status result;
} search;

static bool
is_known(const search *s, const char *table)
{
	for (size_t i = 0; i < s->tables->count; i++)
		if (strcmp(s->tables->items[i].name, table) == 0)
			return true;
	return false;
}

static bool
search_table(void *context, const char *table)
{
	search *s = context;
	unsigned code;

	if (!mapping_has_table(s->mapping, s->w, table, strlen(table)) || is_known(s, table))
		return true;
	s->result = source_table_try(s->mysql, s->w, table, &code);
	/* without a right MariaDB shows no table, and says of one that is not there either that it is denied */
	if (code == ER_TABLEACCESS_DENIED_ERROR || code == ER_NO_SUCH_TABLE)
		s->result = STATUS_OK;
	if (code == ER_TABLEACCESS_DENIED_ERROR)
		fprintf(s->names, "%s%s%s", s->count++ == 0 ? "" : ", ", s->w->table_prefix, table);
	return s->result == STATUS_OK;
}

status
source_tables_warn_unreadable(MYSQL *mysql, const mapping *m, const wiki *w, const source_tables *t)
{
	char *names = NULL;
	size_t size;
	search s = {.mysql = mysql, .mapping = m, .w = w, .tables = t};

	s.names = open_memstream(&names, &size);
	if (s.names != NULL)
		mapping_each_table(m, search_table, &s);
	if (s.names == NULL || fclose(s.names) != 0)
	{
		log_error("out of memory for the names of tables");
		s.result = STATUS_MEMORY;
	}
	if (s.result == STATUS_OK && s.count > 0)
		log_write_hint(LOG_LEVEL_WARNING,
		               "GRANT SELECT on the wiki's database to the user of source.user; if one of "
		               "them is there, then run mwmirror snapshot --force",
		               "mirrored tables of wiki %s may not be read, and are not copied if they are "
		               "there: %s",
		               w->wiki_id, names);
	free(names);
	return s.result;
}

void
source_tables_free(source_tables *t)
{
	for (size_t i = 0; i < t->count; i++)
	{
		free(t->items[i].name);
		free(t->items[i].rows);
		free(t->items[i].key_column);
	}
	free(t->items);
	*t = (source_tables){0};
}
