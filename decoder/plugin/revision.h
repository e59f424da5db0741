/*
 * plugin/revision.h
 *	  The revision entity of the event schemas, with what is hidden left out.
 */
#ifndef MWMIRROR_PLUGIN_REVISION_H
#define MWMIRROR_PLUGIN_REVISION_H

#include "plugin/lookup.h"
#include "plugin/state.h"

/* True if nobody but those with special rights may know the editor. */
extern bool revision_hides_editor(int bits);

/* True if the bits differ in something that consumers are told of. */
extern bool revision_visibility_differs(int bits, int other);

/* Writes the three visibility booleans that the bits mean. */
extern void revision_put_visibility(StringInfo out, int bits);
/* Writes those that differ between two states, with the values of the first. */
extern void revision_put_changed_visibility(StringInfo out, int bits, int other);

/*
 * revision_put
 *	 Writes a revision object under the key. dt stands in for a time that the row does not have: the schema
 *	 requires one.
 */
extern void revision_put(plugin_state *state, StringInfo out, const char *key, const wiki *w,
                         const revision_row *revision, TimestampTz dt);

/* As revision_put for a suppressed deletion: only what names the revision and its place. */
extern void revision_put_suppressed(StringInfo out, const char *key, const revision_row *revision,
                                    TimestampTz dt);

/* True if every slot holds the same content as in its parent: nothing was edited. */
extern bool revision_is_null(plugin_state *state, const char *wiki_id, int64 rev_id,
                             int64 parent_id);

#endif
