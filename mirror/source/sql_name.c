/*
 * source/sql_name.c
 *	  Names in SQL for MariaDB; see sql_name.h.
 */
#include "source/sql_name.h"

static void
write_doubled(FILE *out, const char *name)
{
	for (; *name != '\0'; name++)
	{
		if (*name == '`')
			fputc('`', out);
		fputc(*name, out);
	}
}

void
sql_name_write(FILE *out, const char *name)
{
	fputc('`', out);
	write_doubled(out, name);
	fputc('`', out);
}

void
sql_name_write_table(FILE *out, const char *database, const char *prefix, const char *table)
{
	sql_name_write(out, database);
	fputs(".`", out);
	write_doubled(out, prefix);
	write_doubled(out, table);
	fputc('`', out);
}
