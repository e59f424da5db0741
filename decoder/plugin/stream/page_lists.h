/*
 * plugin/stream/page_lists.h
 *	  What a page has many of, for its document: categories, links, properties, protection.
 */
#ifndef MWMIRROR_STREAM_PAGE_LISTS_H
#define MWMIRROR_STREAM_PAGE_LISTS_H

#include "plugin/core/session.h"

/*
 * page_lists_put
 *	 Writes each list as a member, in an order that depends on nothing but what is in it; none of them is an empty one. One of what the text
 *	 yields is left out if that may not be said, and one that would make the message larger than the option content. Writes the
 *	 names of those into left_out, as elements of an array.
 */
extern void page_lists_put(session *s, StringInfo out, int wiki, int64 page_id, bool shows_parsed,
                           StringInfo left_out);

#endif
