/*
 * snapshot/inventory.c
 *	  Which tables and columns a wiki has; see inventory.h.
 */
#include "snapshot/inventory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "source/declared_type.h"
#include "source/mariadb.h"
#include "support/arena.h"
#include "support/log.h"
#include "support/pg.h"
#include "support/pg_array.h"

#define ANSWER_MS 60000
#define TYPE_MEMORY 4096

/* Columns of the wiki's own tables, one array each. */
typedef struct column_lists
{
	const char **tables; /* without prefix */
	const char **columns;
	const char **types; /* as declared_type_format; empty: not known */
	size_t count;
	arena *memory; /* of types */
} column_lists;

/* The database is named for both: MariaDB would look at all databases for the second one. */
static const char columns_sql[] =
    "SET STATEMENT max_statement_time = 0 FOR SELECT c.table_name, c.column_name, "
    "concat(c.column_type, if(c.is_nullable = 'NO', ' NOT NULL', '')) FROM "
    "information_schema.columns c "
    "JOIN information_schema.tables t ON t.table_name = c.table_name "
    "WHERE c.table_schema = '%1$s' AND t.table_schema = '%1$s' AND t.table_type LIKE '%%BASE%%' "
    "ORDER BY 1, c.ordinal_position";

static status
out_of_memory(void)
{
	log_error("out of memory for a wiki's tables");
	return STATUS_MEMORY;
}

static status
read_columns(MYSQL *mysql, const wiki *w, MYSQL_RES **out)
{
	size_t len = strlen(w->database);
	char *escaped = malloc(2 * len + 1);
	const size_t size = sizeof(columns_sql) + 4 * len;
	char *sql = malloc(size);
	status result = STATUS_OK;

	if (escaped == NULL || sql == NULL)
		result = out_of_memory();
	else
	{
		mysql_real_escape_string(mysql, escaped, w->database, len);
		snprintf(sql, size, columns_sql, escaped);
		result = mariadb_query(mysql, sql, false, out);
	}
	free(escaped);
	free(sql);
	return result;
}

/* Says in a line what is new, which is all that the wiki has and the mapping does not. */
static void
report(const wiki *w, const PGresult *res)
{
	char list[1000] = "";
	size_t used = 0;
	int count = PQntuples(res), shown = 0;

	for (; shown < count && used < sizeof(list) - 300; shown++)
	{
		const char *column = PQgetvalue(res, shown, 1);

		used += (size_t) snprintf(list + used, sizeof(list) - used, "%s%.64s%s%.64s",
		                          shown > 0 ? ", " : "", PQgetvalue(res, shown, 0),
		                          *column != '\0' ? "." : "", column);
	}
	if (count > 0)
		log_write_hint(
		    LOG_LEVEL_WARNING,
		    "mwmirror status shows them; mwmirror add-table mirrors a table; sql/README.md says "
		    "how one is left behind on purpose",
		    "%d tables and columns of wiki %s are not known to the mapping and not "
		    "mirrored: %s%s",
		    count, w->wiki_id, list, shown < count ? ", ..." : "");
}

static status
write_unmapped(PGconn *conn, const wiki *w, const char *tables, const char *columns)
{
	const char *params[] = {w->wiki_id, tables, columns};
	PGresult *res = NULL;
	status result = pg_execute_params(conn, "SELECT * FROM mwmirror.unmapped_inventory($1, $2, $3)",
	                                  3, params, "write mwmirror.unmapped",
	                                  "run mwmirror init, and grant mwmirror_writer to this role",
	                                  ANSWER_MS, &res);

	if (result == STATUS_OK)
		report(w, res);
	PQclear(res);
	return result;
}

static status
write_types(PGconn *conn, const wiki *w, const char *tables, const char *columns, const char *types)
{
	const char *params[] = {w->wiki_id, tables, columns, types};
	PGresult *res = NULL;
	status result = pg_execute_params(conn, "SELECT mwmirror.source_type_inventory($1, $2, $3, $4)",
	                                  4, params, "write mwmirror.source_type",
	                                  "run mwmirror init, and grant mwmirror_writer to this role",
	                                  ANSWER_MS, &res);

	PQclear(res);
	return result;
}

static status
write_lists(PGconn *conn, const wiki *w, const column_lists *l)
{
	char *tables = pg_array_format(l->tables, l->count);
	char *columns = pg_array_format(l->columns, l->count);
	char *types = pg_array_format(l->types, l->count);
	status result = tables == NULL || columns == NULL || types == NULL
	                    ? out_of_memory()
	                    : write_unmapped(conn, w, tables, columns);

	if (result == STATUS_OK)
		result = write_types(conn, w, tables, columns, types);
	free(tables);
	free(columns);
	free(types);
	return result;
}

static bool
lists_make(column_lists *l, size_t most)
{
	*l = (column_lists){.tables = calloc(most + 1, sizeof(char *)),
	                    .columns = calloc(most + 1, sizeof(char *)),
	                    .types = calloc(most + 1, sizeof(char *)),
	                    .memory = arena_create(TYPE_MEMORY)};
	return l->tables != NULL && l->columns != NULL && l->types != NULL && l->memory != NULL;
}

static void
lists_free(column_lists *l)
{
	free(l->tables);
	free(l->columns);
	free(l->types);
	if (l->memory != NULL)
		arena_destroy(l->memory);
}

static void
lists_add(column_lists *l, const char *table, const char *column, const char *type)
{
	declared_type d = declared_type_read(type, l->memory);
	const char *text = declared_type_format(&d, l->memory);

	l->tables[l->count] = table;
	l->columns[l->count] = column;
	l->types[l->count++] = text != NULL ? text : "";
}

/* The tables of the wiki, and not those of another one in the same database. */
static status
write_own(PGconn *conn, MYSQL_RES *rows, const wiki_list *wikis, const wiki *w)
{
	column_lists l;
	MYSQL_ROW row;
	status result = lists_make(&l, mysql_num_rows(rows)) ? STATUS_OK : out_of_memory();

	while (result == STATUS_OK && (row = mysql_fetch_row(rows)) != NULL)
	{
		const char *bare;
		size_t bare_len;
		const wiki *owner = wiki_list_find(wikis, w->database, strlen(w->database), row[0],
		                                   strlen(row[0]), &bare, &bare_len);

		if (owner != NULL && strcmp(owner->wiki_id, w->wiki_id) == 0)
			lists_add(&l, bare, row[1], row[2] != NULL ? row[2] : "");
	}
	if (result == STATUS_OK)
		result = write_lists(conn, w, &l);
	lists_free(&l);
	return result;
}

status
inventory_take(PGconn *conn, MYSQL *mysql, const char *source_name, const wiki *w)
{
	wiki_list wikis = {0};
	MYSQL_RES *rows = NULL;
	status result = wiki_list_load(conn, source_name, &wikis);

	if (result == STATUS_OK)
		result = read_columns(mysql, w, &rows);
	if (result == STATUS_OK)
		result = write_own(conn, rows, &wikis, w);
	if (rows != NULL)
		mysql_free_result(rows);
	wiki_list_free(&wikis);
	return result;
}
