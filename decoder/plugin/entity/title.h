/*
 * plugin/entity/title.h
 *	  Titles as consumers see them: with the namespace's name, and as part of an URL.
 */
#ifndef MWMIRROR_ENTITY_TITLE_H
#define MWMIRROR_ENTITY_TITLE_H

#include "plugin/core/session.h"

#include "lib/stringinfo.h"

#define NAMESPACE_USER 2

/* The title of a user's page, from the name; palloc'd. */
extern char *title_of_user(const char *name);

/* Prefixed database key, as MediaWiki's TitleFormatter::getPrefixedDBkey; palloc'd. */
extern char *title_prefixed(session *s, wiki *w, const char *interwiki, int32 namespace_id,
                            const char *title);

/* Encodes as MediaWiki's wfUrlencode (1.39 and 1.43 includes/GlobalFunctions.php). */
extern void title_append_urlencoded(StringInfo out, const char *s);

/* Canonical URL of a page with that prefixed database key; palloc'd. */
extern char *title_canonical_url(const wiki *w, const char *prefixed);
/* The same without the server, as MediaWiki's Title::getLocalURL. */
extern char *title_local_url(const wiki *w, const char *prefixed);

/* That URL of the page of a user, an address or a range; palloc'd. */
extern char *title_user_url(session *s, wiki *w, const char *name);

#endif
