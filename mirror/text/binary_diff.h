/*
 * text/binary_diff.h
 *	  Differences between two texts, as LibXDiff writes them.
 */
#ifndef MWMIRROR_TEXT_BINARY_DIFF_H
#define MWMIRROR_TEXT_BINARY_DIFF_H

#include "php/serialized.h"
#include "text/result.h"

/*
 * Puts in the place of a text what the difference makes of it, at most limit bytes. TEXT_BROKEN: it is none, or of another
 * text. If that fails, b stays as it is. The text may be no bytes.
 */
text_status binary_diff_apply(text_bytes *b, php_span diff, size_t limit, text_error *err);

#endif
