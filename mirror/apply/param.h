/*
 * apply/param.h
 *	  Binary parameters of prepared statements. param.c is the only file that knows libpqtypes.
 */
#ifndef MWMIRROR_APPLY_PARAM_H
#define MWMIRROR_APPLY_PARAM_H

#include <libpq-fe.h>
#include <stdbool.h>
#include "mapping/convert.h"
#include "mapping/mapping.h"

typedef struct param_set param_set;

/* Returns an empty set for a connection that is not in pipeline mode yet; NULL without memory. */
param_set *param_create(PGconn *conn);

void param_destroy(param_set *p);

/* Forgets all values; their memory is used again. */
void param_reset(param_set *p);

/*
 * Appends a copy of a value as the binary form of a PostgreSQL type. False: *err says what does not fit (a number out of
 * the type's range, a kind that the type cannot hold), or that there is no memory.
 */
bool param_put(param_set *p, mapping_type type, const target_value *v, convert_error *err);

/* Appends a text of len bytes, which must be valid UTF-8. */
bool param_put_text(param_set *p, const char *text, size_t len, convert_error *err);

/* Bytes of all values. */
size_t param_bytes(const param_set *p);

/* Queues the execution of a prepared statement with these parameters. False: see PQerrorMessage. */
bool param_send(param_set *p, const char *statement);

#endif
