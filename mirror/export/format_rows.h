/*
 * export/format_rows.h
 *	  What formats that write tables row by row have in common: which tables, their rows, and the digest of those.
 */
#ifndef MWMIRROR_EXPORT_FORMAT_ROWS_H
#define MWMIRROR_EXPORT_FORMAT_ROWS_H

#include "export/format.h"

/* A digest that grows by rows: how many, and the sum of their hashes, by halves, so that no sum is too large. */
typedef struct rows_digest
{
	uint64_t rows;
	int64_t high, low;
} rows_digest;

void rows_digest_add(rows_digest *d, int64_t hash);
void rows_digest_format(const rows_digest *d, char out[PART_DIGEST_SIZE]);

/* As export_format.plan: all tables of which something is public, or those of --tables, cut by the first column of their key. */
status rows_plan(planner *p, const char *wiki_id);

/* SQL of the part's rows r as state topics have them, in order of their key: ... FROM (*out) r; for free(). Errors as pg_execute. */
status rows_query(export_session *s, const part *p, char **out);

/* The digest of what such a query gives, asked of PostgreSQL alone. */
status rows_ask_digest(export_session *s, const char *query, rows_digest *out);

#endif
