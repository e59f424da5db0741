/*
 * plugin/entity/comment.h
 *	  Texts of comments.
 */
#ifndef MWMIRROR_ENTITY_COMMENT_H
#define MWMIRROR_ENTITY_COMMENT_H

#include "plugin/entity/entities.h"

/* Text of a comment; NULL, and reported as missing, if there is none. */
extern const char *comment_find(session *s, int wiki, int64 comment_id);

#endif
