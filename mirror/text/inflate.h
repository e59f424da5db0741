/*
 * text/inflate.h
 *	  Raw deflate, as PHP's gzdeflate() writes it.
 */
#ifndef MWMIRROR_TEXT_INFLATE_H
#define MWMIRROR_TEXT_INFLATE_H

#include "text/result.h"

/*
 * Puts in the place of deflated bytes what gzinflate() makes of them, at most limit bytes. If that fails, b stays as it is.
 */
text_status text_inflate(text_bytes *b, size_t limit, text_error *err);

#endif
