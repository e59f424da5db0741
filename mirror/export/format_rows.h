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

typedef struct rows_column
{
	char *name;
	char *type; /* PostgreSQL's */
} rows_column;

/* Where the rows of a part come from. Zero-initialised is empty. */
typedef struct rows_source
{
	char *query; /* SELECT of the rows, in order of their key, for FROM (query) r */
	char *hash;  /* SQL of the hash of a row r, a bigint */
	rows_column *columns;
	unsigned count;
} rows_source;

/* As export_format.plan: all tables of which something is public, or those of --tables, cut by the first column of their key. */
status rows_plan(planner *p, const char *wiki_id);

/*
 * The part's rows as state topics have them, with members for what ids stand for, or as public views have them: MediaWiki's columns, with the mirror's
 * types. Errors as pg_execute. The caller frees it with rows_source_free, whatever is answered.
 */
status rows_as_state(export_session *s, const part *p, rows_source *out);
status rows_as_view(export_session *s, const part *p, rows_source *out);

void rows_source_free(rows_source *r);

/* The digest of what a query gives, asked of PostgreSQL alone. hash: SQL of the hash of a row r; NULL: of all of it. */
status rows_ask_digest(export_session *s, const char *query, const char *hash, rows_digest *out);

/* As export_format.digest, for either kind. */
status rows_digest_as_state(export_session *s, const part *p, char out[PART_DIGEST_SIZE]);
status rows_digest_as_view(export_session *s, const part *p, char out[PART_DIGEST_SIZE]);

/* For part_facts.more: {"columns": {name: type}}, in order. NULL without memory. */
json_t *rows_describe(const rows_source *r);

#endif
