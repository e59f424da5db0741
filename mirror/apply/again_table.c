/*
 * apply/again_table.c
 *	  Tables at the source that are copied again; see again_table.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "apply/again_table.h"

#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "apply/again_sql.h"
#include "mapping/key_check.h"
#include "snapshot/source_check.h"
#include "snapshot/source_tables.h"
#include "snapshot/table.h"
#include "source/mariadb.h"
#include "source/sql_name.h"
#include "support/log.h"

#define AGAIN_NAME_SIZE 200 /* MariaDB's names have 64 characters, a prefix fewer */
#define AGAIN_LITERAL_SIZE (4 * AGAIN_NAME_SIZE + 3)

static status
out_of_memory(void)
{
	log_error("out of memory for a table that is copied again");
	return STATUS_MEMORY;
}

static status
load_columns(MYSQL *mysql, mapping *m, again_table *t)
{
	table_columns columns;
	status result = table_columns_read(mysql, t->w, t->name, &columns);

	if (result != STATUS_OK || columns.names == NULL)
		return result;
	result =
	    mapping_compile(m, t->name, (const char *const *) columns.names, columns.count, &t->plan);
	if (result == STATUS_OK)
		result = key_check(t->plan, columns.in_key, t->w->database, t->name);
	if (result == STATUS_OK)
		result = table_check_types(t->w, t->plan, columns.types);
	if (result == STATUS_OK)
	{
		t->types = columns.types;
		columns.types = NULL;
	}
	table_columns_free(&columns);
	return result;
}

/* ---- its key ---- */

static void
make_literal(MYSQL *mysql, const char *first, const char *second, char out[AGAIN_LITERAL_SIZE])
{
	char text[2 * AGAIN_NAME_SIZE];
	const int len = snprintf(text, sizeof(text), "%s%s", first, second);

	out[0] = '\'';
	mysql_real_escape_string(mysql, out + 1, text, (unsigned long) len);
	strcat(out, "'");
}

static char *
key_sql(MYSQL *mysql, const again_table *t)
{
	char database[AGAIN_LITERAL_SIZE];
	char table[AGAIN_LITERAL_SIZE];
	char *sql;
	size_t size;
	FILE *out = open_memstream(&sql, &size);

	if (out == NULL)
		return NULL;
	make_literal(mysql, t->w->database, "", database);
	make_literal(mysql, t->w->table_prefix, t->name, table);
	/* each look names the database for itself, and what is DISTINCT is none of the join: else MariaDB looks at all databases */
	fprintf(out,
	        "SELECT t.table_rows, t.avg_row_length, k.column_name, k.data_type, k.column_type LIKE "
	        "'%%unsigned%%' FROM information_schema.tables t LEFT JOIN (SELECT DISTINCT "
	        "c.column_name, c.data_type, c.column_type FROM information_schema.statistics s JOIN "
	        "information_schema.columns c ON c.column_name = s.column_name WHERE c.table_schema = "
	        "%s AND c.table_name = %s AND s.table_schema = %s AND s.table_name = %s AND "
	        "s.index_name = 'PRIMARY' AND s.seq_in_index = 1 AND s.sub_part IS NULL) AS k ON true "
	        "WHERE t.table_schema = %s AND t.table_name = %s",
	        database, table, database, table, database, table);
	return fclose(out) == 0 ? sql : NULL;
}

/* True if each target has a column that is the key. Of numbers it is enough if one has: what others make of them are rows that do not go. */
static bool
keeps_bytes(const again_table *t)
{
	for (unsigned i = 0; i < t->plan->target_count; i++)
	{
		if (!again_sql_has_key(t, &t->plan->targets[i]))
			return false;
	}
	return true;
}

static status
take_key(again_table *t, MYSQL_ROW row)
{
	t->rows = row[0] == NULL ? 0 : strtoull(row[0], NULL, 10);
	t->row_size = row[1] == NULL ? 0 : strtoull(row[1], NULL, 10);
	/* BINARY may end in zeros, which are no text */
	if (row[2] == NULL || row[3] == NULL || strcmp(row[3], "binary") == 0)
		return STATUS_OK;
	t->kind = key_kind_of(row[3]);
	if (t->kind == KEY_NONE)
		return STATUS_OK;
	for (unsigned i = 0; i < t->plan->source_count; i++)
	{
		if (strcmp(t->plan->source_names[i], row[2]) != 0)
			continue;
		t->key_source = i;
		t->is_unsigned = row[4] != NULL && row[4][0] == '1';
		if (t->kind == KEY_BYTES && !keeps_bytes(t))
			break;
		t->key = strdup(row[2]);
		return t->key == NULL ? out_of_memory() : STATUS_OK;
	}
	t->kind = KEY_NONE;
	return STATUS_OK;
}

static status
load_key(MYSQL *mysql, again_table *t)
{
	char *sql = key_sql(mysql, t);
	MYSQL_RES *res = NULL;
	MYSQL_ROW row;
	status result;

	if (sql == NULL)
		return out_of_memory();
	result = mariadb_query(mysql, sql, false, &res);
	free(sql);
	if (result == STATUS_OK && res != NULL && (row = mysql_fetch_row(res)) != NULL)
		result = take_key(t, row);
	if (res != NULL)
		mysql_free_result(res);
	return result;
}

/* Columns that may not be read are not among those that the source shows: they would count as dropped. */
static status
check_columns(MYSQL *mysql, const wiki *w, const char *name)
{
	unsigned code;
	status result = source_table_try(mysql, w, name, &code);

	return result == STATUS_MEMORY ? result : table_fail(mysql, w, name, result);
}

/* A wiki of which the source shows no table at all is gone, or may not be read: that does not say that it has no rows. */
static status
check_readable(MYSQL *mysql, const wiki *w)
{
	char database[AGAIN_LITERAL_SIZE];
	char *sql;
	char *found = NULL;
	status result;

	make_literal(mysql, w->database, "", database);
	if (asprintf(&sql, "SELECT 1 FROM information_schema.tables WHERE table_schema = %s LIMIT 1",
	             database) < 0)
		return out_of_memory();
	result = mariadb_query_value(mysql, sql, &found);
	if (result == STATUS_OK && found == NULL)
	{
		log_error_hint(
		    "grant SELECT on it to the user of source.user; if it is gone, run mwmirror "
		    "remove-wiki",
		    "MariaDB shows no table in database %s of wiki %s: its rows stay as they are",
		    w->database, w->wiki_id);
		result = STATUS_SOURCE;
	}
	free(found);
	free(sql);
	return result;
}

status
again_table_load(MYSQL *mysql, mapping *m, const wiki *w, const char *name, bool first,
                 again_table *out)
{
	status result = STATUS_OK;

	*out = (again_table){.w = w, .name = name};
	if (first)
		result = snapshot_check_table(mysql, m, w, name);
	if (result == STATUS_OK)
		result = load_columns(mysql, m, out);
	if (result == STATUS_OK && out->plan != NULL)
		result = check_columns(mysql, w, name);
	if (result == STATUS_OK)
		result = out->plan != NULL ? load_key(mysql, out) : check_readable(mysql, w);
	if (result != STATUS_OK)
		again_table_free(out);
	return result;
}

void
again_table_free(again_table *t)
{
	free(t->types);
	free(t->key);
	t->types = NULL;
	t->key = NULL;
}

status
again_table_exists(MYSQL *mysql, const wiki *w, const char *name, bool *there)
{
	unsigned code;
	status result = source_table_try(mysql, w, name, &code);

	*there = code != ER_NO_SUCH_TABLE;
	if (code == ER_NO_SUCH_TABLE || result == STATUS_SOURCE)
		return STATUS_OK;
	return result == STATUS_MEMORY ? result : table_fail(mysql, w, name, result);
}
