/*
 * snapshot/inventory.c
 *	  Which tables and columns of a wiki have no place in the mirror; see inventory.h.
 */
#include "snapshot/inventory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "source/mariadb.h"
#include "support/log.h"
#include "support/pg.h"
#include "support/pg_array.h"

#define ANSWER_MS 60000

static const char columns_sql[] =
    "SET STATEMENT max_statement_time = 0 FOR SELECT c.table_name, c.column_name FROM "
    "information_schema.columns c "
    "JOIN information_schema.tables t USING (table_schema, table_name) "
    "WHERE table_schema = '%s' AND t.table_type LIKE '%%BASE%%' ORDER BY 1, c.ordinal_position";

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
	char *sql = malloc(sizeof(columns_sql) + 2 * len);
	status result = STATUS_OK;

	if (escaped == NULL || sql == NULL)
		result = out_of_memory();
	else
	{
		mysql_real_escape_string(mysql, escaped, w->database, len);
		snprintf(sql, sizeof(columns_sql) + 2 * len, columns_sql, escaped);
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
		    "mwmirror status shows them; to mirror one, or to leave it behind on purpose, "
		    "see sql/README.md",
		    "%d tables and columns of wiki %s are not known to the mapping and not "
		    "mirrored: %s%s",
		    count, w->wiki_id, list, shown < count ? ", ..." : "");
}

static status
write_rows(PGconn *conn, const wiki *w, const char *const *tables, const char *const *columns,
           size_t count)
{
	const char *params[] = {w->wiki_id, pg_array_format(tables, count),
	                        pg_array_format(columns, count)};
	PGresult *res = NULL;
	status result;

	if (params[1] == NULL || params[2] == NULL)
		result = out_of_memory();
	else
		result = pg_execute_params(conn, "SELECT * FROM mwmirror.unmapped_inventory($1, $2, $3)", 3,
		                           params, "write mwmirror.unmapped",
		                           "run mwmirror init, and grant mwmirror_writer to this role",
		                           ANSWER_MS, &res);
	if (result == STATUS_OK)
		report(w, res);
	PQclear(res);
	free((char *) params[1]);
	free((char *) params[2]);
	return result;
}

/* The tables of the wiki, and not those of another one in the same database. */
static status
write_own(PGconn *conn, MYSQL_RES *rows, const wiki_list *wikis, const wiki *w)
{
	const char **tables = calloc(mysql_num_rows(rows) + 1, sizeof(char *));
	const char **columns = calloc(mysql_num_rows(rows) + 1, sizeof(char *));
	size_t bare_len, count = 0;
	MYSQL_ROW row;
	status result = tables == NULL || columns == NULL ? out_of_memory() : STATUS_OK;

	while (result == STATUS_OK && (row = mysql_fetch_row(rows)) != NULL)
	{
		const char *bare;
		const wiki *owner = wiki_list_find(wikis, w->database, strlen(w->database), row[0],
		                                   strlen(row[0]), &bare, &bare_len);

		if (owner == NULL || strcmp(owner->wiki_id, w->wiki_id) != 0)
			continue;
		tables[count] = bare;
		columns[count++] = row[1];
	}
	if (result == STATUS_OK)
		result = write_rows(conn, w, tables, columns, count);
	free(tables);
	free(columns);
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
