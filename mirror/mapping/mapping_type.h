/*
 * mapping/mapping_type.h
 *	  The PostgreSQL types that columns of the mirror may have.
 */
#ifndef MWMIRROR_MAPPING_MAPPING_TYPE_H
#define MWMIRROR_MAPPING_MAPPING_TYPE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include "mapping/convert.h"

/* Types of target columns. */
typedef enum mapping_type
{
	MAPPING_BOOL,
	MAPPING_INT2,
	MAPPING_INT4,
	MAPPING_INT8,
	MAPPING_FLOAT4,
	MAPPING_FLOAT8,
	MAPPING_TEXT,
	MAPPING_BYTEA,
	MAPPING_TIMESTAMPTZ,
	MAPPING_INET,
	MAPPING_UUID,
	MAPPING_NUMERIC,
	MAPPING_DATE,
	MAPPING_TIME,
	MAPPING_INTERVAL,
	MAPPING_TIMESTAMP,
	MAPPING_JSON,
	MAPPING_JSONB,
	MAPPING_TEXT_ARRAY,
	MAPPING_INT8_ARRAY
} mapping_type;

#define MAPPING_TYPE_LAST MAPPING_INT8_ARRAY

/* PostgreSQL's oid of a type, and its name. */
Oid mapping_type_oid(mapping_type type);
const char *mapping_type_name(mapping_type type);

/* The type with this oid; false if the mapping cannot write it. */
bool mapping_type_from_oid(Oid oid, mapping_type *out);

/* The type of an expression's parameter, which the kind alone decides. */
mapping_type mapping_type_of_kind(convert_kind kind);

#endif
