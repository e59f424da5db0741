/*
 * plugin/entity/user.c
 *	  Users; see user.h.
 */
#include "plugin/entity/user.h"

#include "plugin/core/missing.h"
#include "plugin/entity/block.h"
#include "plugin/entity/visibility.h"
#include "plugin/entity/wiki.h"

#define NS_USER 2
#define NS_USER_TALK 3

/* is_autoconfirmed applies APCOND_AGE and APCOND_EDITCOUNT as of a time. */
static bool
is_autoconfirmed(const wiki *w, const user *u, TimestampTz at)
{
	bool old_enough =
	    TIMESTAMP_NOT_FINITE(u->registration) || /* from before registrations were kept */
	    at - u->registration >= w->autoconfirm_age * USECS_PER_SEC;

	return old_enough && u->edit_count >= w->autoconfirm_count;
}

static void
add_group(List **groups, const char *group)
{
	ListCell *cell;

	foreach (cell, *groups)
		if (strcmp(lfirst(cell), group) == 0)
			return;
	*groups = lappend(*groups, pstrdup(group));
}

static int
compare_groups(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

/* read_groups returns the groups of a user that have not expired at a time, sorted by bytes. */
static List *
read_groups(session *s, int wiki, int64 user_id, TimestampTz at)
{
	rows_scan scan;
	mirror_row row;
	List *groups = NIL;

	rows_find(&scan, s->rows, TABLE_USER_GROUPS, GROUPS_BY_USER, wiki,
	          &(rows_value){.number = user_id});
	while (rows_next(&scan, &row))
		if (mirror_row_text_equals(&row, UG_GROUP, "", 0))
			missing_report_value(s, TABLE_USER_GROUPS, UG_GROUP, wiki, user_id);
		else if (!mirror_row_is_null(&row, UG_GROUP) && mirror_row_time(&row, UG_EXPIRY) > at)
			groups = lappend(groups, mirror_row_text(&row, UG_GROUP));
	list_sort(groups, compare_groups);
	return groups;
}

static bool
is_bot(const wiki *w, List *groups)
{
	ListCell *cell;

	foreach (cell, groups)
		for (int i = 0; i < w->bot_group_count; i++)
			if (strcmp(lfirst(cell), w->bot_groups[i]) == 0)
				return true;
	return false;
}

/* set_groups sets the effective groups, implicit ones in MediaWiki's order. */
static void
set_groups(session *s, int wiki, user *u)
{
	const struct wiki *w = wiki_get(s, wiki);
	TimestampTz at = session_commit_time(s);
	List *groups = u->user_id == 0 ? NIL : read_groups(s, wiki, u->user_id, at);
	ListCell *cell;

	u->is_bot = is_bot(w, groups);
	u->explicit_count = list_length(groups);
	add_group(&groups, "*");
	if (u->is_temp)
		add_group(&groups, "temp");
	else if (u->user_id != 0)
	{
		add_group(&groups, "user");
		if (w->temp_accounts)
			add_group(&groups, "named");
		if (is_autoconfirmed(w, u, at))
			add_group(&groups, "autoconfirmed");
	}
	u->groups = palloc(list_length(groups) * sizeof(char *));
	foreach (cell, groups)
		u->groups[u->group_count++] = lfirst(cell);
}

/* read_row reads what the row of table user says; the name only if the actor has not given it. */
static void
read_row(session *s, int wiki, user *u)
{
	mirror_row row;

	u->has_row = entity_read(s, TABLE_USER, wiki, u->user_id, &row);
	if (!u->has_row)
	{
		missing_report(s, TABLE_USER, wiki, u->user_id);
		return;
	}
	if (u->name == NULL)
		u->name = mirror_row_text(&row, USER_NAME);
	u->registration = mirror_row_time(&row, USER_REGISTRATION);
	u->edit_count = mirror_row_int(&row, USER_EDITCOUNT);
	u->has_edit_count = !mirror_row_is_null(&row, USER_EDITCOUNT) &&
	                    entity_fits(s, TABLE_USER, USER_EDITCOUNT, wiki, u->user_id, u->edit_count);
	u->is_temp = mirror_row_int(&row, USER_IS_TEMP) != 0;
	u->is_system = mirror_row_int(&row, USER_IS_SYSTEM) != 0;
}

static void *
load_user(session *s, int wiki, int64 actor_id)
{
	mirror_row row;
	user *u;

	if (!entity_read(s, TABLE_ACTOR, wiki, actor_id, &row) ||
	    mirror_row_is_null(&row, ACTOR_NAME) || mirror_row_text_equals(&row, ACTOR_NAME, "", 0))
	{
		missing_report(s, TABLE_ACTOR, wiki, actor_id);
		return NULL;
	}
	u = palloc0(sizeof(user));
	u->actor_id = actor_id;
	u->name = mirror_row_text(&row, ACTOR_NAME);
	u->user_id = mirror_row_int(&row, ACTOR_USER);
	u->registration = DT_NOEND;
	u->has_row = true;
	if (u->user_id != 0)
		read_row(s, wiki, u);
	if (u->has_row)
		set_groups(s, wiki, u);
	if (!entity_fits(s, TABLE_ACTOR, ACTOR_USER, wiki, actor_id, u->user_id))
		u->user_id = 0;
	return u;
}

static void *
load_registered(session *s, int wiki, int64 user_id)
{
	user *u = palloc0(sizeof(user));

	u->user_id = user_id;
	u->registration = DT_NOEND;
	read_row(s, wiki, u);
	if (!u->has_row)
		return NULL;
	if (u->name == NULL || u->name[0] == '\0')
	{
		missing_report_value(s, TABLE_USER, USER_NAME, wiki, user_id);
		return NULL;
	}
	set_groups(s, wiki, u);
	if (!entity_fits(s, TABLE_USER, USER_ID, wiki, user_id, user_id))
		u->user_id = 0;
	return u;
}

/* find_named returns the id of the user who has the name; 0: none is known. */
static int64
find_named(session *s, int wiki, const char *name)
{
	rows_scan scan;
	mirror_row row;

	rows_find(&scan, s->rows, TABLE_USER, USER_BY_NAME, wiki,
	          &(rows_value){.text = name, .len = strlen(name)});
	return rows_next(&scan, &row) ? mirror_row_int(&row, USER_ID) : 0;
}

/* find_page_user returns the id of the user whose page, talk page or subpage has the title; 0: none is known. */
static int64
find_page_user(session *s, int wiki, const char *title)
{
	char *name = pnstrdup(title, strcspn(title, "/"));

	for (char *p = name; *p != '\0'; p++)
		if (*p == '_')
			*p = ' ';
	return find_named(s, wiki, name);
}

bool
user_page_is_hidden(session *s, int wiki, int32 namespace_id, const char *title)
{
	int64 user_id = namespace_id == NS_USER || namespace_id == NS_USER_TALK
	                    ? find_page_user(s, wiki, title)
	                    : 0;

	return !visibility_shows(FIELD_ACCOUNT, block_hidden_bits(s, wiki, user_id));
}

bool
user_is_shown(session *s, int wiki, const char *name)
{
	int64 user_id = find_named(s, wiki, name);

	return user_id != 0 && visibility_shows(FIELD_ACCOUNT, block_hidden_bits(s, wiki, user_id));
}

user_gender
user_find_gender(session *s, int wiki, const char *title)
{
	rows_value key[2] = {{.number = find_page_user(s, wiki, title)},
	                     {.text = "gender", .len = strlen("gender")}};
	rows_scan scan;
	mirror_row row;

	if (key[0].number == 0)
		return GENDER_UNKNOWN;
	rows_find(&scan, s->rows, TABLE_USER_PROPERTIES, 0, wiki, key);
	if (!rows_next(&scan, &row))
		return GENDER_UNKNOWN;
	if (mirror_row_text_equals(&row, UP_VALUE, "male", 4))
		return GENDER_MALE;
	return mirror_row_text_equals(&row, UP_VALUE, "female", 6) ? GENDER_FEMALE : GENDER_UNKNOWN;
}

static const entity_kind user_kind = {load_user};

user *
user_find(session *s, int wiki, int64 actor_id)
{
	return entity_find(s, &user_kind, wiki, actor_id);
}

static const entity_kind registered_kind = {load_registered};

user *
user_find_registered(session *s, int wiki, int64 user_id)
{
	return entity_find(s, &registered_kind, wiki, user_id);
}
