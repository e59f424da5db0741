/*
 * plugin/stream/page_change.h
 *	  What page_change and page_content_change have in common.
 */
#ifndef MWMIRROR_STREAM_PAGE_CHANGE_H
#define MWMIRROR_STREAM_PAGE_CHANGE_H

#include "plugin/core/registry.h"

/* As a stream's accepts, put_key and put_body. with_content: what is in the slots of the revision, unless the page is deleted. */
extern bool page_change_accepts(session *s, const event *e);
extern void page_change_put_key(session *s, const event *e, StringInfo out);
extern void page_change_put(session *s, const event *e, StringInfo out, const char **uri,
                            bool with_content);

#endif
