/*
 * plugin/entity/user.h
 *	  Users as of the mark, with their effective groups as of MediaWiki's UserGroupManager (1.43).
 */
#ifndef MWMIRROR_ENTITY_USER_H
#define MWMIRROR_ENTITY_USER_H

#include "plugin/entity/entities.h"

typedef struct user
{
	int64 actor_id;
	const char *name;
	int64 user_id; /* 0: not registered, or none that an event can hold */
	bool has_row;  /* what follows is known; of one who is not registered it is */
	int group_count;
	const char **groups; /* explicit ones in byte order, then implicit ones */
	int explicit_count;
	bool is_bot; /* in one of mwmirror.wiki.bot_groups */
	bool is_system;
	bool is_temp;
	TimestampTz registration; /* DT_NOEND: unknown */
	bool has_edit_count;
	int64 edit_count;
	/* Kept by the streams' writers of users; NULL: not written yet. */
	char *json;
	char *legacy_json;
} user;

/* The user behind an actor; NULL, and reported as missing, if there is no such actor. */
extern user *user_find(session *s, int wiki, int64 actor_id);

/* An account, by its id; actor_id is 0. NULL, and reported as missing, if it has no row, or no name. */
extern user *user_find_registered(session *s, int wiki, int64 user_id);

/* True if the page is one of a user, or a talk page of one, whom a block hides, as far as that is known. */
extern bool user_page_is_hidden(session *s, int wiki, int32 namespace_id, const char *title);

/* True if the account of that name is known, and no block hides it. */
extern bool user_is_shown(session *s, int wiki, const char *name);

typedef enum user_gender
{
	GENDER_UNKNOWN,
	GENDER_MALE,
	GENDER_FEMALE
} user_gender;

/* What the user prefers to be called whose page, talk page or subpage has the title. */
extern user_gender user_find_gender(session *s, int wiki, const char *title);

#endif
