/*
 * rows/types.c
 *	  What a TABLE_MAP event says about each column type.
 */
#include "rows/types.h"

#include <stddef.h>

typedef struct type_info
{
	const char *name;
	int8_t metadata; /* bytes */
	bool sign;
	bool charset;
} type_info;

static const type_info types[256] = {
    [TYPE_TINY] = {"TINYINT", 0, true, false},
    [TYPE_SHORT] = {"SMALLINT", 0, true, false},
    [TYPE_LONG] = {"INT", 0, true, false},
    [TYPE_FLOAT] = {"FLOAT", 1, true, false},
    [TYPE_DOUBLE] = {"DOUBLE", 1, true, false},
    [TYPE_NULL] = {"NULL", 0, false, false},
    [TYPE_TIMESTAMP] = {"TIMESTAMP", 0, false, false},
    [TYPE_LONGLONG] = {"BIGINT", 0, true, false},
    [TYPE_INT24] = {"MEDIUMINT", 0, true, false},
    [TYPE_DATE] = {"DATE", 0, false, false},
    [TYPE_TIME] = {"TIME", 0, false, false},
    [TYPE_DATETIME] = {"DATETIME", 0, false, false},
    [TYPE_YEAR] = {"YEAR", 0, true, false},
    [TYPE_NEWDATE] = {"DATE", 0, false, false},
    [TYPE_VARCHAR] = {"VARCHAR", 2, false, true},
    [TYPE_BIT] = {"BIT", 2, false, false},
    [TYPE_TIMESTAMP2] = {"TIMESTAMP", 1, false, false},
    [TYPE_DATETIME2] = {"DATETIME", 1, false, false},
    [TYPE_TIME2] = {"TIME", 1, false, false},
    [TYPE_BLOB_COMPRESSED] = {"BLOB COMPRESSED", 1, false, true},
    [TYPE_VARCHAR_COMPRESSED] = {"VARCHAR COMPRESSED", 2, false, true},
    [TYPE_NEWDECIMAL] = {"DECIMAL", 2, true, false},
    [TYPE_ENUM] = {"ENUM", 2, false, false},
    [TYPE_SET] = {"SET", 2, false, false},
    [TYPE_TINY_BLOB] = {"TINYBLOB", 1, false, true},
    [TYPE_MEDIUM_BLOB] = {"MEDIUMBLOB", 1, false, true},
    [TYPE_LONG_BLOB] = {"LONGBLOB", 1, false, true},
    [TYPE_BLOB] = {"BLOB", 1, false, true},
    [TYPE_VAR_STRING] = {"VARCHAR", 2, false, true},
    [TYPE_STRING] = {"CHAR", 2, false, true},
    [TYPE_GEOMETRY] = {"GEOMETRY", 1, false, true},
};

const char *
column_type_name(uint8_t type)
{
	return types[type].name != NULL ? types[type].name : "unknown type";
}

int
column_type_metadata_size(uint8_t type)
{
	return types[type].name != NULL ? types[type].metadata : -1;
}

bool
column_type_has_sign(uint8_t type)
{
	return types[type].sign;
}

bool
column_type_has_charset(uint8_t type)
{
	return types[type].charset;
}
