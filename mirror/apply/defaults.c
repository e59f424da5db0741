/*
 * apply/defaults.c
 *	  Defaults of a source's columns; see defaults.h.
 */
#include "apply/defaults.h"

#include <ctype.h>
#include <inttypes.h>
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "source/mariadb.h"
#include "source/sql_name.h"
#include "support/log.h"

#define READ_TIMEOUT 30 /* seconds */

struct source_defaults
{
	const config *config;
};

source_defaults *
source_defaults_create(const config *c)
{
	source_defaults *d = calloc(1, sizeof(*d));

	if (d != NULL)
		d->config = c;
	return d;
}

void
source_defaults_destroy(source_defaults *d)
{
	free(d);
}

static status
out_of_memory(void)
{
	log_error("out of memory for the defaults of a table");
	return STATUS_MEMORY;
}

/* ---- values ---- */

/* What MariaDB writes into a column that has no default, where its sql_mode allows it. */
static bool
set_implicit(const column_def *c, arena *a, value *out)
{
	char *zeros;

	switch (c->type)
	{
		case MYSQL_TYPE_TINY:
		case MYSQL_TYPE_SHORT:
		case MYSQL_TYPE_INT24:
		case MYSQL_TYPE_LONG:
		case MYSQL_TYPE_LONGLONG:
			out->kind = c->is_unsigned ? VALUE_UINT : VALUE_INT;
			out->u = 0;
			return true;
		case MYSQL_TYPE_FLOAT:
		case MYSQL_TYPE_DOUBLE:
			out->kind = c->type == MYSQL_TYPE_FLOAT ? VALUE_FLOAT : VALUE_DOUBLE;
			out->d = 0;
			return true;
		case MYSQL_TYPE_TIMESTAMP:
		case MYSQL_TYPE_TIMESTAMP2:
			out->kind = VALUE_TIMESTAMP;
			out->i = 0;
			return true;
		case MYSQL_TYPE_ENUM:
			out->kind = VALUE_BYTES;
			out->charset = (uint16_t) c->charset;
			out->bytes.data = c->labels[0];
			out->bytes.len = c->label_lengths[0];
			return true;
		case MYSQL_TYPE_STRING:
			zeros = arena_alloc_zero(a, c->length + 1);
			out->kind = VALUE_BYTES;
			out->charset = (uint16_t) c->charset;
			out->bytes.data = zeros;
			out->bytes.len = c->charset == 63 ? c->length : 0;
			return zeros != NULL;
		case MYSQL_TYPE_VARCHAR:
		case MYSQL_TYPE_VAR_STRING:
		case MYSQL_TYPE_BLOB:
		case MYSQL_TYPE_SET:
			out->kind = VALUE_BYTES;
			out->charset = (uint16_t) c->charset;
			out->bytes.data = "";
			out->bytes.len = 0;
			return true;
		default:
			return false;
	}
}

/* A constant, as a SELECT prints it. False: of a type, or with characters, that are not understood here. */
static bool
set_constant(const column_def *c, const char *text, size_t len, arena *a, value *out)
{
	char *copy;

	if (!set_implicit(c, a, out))
		return false;
	if (out->kind == VALUE_INT)
		out->i = strtoll(text, NULL, 10);
	else if (out->kind == VALUE_UINT)
		out->u = strtoull(text, NULL, 10);
	else if (out->kind == VALUE_TIMESTAMP)
		return strspn(text, "0-: .") == len; /* MariaDB's zero date alone */
	else if (out->kind == VALUE_FLOAT)
		out->d = strtof(text, NULL);
	else if (out->kind == VALUE_DOUBLE)
		out->d = strtod(text, NULL);
	else
	{
		size_t size =
		    c->type == MYSQL_TYPE_STRING && c->charset == 63 && c->length > len ? c->length : len;

		for (size_t i = 0; i < len; i++)
		{
			if ((text[i] & 0x80) != 0)
				return false;
		}
		copy = arena_alloc_zero(a, size + 1);
		if (copy == NULL)
			return false;
		memcpy(copy, text, len);
		out->bytes.data = copy;
		out->bytes.len = size;
	}
	return true;
}

/* ---- reading ---- */

static void
write_literal(FILE *out, MYSQL *mysql, const char *name)
{
	char escaped[2 * 256 + 1];

	mysql_real_escape_string(mysql, escaped, name, strlen(name));
	fprintf(out, "'%s'", escaped);
}

static void
write_where(FILE *out, MYSQL *mysql, const source_table *t)
{
	fputs(" WHERE TABLE_SCHEMA = ", out);
	write_literal(out, mysql, t->map.schema);
	fputs(" AND TABLE_NAME = ", out);
	write_literal(out, mysql, t->map.table);
}

/* CREATE_TIME is of the last ALTER, whatever that did; where an engine does not say it, it is NULL. */
static char *
columns_sql(MYSQL *mysql, const source_table *t)
{
	char *sql;
	size_t size;
	FILE *out = open_memstream(&sql, &size);

	if (out == NULL)
		return NULL;
	fputs("SELECT COLUMN_NAME, IS_NULLABLE, COLUMN_DEFAULT, (SELECT UNIX_TIMESTAMP(CREATE_TIME) "
	      "FROM information_schema.TABLES",
	      out);
	write_where(out, mysql, t);
	fputs(") FROM information_schema.COLUMNS", out);
	write_where(out, mysql, t);
	fputs(" ORDER BY ORDINAL_POSITION", out);
	return fclose(out) == 0 ? sql : NULL;
}

/* COLUMN_DEFAULT is SQL: a literal, NULL, or an expression, whose values are in the images. */
static bool
is_literal(const char *sql)
{
	return *sql == '\'' || *sql == '-' || isdigit((unsigned char) *sql);
}

/* The values of all literals, as one row; and NULL for the others. */
static char *
values_sql(MYSQL_RES *columns)
{
	char *sql;
	size_t size;
	FILE *out = open_memstream(&sql, &size);
	MYSQL_ROW row;
	const char *before = "SELECT ";

	if (out == NULL)
		return NULL;
	while ((row = mysql_fetch_row(columns)) != NULL)
	{
		fprintf(out, "%s%s", before, row[2] != NULL && is_literal(row[2]) ? row[2] : "NULL");
		before = ", ";
	}
	mysql_data_seek(columns, 0);
	return fclose(out) == 0 ? sql : NULL;
}

static bool
same_columns(const source_table *t, MYSQL_RES *columns)
{
	bool same = mysql_num_rows(columns) == t->map.column_count;
	MYSQL_ROW row;

	for (unsigned i = 0; same && (row = mysql_fetch_row(columns)) != NULL; i++)
		same = strcmp(row[0], t->map.columns[i].name) == 0;
	mysql_data_seek(columns, 0);
	return same;
}

/* What is not known stays absent. */
static void
take_defaults(source_table *t, MYSQL_RES *columns, MYSQL_RES *values, arena *a)
{
	MYSQL_ROW literal = mysql_fetch_row(values);
	const unsigned long *lengths = mysql_fetch_lengths(values);
	MYSQL_ROW row;

	for (unsigned i = 0; (row = mysql_fetch_row(columns)) != NULL; i++)
	{
		const column_def *c = &t->map.columns[i];
		value *out = &t->defaults[i];
		bool known = true;

		if (literal[i] != NULL)
			known = set_constant(c, literal[i], lengths[i], a, out);
		else if (strcmp(row[1], "YES") == 0 && (row[2] == NULL || strcmp(row[2], "NULL") == 0))
			out->kind = VALUE_NULL;
		else
			known = row[2] == NULL && set_implicit(c, a, out);
		if (!known)
			out->kind = VALUE_ABSENT;
	}
}

/* When the table became what it is now, as far as a clock of seconds can tell; where it has other columns, that is still to come. */
static void
note_age(source_table *t, MYSQL_RES *columns)
{
	MYSQL_ROW row = NULL;

	if (!same_columns(t, columns))
		t->altered_at = UINT64_MAX;
	else if ((row = mysql_fetch_row(columns)) != NULL && row[3] != NULL)
		t->altered_at = strtoull(row[3], NULL, 10);
	mysql_data_seek(columns, 0);
}

static bool
is_older(const source_table *t, uint32_t row_time)
{
	return t->altered_at != 0 && row_time <= t->altered_at;
}

static status
note_altered(change_context *c)
{
	snprintf(c->lacking, sizeof(c->lacking),
	         "the row image of an INSERT lacks columns (binlog_row_image), and the table was "
	         "altered since: what their defaults were is not known");
	return STATUS_DATA;
}

static status
read_table(MYSQL *mysql, source_table *t, uint32_t row_time, arena *a, change_context *c)
{
	MYSQL_RES *columns = NULL, *values = NULL;
	char *sql = columns_sql(mysql, t);
	status result = sql == NULL ? out_of_memory() : mariadb_query(mysql, sql, false, &columns);

	free(sql);
	if (result == STATUS_OK)
		note_age(t, columns);
	if (result == STATUS_OK && is_older(t, row_time))
		result = note_altered(c);
	if (result == STATUS_OK)
	{
		sql = values_sql(columns);
		result = sql == NULL ? out_of_memory() : mariadb_query(mysql, sql, false, &values);
		free(sql);
	}
	if (result == STATUS_OK)
		take_defaults(t, columns, values, a);
	mysql_free_result(values);
	mysql_free_result(columns);
	return result;
}

static status
load(const source_defaults *d, source_table *t, uint32_t row_time, change_context *c)
{
	MYSQL *mysql;
	arena *a = t->memory;
	value *defaults;
	status result;

	/* asked once: under a backlog many rows are older than that */
	if (is_older(t, row_time))
		return note_altered(c);
	defaults = arena_alloc_zero(a, (t->map.column_count + 1) * sizeof(value));
	if (defaults == NULL)
		return out_of_memory();
	result = mariadb_open_source(d->config, READ_TIMEOUT, NULL, 0, &mysql);
	if (result != STATUS_OK)
		return result;
	t->defaults = defaults;
	result = read_table(mysql, t, row_time, a, c);
	mysql_close(mysql);
	if (result != STATUS_OK)
		t->defaults = NULL;
	return result;
}

status
source_defaults_fill(source_defaults *d, source_table *t, uint32_t row_time, change_context *c)
{
	for (unsigned i = 0; i < t->map.column_count; i++)
	{
		if (t->after[i].kind != VALUE_ABSENT || !t->plan->used[i])
			continue;
		if (t->defaults == NULL)
		{
			status result = load(d, t, row_time, c);

			if (result != STATUS_OK)
				return result;
		}
		t->after[i] = t->defaults[i];
	}
	return STATUS_OK;
}
