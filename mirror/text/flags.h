/*
 * text/flags.h
 *	  text.old_flags: how old_text is stored.
 */
#ifndef MWMIRROR_TEXT_FLAGS_H
#define MWMIRROR_TEXT_FLAGS_H

#include <stddef.h>

#define TEXT_FLAG_UTF8                                                                             \
	1u /* utf-8, or utf8 as some scripts once wrote; without it, the wiki's legacy encoding */
#define TEXT_FLAG_GZIP 2u     /* raw deflate */
#define TEXT_FLAG_OBJECT 4u   /* a serialized object of PHP that has the text or says where it is */
#define TEXT_FLAG_EXTERNAL 8u /* the address of the bytes in an external storage */
#define TEXT_FLAG_ERROR 16u   /* lost */

/* Parses the comma list; words that are not known mean nothing. */
unsigned text_flags_parse(const char *flags, size_t len);

#endif
