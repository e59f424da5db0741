/*
 * plugin/user.c
 *	  The user entity: effective groups as of MediaWiki's UserGroupManager (1.43), and what the user row says.
 */
#include "plugin/user.h"

#include "plugin/json.h"
#include "plugin/lookup.h"
#include "plugin/wiki.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* user_is_autoconfirmed applies APCOND_AGE and APCOND_EDITCOUNT as of a time. */
static bool
user_is_autoconfirmed(const wiki *w, const user_row *user, TimestampTz at)
{
	bool old_enough =
	    TIMESTAMP_NOT_FINITE(user->registration) || /* from before registrations were kept */
	    at - user->registration >= w->autoconfirm_age * USECS_PER_SEC;

	return old_enough && user->edit_count >= w->autoconfirm_count;
}

static void
put_group_once(StringInfo out, List *explicit_groups, const char *group)
{
	ListCell *cell;

	foreach (cell, explicit_groups)
		if (strcmp(lfirst(cell), group) == 0)
			return;
	json_element_string(out, group);
}

/* user_put_groups writes explicit groups, then implicit ones, in MediaWiki's order. */
static void
user_put_groups(StringInfo out, const wiki *w, List *groups, const user_row *user, TimestampTz at)
{
	ListCell *cell;

	json_key(out, "groups");
	json_begin_array(out);
	foreach (cell, groups)
		json_element_string(out, lfirst(cell));
	put_group_once(out, groups, "*");
	if (user != NULL && user->is_temp)
		put_group_once(out, groups, "temp");
	else if (user != NULL)
	{
		put_group_once(out, groups, "user");
		if (w->temp_accounts)
			put_group_once(out, groups, "named");
		if (user_is_autoconfirmed(w, user, at))
			put_group_once(out, groups, "autoconfirmed");
	}
	json_end_array(out);
}

static bool
user_is_bot(const wiki *w, List *groups)
{
	ListCell *cell;

	foreach (cell, groups)
		for (int i = 0; i < w->bot_group_count; i++)
			if (strcmp(lfirst(cell), w->bot_groups[i]) == 0)
				return true;
	return false;
}

/* user_render writes the entity; user is NULL for one who is not registered. */
static void
user_render(plugin_state *state, StringInfo out, const wiki *w, const actor_row *actor,
            const user_row *user)
{
	TimestampTz at = state_commit_time(state);
	List *groups = user == NULL ? NIL : lookup_groups(state, w->wiki_id, actor->user_id, at);

	json_begin_object(out);
	json_put_string(out, "user_text", actor->name);
	user_put_groups(out, w, groups, user, at);
	json_put_bool(out, "is_bot", user_is_bot(w, groups));
	json_put_bool(out, "is_system", user != NULL && user->is_system);
	json_put_bool(out, "is_temp", user != NULL && user->is_temp);
	if (user != NULL)
	{
		json_put_int(out, "user_id", actor->user_id);
		if (json_time_is_writable(user->registration))
			json_put_time(out, "registration_dt", user->registration);
		if (user->has_edit_count)
			json_put_int(out, "edit_count", user->edit_count);
	}
	json_end_object(out);
}

/* user_load renders the entity of an actor; NULL if there is no such actor. */
static char *
user_load(plugin_state *state, const wiki *w, int64 actor_id)
{
	StringInfoData out;
	actor_row actor;
	user_row user;

	if (!lookup_actor(state, w->wiki_id, actor_id, &actor))
	{
		state_report_missing(state, TABLE_ACTOR, w->wiki_id, actor_id);
		return NULL;
	}
	initStringInfo(&out);
	if (actor.user_id == 0)
		user_render(state, &out, w, &actor, NULL);
	else if (lookup_user(state, w->wiki_id, actor.user_id, &user))
		user_render(state, &out, w, &actor, &user);
	else
	{
		state_report_missing(state, TABLE_USER, w->wiki_id, actor.user_id);
		json_begin_object(&out);
		json_put_string(&out, "user_text", actor.name);
		json_put_int(&out, "user_id", actor.user_id);
		json_end_object(&out);
	}
	return out.data;
}

const char *
user_entity(plugin_state *state, const wiki *w, int64 actor_id)
{
	user_memo *memo;
	char *json;

	for (int i = 0; i < USER_MEMO_SIZE; i++)
	{
		memo = &state->users[i];
		if (memo->json != NULL && memo->actor_id == actor_id && memo->wiki == w)
			return memo->json;
	}
	json = user_load(state, w, actor_id);
	if (json == NULL)
		return NULL;
	memo = &state->users[state->next_user];
	state->next_user = (state->next_user + 1) % USER_MEMO_SIZE;
	if (memo->json != NULL)
		pfree(memo->json);
	memo->wiki = w;
	memo->actor_id = actor_id;
	memo->json = MemoryContextStrdup(state->source_context, json);
	return memo->json;
}

void
user_forget_all(plugin_state *state)
{
	/* Their memory goes with the source transaction's. */
	memset(state->users, 0, sizeof(state->users));
	state->next_user = 0;
}
