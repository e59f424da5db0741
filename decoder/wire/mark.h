/*
 * wire/mark.h
 *	  The mark that ends a source transaction inside a PostgreSQL transaction.
 *
 * mwmirror.apply writes it as pg_logical_emit_message(true, MARK_PREFIX, text) would; the plugin cuts there. Anyone may write such
 * a message: it counts only in a transaction of the source's own replication origin (plugin/origin.h).
 *
 *	 'U'       one byte, the version of this format
 *	 ' '
 *	 id        of the source transaction, its GTID: domain-server-sequence, decimal; or, of what a request made of rows of the mirror and no
 *			   source transaction changed: 'Q', the request's id, '.', a number of its own from 1, decimal (mwmirror.request)
 *	 ' '
 *	 time      of the commit at the source, or when what a request tells of happened; unix seconds, optionally '.' and six digits
 *	 ' '
 *	 source    name of the source, which with the id names the source transaction: see mark_source_is_valid
 *	 and for each wiki of which the source transaction changed rows, each once, in any order
 *	 ' '
 *	 length    of the wiki's id in bytes, decimal, 1 to MARK_WIKI_MOST
 *	 ':'
 *	 wiki id   any bytes
 *	 '\n'      ends the mark; in a message the rows that the source transaction refers to may follow (wire/reference.h)
 */
#ifndef MWMIRROR_WIRE_MARK_H
#define MWMIRROR_WIRE_MARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MARK_PREFIX "mwmirror"
#define MARK_GTID_SIZE 43
#define MARK_SOURCE_SIZE 64
#define MARK_WIKI_MOST 255 /* bytes of a wiki's id */

/* Room for a mark without its wikis, and a NUL. */
#define MARK_HEAD_SIZE (MARK_GTID_SIZE + MARK_SOURCE_SIZE + 32)

/* Bytes inside a mark. */
typedef struct mark_text
{
	const char *data;
	size_t len;
} mark_text;

typedef struct mark
{
	char gtid[MARK_GTID_SIZE];     /* the id, NUL-terminated: a GTID, or a request's */
	char source[MARK_SOURCE_SIZE]; /* likewise */
	int64_t commit_time;           /* unix microseconds */
	mark_text wikis;               /* as written, a blank before each; mark_next_wiki reads them */
} mark;

/* True for 1 to 63 letters, digits, '_', '.' and '-'. */
bool mark_source_is_valid(const char *name, size_t len);

/* True for the id of what a request made; false for a GTID. */
bool mark_id_is_request(const char *id, size_t len);

/* Writes the text form and a NUL to out, which has MARK_HEAD_SIZE + m->wikis.len bytes; returns its length without the NUL. */
size_t mark_format(const mark *m, char *out);

/* Appends one wiki to a text for mark.wikis; returns the bytes that takes, and writes them only if there is room. */
size_t mark_put_wiki(const char *wiki_id, char *out, size_t room);

/* Parses the mark at the beginning of len bytes, *used of which are it; false if there is none. out->wikis points into text. */
bool mark_read(const char *text, size_t len, mark *out, size_t *used);

/* The same of len bytes that are a mark and nothing else. */
bool mark_parse(const char *text, size_t len, mark *out);

/* Takes the first of the wikis off *wikis; false if there is none, or what is there is no wiki. */
bool mark_next_wiki(mark_text *wikis, mark_text *wiki_id);

#endif
