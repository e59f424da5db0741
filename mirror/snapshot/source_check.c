/*
 * snapshot/source_check.c
 *	  Whether a wiki's tables can be copied as of one moment, and followed from there.
 */
#define _GNU_SOURCE /* asprintf */
#include "snapshot/source_check.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mapping/key_check.h"
#include "source/mariadb.h"
#include "support/log.h"

/* What is wrong with a table of this type and engine; NULL if nothing is. *remedy: the action of an ALTER TABLE. */
static const char *
find_fault(const char *type, const char *transactions, const char **remedy)
{
	*remedy = NULL;
	if (strcmp(type, "VIEW") == 0)
		return "is a view, whose rows are not in the binlog under its name";
	if (strcmp(type, "SYSTEM VERSIONED") == 0)
	{
		*remedy = "DROP SYSTEM VERSIONING";
		return "has SYSTEM VERSIONING: its history cannot be told from its rows";
	}
	if (transactions == NULL || strcmp(transactions, "YES") != 0)
	{
		*remedy = "ENGINE = InnoDB";
		return "has an engine without transactions, so it cannot be copied as of one moment";
	}
	return NULL;
}

static bool
check_table(const wiki *w, const char *table, const char *type, const char *transactions)
{
	const char *remedy;
	const char *fault = find_fault(type, transactions, &remedy);
	char hint[700];

	if (fault == NULL)
		return true;
	if (remedy != NULL)
		snprintf(hint, sizeof(hint),
		         "run ALTER TABLE `%s`.`%s` %s;, then a copy goes on by mwmirror "
		         "snapshot, a comparison by itself",
		         w->database, table, remedy);
	else
		snprintf(hint, sizeof(hint),
		         "Replace it by a table, or take the table out of mwmirror.table_map.");
	log_write_hint(LOG_LEVEL_ERROR, hint, "%s.%s of wiki %s %s", w->database, table, w->wiki_id,
	               fault);
	return false;
}

static const char tables_sql[] =
    "SELECT t.table_name, t.table_type, e.transactions FROM information_schema.tables t LEFT JOIN "
    "information_schema.engines e ON e.engine = t.engine WHERE t.table_schema = %s%t ORDER BY 1";

static const char foreign_keys_sql[] =
    "SELECT table_name, constraint_name FROM information_schema.referential_constraints AS t WHERE "
    "constraint_schema = %s%t AND (delete_rule NOT IN ('RESTRICT', 'NO ACTION') OR update_rule NOT "
    "IN ('RESTRICT', 'NO ACTION')) ORDER BY 1, 2";

/* InnoDB does not write to the binlog what such a key changes. */
static bool
refuse_foreign_key(const wiki *w, const char *table, const char *name)
{
	char hint[900];

	snprintf(hint, sizeof(hint),
	         "run ALTER TABLE `%s`.`%s` DROP FOREIGN KEY `%s`;, then a copy goes on by mwmirror "
	         "snapshot, a comparison by itself",
	         w->database, table, name);
	log_write_hint(
	    LOG_LEVEL_ERROR, hint,
	    "%s.%s of wiki %s has a foreign key that changes rows by itself, which is not in "
	    "the binlog",
	    w->database, table, w->wiki_id);
	return false;
}

static const char latin1_sql[] =
    "SELECT table_name, group_concat(column_name ORDER BY 1 SEPARATOR ', ') FROM "
    "information_schema.columns AS t WHERE table_schema = %s%t AND character_set_name = 'latin1' "
    "GROUP "
    "BY 1 ORDER BY 1";

/* MediaWiki sends UTF-8 and does not say so: such columns of old wikis hold it, and MariaDB itself shows it wrong. */
static bool
warn_of_latin1(const wiki *w, const char *table, const char *columns)
{
	log_write_hint(
	    LOG_LEVEL_WARNING,
	    "if MediaWiki has written UTF-8 into them, MODIFY them to VARBINARY or BLOB first, "
	    "then run mwmirror snapshot again",
	    "%s.%s of wiki %s has text that is declared latin1, and is read as that: %s", w->database,
	    table, w->wiki_id, columns);
	return true;
}

/* A name as a literal; room is for it escaped. */
static void
write_literal(FILE *out, MYSQL *mysql, const char *name, char *room)
{
	mysql_real_escape_string(mysql, room, name, strlen(name));
	fprintf(out, "'%s'", room);
}

/* The query with the database's name for %s, and for %t the condition on one table, if only one is asked for. */
static char *
build_query(MYSQL *mysql, const wiki *w, const char *table, const char *format)
{
	char *room = malloc(2 * (strlen(w->database) + (table == NULL ? 0 : strlen(table))) + 1);
	char *sql = NULL;
	size_t size;
	FILE *out = room == NULL ? NULL : open_memstream(&sql, &size);

	if (out == NULL)
	{
		free(room);
		return NULL;
	}
	for (const char *p = format; *p != '\0'; p++)
	{
		if (p[0] != '%' || (p[1] != 's' && p[1] != 't'))
		{
			fputc(*p, out);
			continue;
		}
		p++;
		if (*p == 's')
			write_literal(out, mysql, w->database, room);
		else if (table != NULL)
		{
			fputs(" AND t.table_name = ", out);
			write_literal(out, mysql, table, room);
		}
	}
	free(room);
	return fclose(out) == 0 ? sql : NULL;
}

/* Rows of a query about the wiki's tables; logged if there are none to be had. */
static status
ask(MYSQL *mysql, const wiki *w, const char *table, const char *format, MYSQL_RES **res)
{
	char *sql = build_query(mysql, w, table, format);
	status answer;

	if (sql == NULL)
	{
		log_error("out of memory for the check of a wiki's tables");
		return STATUS_MEMORY;
	}
	answer = mariadb_query(mysql, sql, true, res);
	free(sql);
	if (answer != STATUS_OK && answer != STATUS_STOPPED)
		log_error_hint("run mwmirror snapshot again", "cannot look at the tables of %s: %s",
		               w->database, mysql_error(mysql));
	return answer;
}

/* The name without prefix of a mirrored table; NULL if it is none. */
static const char *
mirrored_name(const mapping *m, const wiki *w, const char *table)
{
	size_t prefix = strlen(w->table_prefix);

	if (table == NULL || strncmp(table, w->table_prefix, prefix) != 0 ||
	    !mapping_has_table(m, w, table + prefix, strlen(table + prefix)))
		return NULL;
	return table + prefix;
}

static bool
check_row(const wiki *w, const char *format, MYSQL_ROW row)
{
	if (format == tables_sql)
		return check_table(w, row[0], row[1], row[2]);
	return format == latin1_sql ? warn_of_latin1(w, row[0], row[1])
	                            : refuse_foreign_key(w, row[0], row[1]);
}

/* Looks at each row that is of a mirrored table. */
static status
check_rows(MYSQL *mysql, const mapping *m, const wiki *w, const char *table, const char *format)
{
	MYSQL_RES *res;
	MYSQL_ROW row;
	bool right = true;
	status answer = ask(mysql, w, table, format, &res);

	if (answer != STATUS_OK)
		return answer;
	while ((row = mysql_fetch_row(res)) != NULL)
	{
		if (mirrored_name(m, w, row[0]) == NULL || row[1] == NULL)
			continue;
		right = check_row(w, format, row) && right;
	}
	mysql_free_result(res);
	return right ? STATUS_OK : STATUS_SOURCE;
}

/* ---- wikis without tables ---- */

#define A_TABLE "page" /* that every wiki has */

/* What is known of where a wiki's tables are, when there are none where they should be. */
static void
say_empty(const wiki *w, log_level level, const char *other)
{
	char hint[700];

	if (other != NULL)
		snprintf(hint, sizeof(hint),
		         "there is a table %s: if that is the wiki's, its prefix is '%.*s'; run mwmirror "
		         "remove-wiki %s, then mwmirror add-wiki with the prefix that is right",
		         other, (int) (strlen(other) - strlen(A_TABLE)), other, w->wiki_id);
	else
		snprintf(hint, sizeof(hint),
		         "if the prefix is another, run mwmirror remove-wiki %s, then mwmirror add-wiki "
		         "with the one that is right; if not, grant SELECT on the database to the user of "
		         "source.user",
		         w->wiki_id);
	log_write_hint(level, hint,
	               "database %s of wiki %s shows no table of MediaWiki whose name begins with the "
	               "prefix '%s'",
	               w->database, w->wiki_id, w->table_prefix);
}

/* Notes a table that may be page with another prefix; free is the caller's. */
static void
note_other(const char *table, char **other)
{
	const size_t len = strlen(table);

	if (*other == NULL && len >= strlen(A_TABLE) &&
	    strcmp(table + len - strlen(A_TABLE), A_TABLE) == 0)
		*other = strdup(table);
}

static status
check_any(MYSQL *mysql, const mapping *m, const wiki *w)
{
	MYSQL_RES *res;
	MYSQL_ROW row;
	bool any = false;
	char *other = NULL;
	status answer = ask(mysql, w, NULL, tables_sql, &res);

	if (answer != STATUS_OK)
		return answer;
	while (!any && (row = mysql_fetch_row(res)) != NULL)
	{
		any = mirrored_name(m, w, row[0]) != NULL;
		note_other(row[0], &other);
	}
	mysql_free_result(res);
	if (!any)
		say_empty(w, LOG_LEVEL_ERROR, other);
	free(other);
	return any ? STATUS_OK : STATUS_SOURCE;
}

static void
warn_of_empty(const wiki_list *wikis, const bool *seen)
{
	for (size_t i = 0; i < wikis->count; i++)
	{
		if (!seen[i] && wikis->items[i].followed && wikis->items[i].is_wiki)
			say_empty(&wikis->items[i], LOG_LEVEL_WARNING, NULL);
	}
}

status
snapshot_warn_of_empty(MYSQL *mysql, const mapping *m, const wiki_list *wikis)
{
	bool *seen = calloc(wikis->count + 1, sizeof(bool));
	MYSQL_RES *res;
	MYSQL_ROW row;
	status answer;

	if (seen == NULL)
	{
		log_error("out of memory for the check of wikis' tables");
		return STATUS_MEMORY;
	}
	answer = mariadb_query(mysql, "SELECT table_schema, table_name FROM information_schema.tables",
	                       false, &res);
	while (answer == STATUS_OK && (row = mysql_fetch_row(res)) != NULL)
	{
		const char *bare;
		size_t len;
		const wiki *w =
		    wiki_list_find(wikis, row[0], strlen(row[0]), row[1], strlen(row[1]), &bare, &len);

		if (w != NULL && mapping_has_table(m, w, bare, len))
			seen[w - wikis->items] = true;
	}
	if (answer == STATUS_OK)
	{
		mysql_free_result(res);
		warn_of_empty(wikis, seen);
	}
	free(seen);
	return answer;
}

status
snapshot_check_tables(MYSQL *mysql, const mapping *m, const wiki *w)
{
	status result = w->is_wiki ? check_any(mysql, m, w) : STATUS_OK;

	if (result == STATUS_OK)
		result = check_rows(mysql, m, w, NULL, tables_sql);
	if (result == STATUS_OK)
		result = check_rows(mysql, m, w, NULL, foreign_keys_sql);
	return result == STATUS_OK ? check_rows(mysql, m, w, NULL, latin1_sql) : result;
}

status
snapshot_check_table(MYSQL *mysql, const mapping *m, const wiki *w, const char *bare)
{
	char *table;
	status result;

	if (asprintf(&table, "%s%s", w->table_prefix, bare) < 0)
	{
		log_error("out of memory for the check of a table");
		return STATUS_MEMORY;
	}
	result = check_rows(mysql, m, w, table, tables_sql);
	if (result == STATUS_OK)
		result = check_rows(mysql, m, w, table, foreign_keys_sql);
	free(table);
	return result;
}

static const char columns_sql[] =
    "SET STATEMENT max_statement_time = 0 FOR SELECT table_name, column_name, column_key FROM "
    "information_schema.columns WHERE "
    "table_schema = %s ORDER BY 1, ordinal_position";

/* The columns of a table, and which are in its primary key. */
typedef struct columns
{
	const char *table;
	char *names[MAPPING_SOURCES_MAX];
	bool in_key[MAPPING_SOURCES_MAX];
	unsigned count;
} columns;

static status
check_columns(plans *p, const wiki *w, const columns *c)
{
	const plan *pl;
	const char *bare = c->count == 0 ? NULL : mirrored_name(plans_mapping(p), w, c->table);
	status result;

	if (bare == NULL)
		return STATUS_OK;
	result = plans_compile(p, bare, c->names, c->count, &pl);
	return result == STATUS_OK ? key_check(pl, c->in_key, w->database, c->table) : result;
}

status
snapshot_check_keys(MYSQL *mysql, plans *p, const wiki *w)
{
	columns c = {0};
	MYSQL_RES *res;
	MYSQL_ROW row;
	status result = ask(mysql, w, NULL, columns_sql, &res);

	if (result != STATUS_OK)
		return result;
	while (result == STATUS_OK && (row = mysql_fetch_row(res)) != NULL)
	{
		if (c.count > 0 && strcmp(c.table, row[0]) != 0)
		{
			result = check_columns(p, w, &c);
			c.count = 0;
		}
		c.table = row[0];
		if (c.count == MAPPING_SOURCES_MAX)
			continue;
		c.names[c.count] = row[1];
		c.in_key[c.count++] = strcmp(row[2], "PRI") == 0;
	}
	if (result == STATUS_OK)
		result = check_columns(p, w, &c);
	mysql_free_result(res);
	return result;
}
