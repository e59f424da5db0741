/*
 * plugin/entity/title.h
 *	  Titles as consumers see them: with the namespace's name, and as part of an URL.
 */
#ifndef MWMIRROR_ENTITY_TITLE_H
#define MWMIRROR_ENTITY_TITLE_H

#include "plugin/core/session.h"

/* Prefixed database key, as MediaWiki's TitleFormatter::getPrefixedDBkey; palloc'd. */
extern char *title_prefixed(session *s, wiki *w, const char *interwiki, int32 namespace_id,
                            const char *title);

/* Canonical URL of a page with that prefixed database key; palloc'd. */
extern char *title_canonical_url(const wiki *w, const char *prefixed);

#endif
