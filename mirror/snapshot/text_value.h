/*
 * snapshot/text_value.h
 *	  A column of a SELECT (text protocol) as the value that the binlog has for it.
 */
#ifndef MWMIRROR_SNAPSHOT_TEXT_VALUE_H
#define MWMIRROR_SNAPSHOT_TEXT_VALUE_H

#include <mysql.h>
#include <stdbool.h>
#include <stddef.h>
#include "rows/value.h"
#include "snapshot/source_type.h"
#include "support/arena.h"

/*
 * type: the column's, of which the SELECT must ask as table_sql.h does. data NULL is NULL. The value points into data or
 * into the arena. The session must be one of mariadb_connect: time zone UTC, no conversion of charsets. False: data is not of
 * the type, or there is no memory.
 */
bool text_value_read(source_type type, const MYSQL_FIELD *field, const char *data, size_t len,
                     arena *a, value *out);

#endif
