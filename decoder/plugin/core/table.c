/*
 * plugin/core/table.c
 *	  What is said of the mirror's tables; see table.h.
 */
#include "plugin/core/table.h"

#include "catalog/pg_type_d.h"
#include "plugin/core/errors.h"
#include "utils/builtins.h"

const char *
mirror_table_name(mirror_table table)
{
	return mirror_tables[table].name;
}

const char *
mirror_table_column_name(mirror_table table, int column)
{
	return mirror_tables[table].columns[column].name;
}

int
mirror_table_column_count(mirror_table table)
{
	int n = 0;

	while (n <= TABLE_COLUMNS && mirror_tables[table].columns[n].name != NULL)
		n++;
	return n;
}

mirror_table
mirror_table_find(const char *schema, const char *name, size_t len)
{
	size_t schema_len = strlen(schema);

	for (int i = 0; i < mirror_table_count; i++)
	{
		const char *known = mirror_tables[i].name;

		if (strlen(known) == schema_len + 1 + len &&
		    memcmp(known + schema_len + 1, name, len) == 0 &&
		    memcmp(known, schema, schema_len) == 0)
			return i;
	}
	return TABLE_NONE;
}

int
mirror_table_find_column(mirror_table table, const char *name, size_t len)
{
	const column_description *columns = mirror_tables[table].columns;

	for (int i = 0; columns[i].name != NULL; i++)
		if (strlen(columns[i].name) == len && memcmp(columns[i].name, name, len) == 0)
			return i;
	return -1;
}

/* type_fits is true if values of a PostgreSQL type can be used in a column. */
static bool
type_fits(column_type type, Oid oid)
{
	switch (type)
	{
		case COLUMN_NUMBER:
			return oid == BOOLOID || oid == INT2OID || oid == INT4OID || oid == INT8OID;
		case COLUMN_TEXT:
			return oid == TEXTOID || oid == VARCHAROID;
		case COLUMN_BYTES:
			return oid == BYTEAOID;
		case COLUMN_TIME:
			return oid == TIMESTAMPTZOID;
		case COLUMN_TEXTS:
			return oid == TEXTARRAYOID;
	}
	return false;
}

bool
mirror_table_type_fits(mirror_table table, int column, Oid type)
{
	return type_fits(mirror_tables[table].columns[column].type, type);
}

void
mirror_table_report_no_column(mirror_table table, int column)
{
	ereport(ERROR,
	        (errcode(MW_WRONG_COLUMN),
	         errmsg("table %s has no column \"%s\"", mirror_table_name(table),
	                mirror_table_column_name(table, column)),
	         errdetail("The events of the output plugin \"mwmirror\" need it."),
	         errhint("Make it again as the extension \"mwmirror\" defines it. " MW_GIVE_UP)));
}

void
mirror_table_report_type(mirror_table table, int column, Oid type)
{
	ereport(ERROR,
	        (errcode(MW_WRONG_COLUMN),
	         errmsg("column \"%s\" of table %s has a type that cannot be used: %s",
	                mirror_table_column_name(table, column), mirror_table_name(table),
	                format_type_be(type)),
	         errhint("Make it again as the extension \"mwmirror\" defines it. " MW_GIVE_UP)));
}
