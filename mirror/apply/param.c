/*
 * apply/param.c
 *	  Binary parameters by libpqtypes; see param.h.
 *
 * libpqtypes can put a whole row by one format, but only with a fixed list of C arguments; rows here differ by
 * statement, so values are put one by one (0.15 µs each, measured). Text and timestamps are put by types of
 * the same wire form, because %text wants NUL-terminated strings and %timestamptz has no infinity.
 */
#include "apply/param.h"

#include <inttypes.h>
#include <libpqtypes.h>
#include <stdio.h>
#include <stdlib.h>

struct param_set
{
	PGconn *conn;
	PGparam *values;
};

param_set *
param_create(PGconn *conn)
{
	param_set *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->conn = conn;
	if (PQinitTypes(conn))
		p->values = PQparamCreate(conn);
	if (p->values == NULL)
	{
		free(p);
		return NULL;
	}
	return p;
}

void
param_destroy(param_set *p)
{
	if (p == NULL)
		return;
	PQparamClear(p->values);
	free(p);
}

void
param_reset(param_set *p)
{
	PQparamReset(p->values);
}

static bool
put_failed(convert_error *err)
{
	snprintf(err->message, sizeof(err->message), "%s", PQgeterror());
	return false;
}

static bool
wrong_kind(mapping_type type, convert_error *err)
{
	snprintf(err->message, sizeof(err->message), "its kind does not give a value of type %s",
	         mapping_type_name(type));
	return false;
}

static bool
put_integer(param_set *p, mapping_type type, int64_t i, convert_error *err)
{
	int ok;

	if ((type == MAPPING_INT2 && (i < INT16_MIN || i > INT16_MAX)) ||
	    (type == MAPPING_INT4 && (i < INT32_MIN || i > INT32_MAX)))
	{
		snprintf(err->message, sizeof(err->message), "%" PRId64 " does not fit into %s", i,
		         mapping_type_name(type));
		return false;
	}
	if (type == MAPPING_INT2)
		ok = PQputf(p->values, "%int2", (int) i);
	else if (type == MAPPING_INT4)
		ok = PQputf(p->values, "%int4", (int) i);
	else
		ok = PQputf(p->values, "%int8", (PGint8) i);
	return ok ? true : put_failed(err);
}

static bool
put_double(param_set *p, mapping_type type, double d, convert_error *err)
{
	int ok =
	    type == MAPPING_FLOAT4 ? PQputf(p->values, "%float4", d) : PQputf(p->values, "%float8", d);

	return ok ? true : put_failed(err);
}

bool
param_put_bytes(param_set *p, const char *data, size_t len, convert_error *err)
{
	PGbytea bytes = {(int) len, (char *) (len == 0 ? "" : data)};

	if (len > INT32_MAX)
	{
		snprintf(err->message, sizeof(err->message), "%zu bytes are more than a value can hold",
		         len);
		return false;
	}
	return PQputf(p->values, "%bytea*", &bytes) ? true : put_failed(err);
}

bool
param_put_text(param_set *p, const char *text, size_t len, convert_error *err)
{
	return param_put_bytes(p, text, len, err);
}

bool
param_put(param_set *p, mapping_type type, const target_value *v, convert_error *err)
{
	if (v->kind == TARGET_NULL || v->kind == TARGET_ABSENT)
		return PQputf(p->values, "%null") ? true : put_failed(err);
	switch (type)
	{
		case MAPPING_BOOL:
			if (v->kind != TARGET_BOOL && v->kind != TARGET_INT)
				return wrong_kind(type, err);
			return PQputf(p->values, "%bool", v->kind == TARGET_BOOL ? v->b : v->i != 0)
			           ? true
			           : put_failed(err);
		case MAPPING_INT2:
		case MAPPING_INT4:
		case MAPPING_INT8:
			if (v->kind != TARGET_BOOL && v->kind != TARGET_INT)
				return wrong_kind(type, err);
			return put_integer(p, type, v->kind == TARGET_BOOL ? v->b : v->i, err);
		case MAPPING_FLOAT4:
		case MAPPING_FLOAT8:
			if (v->kind != TARGET_DOUBLE && v->kind != TARGET_INT)
				return wrong_kind(type, err);
			return put_double(p, type, v->kind == TARGET_DOUBLE ? v->d : (double) v->i, err);
		case MAPPING_TEXT:
			if (v->kind != TARGET_TEXT)
				return wrong_kind(type, err);
			return param_put_bytes(p, v->bytes.data, v->bytes.len, err);
		case MAPPING_BYTEA:
			if (v->kind != TARGET_BYTES && v->kind != TARGET_TEXT)
				return wrong_kind(type, err);
			return param_put_bytes(p, v->bytes.data, v->bytes.len, err);
		case MAPPING_TIMESTAMPTZ:
			if (v->kind != TARGET_TIMESTAMPTZ)
				return wrong_kind(type, err);
			return put_integer(p, MAPPING_INT8, v->i, err);
	}
	return wrong_kind(type, err);
}

bool
param_send(param_set *p, const char *statement)
{
	return PQparamSendQueryPrepared(p->conn, p->values, statement, 1) == 1;
}
