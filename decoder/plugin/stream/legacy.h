/*
 * plugin/stream/legacy.h
 *	  JSON of entities in the form of the older schemas: fragment/mediawiki/{common,page/common,revision/common}.
 */
#ifndef MWMIRROR_STREAM_LEGACY_H
#define MWMIRROR_STREAM_LEGACY_H

#include "plugin/aggregate/page.h"
#include "plugin/core/session.h"

/* True if the older schemas have such a page: their ids begin at 1. If not it is reported. */
extern bool legacy_has_page(session *s, int wiki, const page *of);

/* Writes the database and page_id to page_namespace; sets *uri to the page's URL. */
extern void legacy_put_page(session *s, StringInfo out, int wiki, const page *of, const char **uri);

/* Writes the user behind an actor, if that is known. */
extern void legacy_put_performer(session *s, StringInfo out, int wiki, int64 actor_id);

/*
 * legacy_put_revision
 *	 Writes all members of mediawiki/revision/create 2.0.0 but $schema and meta: a live revision, without what is hidden, and its
 *	 page. Sets *uri to the page's URL.
 */
extern void legacy_put_revision(session *s, StringInfo out, int wiki, int64 rev_id, const page *of,
                                const char **uri);

/* All members of mediawiki/revision/visibility-change 1.0.0 but $schema and meta: of a live revision, without what is hidden now. */
extern void legacy_put_visibility_change(session *s, StringInfo out, int wiki, const page_event *of,
                                         const char **uri);

/* What mediawiki/page/delete, undelete and move 1.0.0 have in common, which is all of delete: the page, who acted and why, the revision. */
extern void legacy_put_page_event(session *s, StringInfo out, int wiki, const page_event *of,
                                  const char **uri);

/*
 * legacy_put_tagged
 *	 What mediawiki/revision/tags-change says of a live revision: as above, without time, slots and change of content, and the
 *	 performer is the actor, who is not its author; 0: nobody.
 */
extern void legacy_put_tagged(session *s, StringInfo out, int wiki, int64 rev_id, int64 actor_id,
                              const page *of, const char **uri);

#endif
