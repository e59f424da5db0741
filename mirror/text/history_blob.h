/*
 * text/history_blob.h
 *	  MediaWiki's objects for many texts in one blob, and for where a text is.
 */
#ifndef MWMIRROR_TEXT_HISTORY_BLOB_H
#define MWMIRROR_TEXT_HISTORY_BLOB_H

#include <stdbool.h>
#include <stdint.h>
#include "php/serialized.h"
#include "text/result.h"

typedef enum history_kind
{
	HISTORY_TEXTS,   /* ConcatenatedGzipHistoryBlob: texts by their MD5 */
	HISTORY_DIFFS,   /* DiffHistoryBlob: texts by their number, as differences */
	HISTORY_STUB,    /* HistoryBlobStub: a text in the object of another row of text */
	HISTORY_CUR_STUB /* HistoryBlobCurStub: a row of the table cur of MediaWiki 1.4 */
} history_kind;

/* Points into the bytes that it was parsed from. */
typedef struct history_blob
{
	history_kind kind;
	uint64_t id;         /* stubs: old_id or cur_id */
	php_span key;        /* HISTORY_TEXTS: of the default text, HISTORY_STUB: of the text */
	bool is_compressed;  /* HISTORY_TEXTS */
	php_span compressed; /* the texts; without bytes if they are not compressed */
	php_reader items;    /* HISTORY_TEXTS, not compressed */
	size_t item_count;
} history_blob;

/*
 * Parses a serialized object. twice: it may also be an object that was serialized twice, as a bug once made them. Bytes behind it
 * are no error, as in PHP. TEXT_UNKNOWN: an object of another class.
 */
text_status history_blob_parse(const char *data, size_t len, bool twice, history_blob *out,
                               text_error *err);

/*
 * Puts in the place of the bytes that the object was parsed from a text that is in it: that with the key, or the default if
 * it is NULL. TEXT_MISSING: it has none. At most limit bytes are inflated or made at a time, and three times as many held.
 * If that fails, b stays as it is.
 */
text_status history_blob_take(text_bytes *b, const history_blob *object, const php_span *key,
                              size_t limit, text_error *err);

#endif
