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

/*
 * data NULL is NULL. The value points into data. The session's time zone must be UTC. False: data is not of the field's
 * type.
 */
bool text_value_read(const MYSQL_FIELD *field, const char *data, size_t len, value *out);

#endif
