/*
 * apply/param.c
 *	  Binary parameters by libpqtypes; see param.h.
 *
 * libpqtypes' formats for whole rows have a fixed list of C arguments, but statements differ. So each value becomes the bytes of
 * its type (mapping/target_binary.h), which %bytea puts as they are, or NULL: the server goes by the types that the
 * statement was prepared with. %text would want NUL-terminated strings, and %timestamptz has no infinity. A value without bytes is not
 * copied (*): a parameter that never had any has no memory either, and would be NULL.
 */
#include "apply/param.h"

#include <libpqtypes.h>
#include <stdlib.h>
#include "mapping/target_binary.h"

struct param_set
{
	PGconn *conn;
	PGparam *values;
	size_t bytes;
};

param_set *
param_create(PGconn *conn)
{
	param_set *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->conn = conn;
	/* the values know the format if that was there first */
	if (PQinitTypes(conn) != 0 && PQspecPrepare(conn, "value", "%bytea", 0) != 0 &&
	    PQspecPrepare(conn, "empty", "%bytea*", 0) != 0)
		p->values = PQparamCreate(conn);
	if (p->values == NULL)
	{
		param_destroy(p);
		return NULL;
	}
	return p;
}

void
param_destroy(param_set *p)
{
	if (p == NULL)
		return;
	if (p->values != NULL)
		PQparamClear(p->values);
	free(p);
}

void
param_reset(param_set *p)
{
	PQparamReset(p->values);
	p->bytes = 0;
}

size_t
param_bytes(const param_set *p)
{
	return p->bytes;
}

static char no_bytes[1];

bool
param_put(param_set *p, mapping_type type, const target_value *v, convert_error *err)
{
	char number[TARGET_BINARY_NUMBER];
	target_binary binary;
	PGbytea bytes;

	if (!target_binary_make(type, v, number, &binary, err))
		return false;
	bytes.data = (char *) binary.data;
	bytes.len = (int) binary.len;
	if (binary.data != NULL && binary.len == 0)
		bytes.data = no_bytes;
	if (PQputf(p->values, binary.data != NULL && binary.len == 0 ? "@empty" : "@value",
	           binary.data == NULL ? NULL : &bytes) != 0)
	{
		p->bytes += binary.data == NULL ? 0 : binary.len;
		return true;
	}
	return convert_fail(err, "it cannot be a parameter: %s", PQgeterror());
}

bool
param_put_text(param_set *p, const char *text, size_t len, convert_error *err)
{
	const target_value v = {.kind = TARGET_TEXT, .bytes = {text, len}};

	return param_put(p, MAPPING_TEXT, &v, err);
}

bool
param_send(param_set *p, const char *statement)
{
	return PQparamSendQueryPrepared(p->conn, p->values, statement, 1) == 1;
}
