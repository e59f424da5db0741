/*
 * text/result.h
 *	  What becomes of a stored text: bytes, or why there are none.
 */
#ifndef MWMIRROR_TEXT_RESULT_H
#define MWMIRROR_TEXT_RESULT_H

#include <stddef.h>

typedef enum text_status
{
	TEXT_OK,
	TEXT_LOST,    /* MediaWiki itself knows it as lost */
	TEXT_MISSING, /* a row, blob or item that is referred to is not there */
	TEXT_BROKEN,  /* the bytes are not what they should be */
	TEXT_LARGE,   /* more bytes than are allowed */
	TEXT_UNKNOWN, /* a storage, class or encoding that is not known here */
	TEXT_FAILED   /* no memory, or whoever fetches could not; it may be tried again */
} text_status;

typedef struct text_error
{
	char message[200];
} text_error;

/* Bytes, and the memory that they are in if it is theirs. */
typedef struct text_bytes
{
	const char *data;
	size_t len;
	char *owned; /* from malloc; NULL: the memory is someone else's and lasts */
} text_bytes;

/* Writes the message, in ASCII whatever bytes it is made of; returns the status. */
text_status text_fail(text_error *err, text_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The status's name, as people read it. */
const char *text_status_name(text_status status);

/* Frees the memory; the bytes are none then. */
void text_bytes_free(text_bytes *b);

/* Puts other bytes, in memory from malloc that becomes theirs, in the place of b's. */
void text_bytes_replace(text_bytes *b, char *owned, size_t len);

#endif
