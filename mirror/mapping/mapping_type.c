/*
 * mapping/mapping_type.c
 *	  The types of mirror columns; see mapping_type.h.
 */
#include "mapping/mapping_type.h"

static const struct
{
	mapping_type type;
	Oid oid;
	const char *name;
} types[] = {
    {MAPPING_BOOL, 16, "boolean"},
    {MAPPING_INT2, 21, "smallint"},
    {MAPPING_INT4, 23, "integer"},
    {MAPPING_INT8, 20, "bigint"},
    {MAPPING_FLOAT4, 700, "real"},
    {MAPPING_FLOAT8, 701, "double precision"},
    {MAPPING_TEXT, 25, "text"},
    {MAPPING_BYTEA, 17, "bytea"},
    {MAPPING_TIMESTAMPTZ, 1184, "timestamptz"},
    {MAPPING_INET, 869, "inet"},
    {MAPPING_UUID, 2950, "uuid"},
};

Oid
mapping_type_oid(mapping_type type)
{
	return types[type].oid;
}

const char *
mapping_type_name(mapping_type type)
{
	return types[type].name;
}

bool
mapping_type_from_oid(Oid oid, mapping_type *out)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
	{
		if (types[i].oid == oid)
		{
			*out = types[i].type;
			return true;
		}
	}
	return false;
}

mapping_type
mapping_type_of_kind(convert_kind kind)
{
	switch (kind)
	{
		case CONVERT_INT:
		case CONVERT_NEGATED:
			return MAPPING_INT8;
		case CONVERT_BOOL:
		case CONVERT_SYSTEM_USER:
			return MAPPING_BOOL;
		case CONVERT_FLOAT:
			return MAPPING_FLOAT8;
		case CONVERT_BYTES:
		case CONVERT_BODY:
			return MAPPING_BYTEA;
		case CONVERT_TIMESTAMP:
			return MAPPING_TIMESTAMPTZ;
		case CONVERT_INET:
		case CONVERT_INET_TEXT:
			return MAPPING_INET;
		case CONVERT_UUID:
		case CONVERT_UUID_TEXT:
			return MAPPING_UUID;
		default:
			return MAPPING_TEXT;
	}
}
