/*
 * plugin/user.h
 *	  The user entity of the event schemas.
 */
#ifndef MWMIRROR_PLUGIN_USER_H
#define MWMIRROR_PLUGIN_USER_H

#include "plugin/state.h"

/*
 * user_entity
 *	 JSON of the user behind an actor, as of the mark; NULL if there is no such actor. Valid until the end
 *	 of the event.
 */
extern const char *user_entity(plugin_state *state, const wiki *w, int64 actor_id);

/* Forgets entities kept for reuse; called at each mark. */
extern void user_forget_all(plugin_state *state);

#endif
