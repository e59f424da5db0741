/*
 * text/encoding.h
 *	  Text of a time before UTF-8: $wgLegacyEncoding.
 */
#ifndef MWMIRROR_TEXT_ENCODING_H
#define MWMIRROR_TEXT_ENCODING_H

#include "text/result.h"

/*
 * Puts in the place of bytes in the encoding, a name that iconv knows, what MediaWiki reads: UTF-8 without what is not valid.
 * TEXT_BROKEN: MediaWiki reads none of it, because its last character is cut off. If that fails, b stays as it is.
 */
text_status text_decode(text_bytes *b, const char *encoding, size_t limit, text_error *err);

#endif
