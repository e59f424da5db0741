/*
 * source/sql_name.h
 *	  Names in SQL for MariaDB.
 */
#ifndef MWMIRROR_SOURCE_SQL_NAME_H
#define MWMIRROR_SOURCE_SQL_NAME_H

#include <stdio.h>

/* `name` with backticks doubled. */
void sql_name_write(FILE *out, const char *name);

/* `database`.`prefix and table` */
void sql_name_write_table(FILE *out, const char *database, const char *prefix, const char *table);

#endif
