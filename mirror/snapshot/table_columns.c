/*
 * snapshot/table_columns.c
 *	  A table at the source; see table_columns.h.
 */
#include "snapshot/table_columns.h"

#include <mysqld_error.h>
#include <stdlib.h>
#include <string.h>
#include "snapshot/table_sql.h"
#include "source/mariadb.h"
#include "support/clock.h"
#include "support/log.h"

#define REPORT_MS 10000 /* between two lines that say what is waited for */

static status
out_of_memory(void)
{
	log_error("out of memory for the columns of a table");
	return STATUS_MEMORY;
}

/* Says what a table waits for, but not each time. */
static void
report_lock(const wiki *w, const char *table)
{
	static _Atomic int64_t said_ms = -REPORT_MS;
	const int64_t now = clock_ms();

	if (now - said_ms < REPORT_MS)
		return;
	said_ms = now;
	log_warning("waiting for a lock of %s.%s%s: another session of the source has it", w->database,
	            w->table_prefix, table);
}

status
table_fail(MYSQL *mysql, const wiki *w, const char *table, status result)
{
	const unsigned code = mysql_errno(mysql);

	if (result != STATUS_RETRY && result != STATUS_SOURCE)
		return result;
	if (code == ER_LOCK_WAIT_TIMEOUT)
	{
		report_lock(w, table);
		return STATUS_RETRY;
	}
	/* it is looked at again */
	if (code == ER_NO_SUCH_TABLE || code == ER_BAD_FIELD_ERROR)
		result = STATUS_RETRY;
	log_write_hint(result == STATUS_RETRY ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR,
	               result == STATUS_RETRY ? "it is tried again"
	                                      : "if a right is missing, GRANT SELECT on the wiki's "
	                                        "database to the source user; a comparison then goes "
	                                        "on by itself, a copy by mwmirror snapshot",
	               "cannot read %s.%s%s: %s", w->database, w->table_prefix, table,
	               mysql_error(mysql));
	return result;
}

void
table_columns_free(table_columns *c)
{
	for (unsigned i = 0; c->names != NULL && i < c->count; i++)
		free(c->names[i]);
	free(c->names);
	free(c->types);
	free(c->in_key);
	*c = (table_columns){0};
}

static status
take_columns(MYSQL_RES *res, table_columns *out)
{
	MYSQL_ROW row;

	out->names = calloc(mysql_num_rows(res) + 1, sizeof(char *));
	out->types = calloc(mysql_num_rows(res) + 1, sizeof(source_type));
	out->in_key = calloc(mysql_num_rows(res) + 1, sizeof(bool));
	if (out->names == NULL || out->types == NULL || out->in_key == NULL)
		return out_of_memory();
	while ((row = mysql_fetch_row(res)) != NULL)
	{
		out->names[out->count] = strdup(row[0]);
		if (out->names[out->count] == NULL)
			return out_of_memory();
		out->in_key[out->count] = row[3] != NULL && strcmp(row[3], "PRI") == 0;
		out->types[out->count++] = source_type_parse(row[1], row[5]);
	}
	return STATUS_OK;
}

status
table_columns_read(MYSQL *mysql, const wiki *w, const char *table, table_columns *out)
{
	char *sql = table_sql_columns(w, table);
	MYSQL_RES *res;
	status result;

	*out = (table_columns){0};
	if (sql == NULL)
		return out_of_memory();
	result = mariadb_query(mysql, sql, true, &res);
	free(sql);
	if (result != STATUS_OK && mysql_errno(mysql) == ER_NO_SUCH_TABLE)
		return STATUS_OK;
	if (result != STATUS_OK)
		return table_fail(mysql, w, table, result);
	result = take_columns(res, out);
	mysql_free_result(res);
	if (result != STATUS_OK)
		table_columns_free(out);
	return result;
}

static status
check_filters(const wiki *w, const plan *pl, const source_type *types)
{
	for (unsigned i = 0; i < pl->target_count; i++)
	{
		const row_filter *f = pl->targets[i].filter;

		for (unsigned j = 0; f != NULL && j < f->count; j++)
		{
			if (f->conditions[j].op == ROW_FILTER_NULL ||
			    source_type_can_filter(types[f->conditions[j].source]))
				continue;
			log_error_hint("correct row_filter in mwmirror.table_map: it can compare integers, "
			               "DECIMAL, texts, ENUM, dates and times",
			               "column %s of %s.%s%s has a type that row_filter cannot compare",
			               f->conditions[j].column, w->database, w->table_prefix, pl->source_table);
			return STATUS_DATA;
		}
	}
	return STATUS_OK;
}

status
table_check_types(const wiki *w, const plan *pl, const source_type *types)
{
	for (unsigned i = 0; i < pl->target_count; i++)
	{
		const plan_target *t = &pl->targets[i];

		for (unsigned j = 0; j < t->column_count; j++)
		{
			for (unsigned k = 0; k < t->columns[j].param_count; k++)
			{
				const plan_param *p = &t->columns[j].params[k];
				const unsigned source = p->sources[0];
				const char *remedy = source_type_remedy(types[source], p->kind);

				if (remedy == NULL)
					continue;
				log_error_hint(
				    remedy,
				    "column %s of %s.%s%s has a type that kind %s cannot read, for %s of %s",
				    pl->source_names[source], w->database, w->table_prefix, pl->source_table,
				    convert_kind_name(p->kind), t->columns[j].name, t->quoted);
				return STATUS_DATA;
			}
		}
	}
	return check_filters(w, pl, types);
}
