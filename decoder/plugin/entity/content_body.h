/*
 * plugin/entity/content_body.h
 *	  What is in a slot, of wikis whose contents the mirror keeps.
 */
#ifndef MWMIRROR_ENTITY_CONTENT_BODY_H
#define MWMIRROR_ENTITY_CONTENT_BODY_H

#include "plugin/entity/entities.h"

typedef struct content_body
{
	const char
	    *text; /* valid UTF-8; NULL: MediaWiki has lost it, it cannot be read, or it is no text */
	bool is_too_large; /* above mwmirror.wiki.content_limit, or the option content */
} content_body;

/* NULL: the mirror does not keep it, or it is not known. */
extern const content_body *content_body_find(session *s, int wiki, int64 content_id);

#endif
