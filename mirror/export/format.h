/*
 * export/format.h
 *	  What a format of dumps is: its parts, what is in a file of one, and how to tell whether a file is still right.
 *
 * To add one: a file with a const export_format, its declaration here, its place in the table of export.c.
 */
#ifndef MWMIRROR_EXPORT_FORMAT_H
#define MWMIRROR_EXPORT_FORMAT_H

#include <libpq-fe.h>
#include "export/export.h"
#include "export/output.h"
#include "export/part.h"
#include "export/planner.h"

/* A thread that writes parts, as the format sees it. */
typedef struct export_session
{
	const export_call *call;
	PGconn *
	    conn; /* in a transaction that only reads, with the dump's snapshot; times in UTC, search_path pg_catalog */
	int64_t seed;          /* of the dump, for digests: nobody who writes rows knows it */
	void *state;           /* the format's */
	_Atomic uint64_t rows; /* written of the present part: the format counts */
} export_session;

typedef struct export_format
{
	const char *name;
	const char *suffix; /* of files, before that of the compression */
	bool packs_itself;  /* its files are never compressed again */
	bool has_history;   /* --history and --current mean something */
	bool has_tables;    /* so does --tables */
	int64_t part_rows;  /* unless --part-rows says otherwise */

	/* State of a session, of the thread that calls; each may be NULL. close is called after open, whatever that answered. */
	status (*open)(export_session *s);
	void (*close)(export_session *s);

	/* Adds the parts of a wiki, by planner_add. */
	status (*plan)(planner *p, const char *wiki_id);

	/*
	 * A digest of the keys and versions of all that would be in the part's file, as cheap as can be: a file whose digest is the same is kept, so
	 * whatever may change or hide a byte of the file must change it.
	 */
	status (*digest)(export_session *s, const part *p, char out[PART_DIGEST_SIZE]);

	/* Writes the file's content; facts->rows, the digest as digest() gives it, and more if it likes. */
	status (*write)(export_session *s, const part *p, output *o, part_facts *facts);
} export_format;

extern const export_format format_copy;
extern const export_format format_jsonl;
extern const export_format format_parquet;
extern const export_format format_xml;

#endif
