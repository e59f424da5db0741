/*
 * text/expand.h
 *	  Stored texts as MediaWiki reads them.
 *
 * Pure: what is stored elsewhere is asked for by a function of the caller.
 */
#ifndef MWMIRROR_TEXT_EXPAND_H
#define MWMIRROR_TEXT_EXPAND_H

#include <stdint.h>
#include "php/serialized.h"
#include "text/result.h"

typedef enum text_place_kind
{
	TEXT_PLACE_ROW,  /* old_text and old_flags of text, by old_id */
	TEXT_PLACE_BLOB, /* blob_text of a cluster's blobs, by blob_id */
	TEXT_PLACE_CUR   /* cur_text of cur, by cur_id; the table is of MediaWiki 1.4 */
} text_place_kind;

typedef struct text_place
{
	text_place_kind kind;
	uint64_t id;
	php_span cluster; /* TEXT_PLACE_BLOB */
} text_place;

/*
 * Brings what is stored at a place: the bytes, which become the caller's, and of a row its flags (text_flags_parse). TEXT_MISSING:
 * nothing is there, or NULL; TEXT_UNKNOWN: no such cluster; TEXT_FAILED: it could not be asked.
 */
typedef text_status (*text_fetch)(void *context, const text_place *place, text_bytes *out,
                                  unsigned *flags, text_error *err);

/* How the texts of a wiki are read. */
typedef struct text_source
{
	text_fetch fetch;
	void *context;
	const char *legacy_encoding; /* $wgLegacyEncoding; NULL: all is UTF-8 */
	size_t limit;                /* bytes of a text, and of what is inflated on the way to it */
} text_source;

/*
 * Reads a stored text: b has old_text and then the text. At most four times the limit is held beside what fetch brings. If that
 * fails, b holds no bytes and err says why.
 */
text_status text_expand(const text_source *source, text_bytes *b, unsigned flags, text_error *err);

/* Reads the text at a content address (text/address.h). *out is the caller's. */
text_status text_read(const text_source *source, const char *address, size_t len, text_bytes *out,
                      text_error *err);

#endif
