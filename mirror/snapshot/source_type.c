/*
 * snapshot/source_type.c
 *	  Types of source columns; see source_type.h.
 */
#include "snapshot/source_type.h"

#include <string.h>

#define OLD_TIME "/* mariadb-5.3 */"

static const struct
{
	const char *name;
	source_type type;
} types[] = {
    {"float", SOURCE_FLOAT}, {"double", SOURCE_REAL}, {"inet4", SOURCE_INET4},
    {"inet6", SOURCE_INET6}, {"uuid", SOURCE_UUID},
};

source_type
source_type_parse(const char *text, const char *extra)
{
	const size_t len = strcspn(text, "( ");

	if (strstr(extra, "GENERATED") != NULL)
		return SOURCE_GENERATED;
	if (strncmp(text, "year(2)", 7) == 0)
		return SOURCE_YEAR2;
	if (text[len] == '(' && strstr(text, OLD_TIME) != NULL)
		return SOURCE_OLD_TIME;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
	{
		if (strlen(types[i].name) == len && memcmp(types[i].name, text, len) == 0)
			return types[i].type;
	}
	if (strncmp(text, "bit", 3) == 0 || strncmp(text, "year", 4) == 0 ||
	    strstr(text + len, " zerofill"))
		return SOURCE_PRINTED;
	return SOURCE_PLAIN;
}

bool
source_type_can_filter(source_type type)
{
	return type == SOURCE_PLAIN;
}

const char *
source_type_remedy(source_type type, convert_kind kind)
{
	switch (type)
	{
		case SOURCE_PLAIN:
		case SOURCE_PRINTED:
		case SOURCE_FLOAT:
		case SOURCE_REAL:
			break;
		case SOURCE_INET4:
		case SOURCE_INET6:
			return kind == CONVERT_INET || kind == CONVERT_BYTES
			           ? NULL
			           : "map it in mwmirror.column_map by the kind inet or bytes";
		case SOURCE_UUID:
			return kind == CONVERT_UUID || kind == CONVERT_BYTES
			           ? NULL
			           : "map it in mwmirror.column_map by the kind uuid or bytes";
		case SOURCE_GENERATED:
			return "map what the column is made of, by an expression in mwmirror.column_map";
		case SOURCE_YEAR2:
			return "ALTER the column to YEAR(4)";
		case SOURCE_OLD_TIME:
			return "set mysql56_temporal_format = ON and run ALTER TABLE ... FORCE";
	}
	return NULL;
}
