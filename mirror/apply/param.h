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

/* Returns an empty set that only keeps values, for param_put_copies and param_put_array; NULL without memory. */
param_set *param_create_store(void);

void param_destroy(param_set *p);

/* Forgets all values; their memory is used again. */
void param_reset(param_set *p);

/*
 * Appends a value as the binary form of a PostgreSQL type. False: *err says what does not fit (a number out of
 * the type's range, a kind that the type cannot hold). Text and bytes are not copied: they must last until param_send.
 */
bool param_put(param_set *p, mapping_type type, const target_value *v, convert_error *err);

/* Appends a text of len bytes, which must be valid UTF-8. */
bool param_put_text(param_set *p, const char *text, size_t len, convert_error *err);

/* Appends a bytea. */
bool param_put_bytes(param_set *p, const char *data, size_t len, convert_error *err);

/* Bytes of all values in the set. */
size_t param_bytes(const param_set *p);

/* Appends count values of another set from its value number first on. They must last until param_send. */
bool param_put_copies(param_set *p, param_set *from, unsigned first, unsigned count,
                      convert_error *err);

/*
 * Appends one array of count values of another set: number first and each stride further. type: of its elements, as
 * which they were put.
 */
bool param_put_array(param_set *p, mapping_type type, param_set *from, unsigned first,
                     unsigned stride, unsigned count, convert_error *err);

/* Queues the execution of a prepared statement with these parameters. False: see PQerrorMessage. */
bool param_send(param_set *p, const char *statement);

#endif
