/*
 * plugin/stream/fragment.h
 *	  JSON of entities in the form of fragment/mediawiki/state/entity/..., which page_change and its kin share.
 */
#ifndef MWMIRROR_STREAM_FRAGMENT_H
#define MWMIRROR_STREAM_FRAGMENT_H

#include "plugin/core/session.h"
#include "plugin/entity/page.h"
#include "plugin/entity/revision.h"

/* Writes the user behind an actor under the key; nothing if there is no such actor. */
extern void fragment_put_user(session *s, StringInfo out, const char *key, int wiki,
                              int64 actor_id);

/* Writes the three booleans that the bits mean. */
extern void fragment_put_visibility(StringInfo out, int bits);
/* Writes those that differ between two states, with the values of the first. */
extern void fragment_put_changed_visibility(StringInfo out, int bits, int other);

/*
 * fragment_put_revision
 *	 Writes a revision under the key, without what is hidden. dt stands in for a time that the row does not have: the schema
 *	 requires one. with_bodies: also what is in the slots.
 */
extern void fragment_put_revision(session *s, StringInfo out, const char *key, int wiki,
                                  const revision *r, TimestampTz dt, bool with_bodies);

/* The same for a suppressed deletion: only what names the revision and its place. */
extern void fragment_put_suppressed_revision(StringInfo out, const char *key, const revision *r,
                                             TimestampTz dt);

/* Writes page_title and, where the schema has it, namespace_id. */
extern void fragment_put_title(session *s, StringInfo out, int wiki, const char *interwiki,
                               int32 namespace_id, const char *title);

#endif
