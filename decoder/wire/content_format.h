/*
 * wire/content_format.h
 *	  Default formats of content models, which MediaWiki does not store.
 */
#ifndef MWMIRROR_WIRE_CONTENT_FORMAT_H
#define MWMIRROR_WIRE_CONTENT_FORMAT_H

#include <stddef.h>

/* The format of a model with a name of len bytes; NULL: not known. */
const char *content_format(const char *model, size_t len);

#endif
