/*
 * source/table_filter.h
 *	  Which row events are worth decoding: remembers the table maps of the running statement.
 */
#ifndef MWMIRROR_SOURCE_TABLE_FILTER_H
#define MWMIRROR_SOURCE_TABLE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "source/reader.h"
#include "support/status.h"

typedef struct table_filter table_filter;

/* wants NULL: every table. NULL without memory. */
table_filter *table_filter_create(reader_wants wants, void *context);

/* Takes note of a TABLE_MAP event; *wanted is the answer. STATUS_DATA (logged) if it cannot be read. */
status table_filter_map(table_filter *f, const uint8_t *body, size_t len, bool *wanted);

/*
 * Whether a row event is of a wanted table. One without a table map is, so that the consumer complains; the
 * empty one that only ends a statement is not.
 */
bool table_filter_rows(table_filter *f, const uint8_t *body, size_t len);

/* Forgets the table maps of a statement; answers stay remembered by table. */
void table_filter_forget(table_filter *f);

void table_filter_destroy(table_filter *f);

#endif
