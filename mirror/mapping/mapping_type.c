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
    {MAPPING_NUMERIC, 1700, "numeric"},
    {MAPPING_DATE, 1082, "date"},
    {MAPPING_TIME, 1083, "time"},
    {MAPPING_INTERVAL, 1186, "interval"},
    {MAPPING_TIMESTAMP, 1114, "timestamp"},
    {MAPPING_JSON, 114, "json"},
    {MAPPING_JSONB, 3802, "jsonb"},
    {MAPPING_TEXT_ARRAY, 1009, "text[]"},
    {MAPPING_INT8_ARRAY, 1016, "bigint[]"},
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
		case CONVERT_TOKEN_INVALID:
		case CONVERT_EMAIL_EMPTY:
		case CONVERT_PASSWORD_UNUSABLE:
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
		case CONVERT_NUMERIC:
			return MAPPING_NUMERIC;
		case CONVERT_DATE:
			return MAPPING_DATE;
		case CONVERT_TIME:
			return MAPPING_INTERVAL;
		case CONVERT_JSON:
			return MAPPING_JSONB;
		case CONVERT_LIST:
			return MAPPING_TEXT_ARRAY;
		case CONVERT_INT_LIST:
			return MAPPING_INT8_ARRAY;
		default:
			return MAPPING_TEXT;
	}
}
