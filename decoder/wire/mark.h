/*
 * wire/mark.h
 *	  The mark that ends a source transaction inside a PostgreSQL transaction.
 *
 * The applier writes it with pg_logical_emit_message(true, MARK_PREFIX, text); the plugin cuts there.
 *
 *	 'T'   one byte, the version of this format
 *	 ' '
 *	 GTID  domain-server-sequence, decimal
 *	 ' '
 *	 commit time of the source, unix seconds, optionally '.' and six digits
 */
#ifndef MWMIRROR_WIRE_MARK_H
#define MWMIRROR_WIRE_MARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MARK_PREFIX "mwmirror"
#define MARK_TEXT_SIZE 80
#define MARK_GTID_SIZE 43

typedef struct mark
{
	char gtid[MARK_GTID_SIZE]; /* NUL-terminated */
	int64_t commit_time;       /* unix microseconds */
} mark;

/* Writes the text form and a NUL; returns its length without the NUL. */
size_t mark_format(const mark *m, char out[MARK_TEXT_SIZE]);

/* Parses len bytes; false if they are not exactly a mark. */
bool mark_parse(const char *text, size_t len, mark *out);

#endif
