/*
 * mapping/content.h
 *	  Text with flags: old_text as old_flags say it is to be read.
 */
#ifndef MWMIRROR_MAPPING_CONTENT_H
#define MWMIRROR_MAPPING_CONTENT_H

#include <stdbool.h>
#include "mapping/target_value.h"
#include "rows/value.h"
#include "support/arena.h"

#define CONVERT_CONTENT_MAX ((size_t) 256 << 20)

/* Sources: old_text, old_flags. Text that cannot be resolved (external, objects) is kept as it is. */
bool content_convert(const value *text, const value *flags, bool as_bytes, arena *a,
                     target_value *out, convert_error *err);

/* Sources: [old_text,] old_flags (text may be NULL). Drops gzip when content_convert inflates. */
bool content_convert_flags(const value *text, const value *flags, arena *a, target_value *out,
                           convert_error *err);

#endif
