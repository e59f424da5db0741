/*
 * wire/request.h
 *	  Rows of a request (mwmirror.request) in the WAL, in the order of its keys.
 *
 * They are in transactional logical messages with MARK_PREFIX, written by a source's writer between two source transactions, in
 * a PostgreSQL transaction without any. What a message holds is the state at that point of the WAL: earlier changes are in it,
 * later ones follow as changes.
 *
 *	 'Q'
 *	 ' '
 *	 id        of the request, decimal, from 1
 *	 ' '
 *	 number    of the message's first row among all rows of the request, decimal, from 1
 *	 ' '
 *	 kind      of the request, lower-case letters: backfill
 *	 ' '
 *	 rest      "more": rows will follow in another message; "last": they will not
 *	 '\n'
 *	 items     to the end of the message, as in wire/reference.h, but only 'T', 'S', 'W', 'R': by which streams they are told, if by any; then the
 *			   shape, then the wiki, then any number of rows of that shape. A message needs no other to be read
 *
 * What is told is ended by a mark whose id is that of the request and this number, with the rows that these refer to.
 */
#ifndef MWMIRROR_WIRE_REQUEST_H
#define MWMIRROR_WIRE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_HEAD 'Q'
#define REQUEST_KIND_SIZE 16 /* with a NUL */

/* Room for a head and a NUL. */
#define REQUEST_HEAD_SIZE (2 * 20 + REQUEST_KIND_SIZE + 10)

typedef struct request_head
{
	int64_t id;
	int64_t number;
	char kind[REQUEST_KIND_SIZE]; /* NUL-terminated */
	bool last;
} request_head;

/* Writes the text form and a NUL to out, which has REQUEST_HEAD_SIZE bytes; returns its length without the NUL. */
size_t request_head_format(const request_head *h, char *out);

/* True if a message begins as requests do, well-formed or not. */
bool request_is(const char *text, size_t len);

/* Parses the head at the beginning of len bytes, *used of which are it; false if there is none. */
bool request_head_read(const char *text, size_t len, request_head *out, size_t *used);

#endif
