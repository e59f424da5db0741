/*
 * plugin/aggregate/user.c
 *	  Changes of accounts; see user.h.
 *
 * An account's row changes with each edit that it makes, so what its name was is taken from actor, which MediaWiki renames in the same
 * transaction (1.43 includes/RenameUser/RenameuserSQL.php; the extension Renameuser before 1.40).
 */
#include "plugin/aggregate/user.h"

#include "plugin/aggregate/journal.h"
#include "plugin/core/missing.h"
#include "plugin/entity/block.h"

/* Each by the account's id. */
typedef struct created_fact
{
	bool created;
} created_fact;

typedef struct renamed_fact
{
	uint64 prior_name; /* before the first renaming */
} renamed_fact;

typedef struct groups_fact
{
	uint64 journal;
} groups_fact;

static bool created_conclude(session *s, int wiki, int64 user_id, const void *fact, event *out);
static bool renamed_conclude(session *s, int wiki, int64 user_id, const void *fact, event *out);
static bool groups_conclude(session *s, int wiki, int64 user_id, const void *fact, event *out);

static const fact_kind created_kind = {sizeof(created_fact), created_conclude, &user_aggregate};
static const fact_kind renamed_kind = {sizeof(renamed_fact), renamed_conclude, &user_aggregate};
static const fact_kind groups_kind = {sizeof(groups_fact), groups_conclude, &user_aggregate};

/* ---- facts ---- */

static void
add_user(session *s, const change *c)
{
	created_fact *fact;

	if (!c->is_insert)
		return;
	fact = gather_get(s->gather, &created_kind, c->wiki, mirror_row_int(c->new_row, USER_ID));
	fact->created = true;
}

static void
add_actor(session *s, const change *c)
{
	char *name;
	uint64 number;
	int64 user_id;

	if (c->old_row == NULL || c->new_row == NULL || mirror_row_is_null(c->old_row, ACTOR_NAME))
		return;
	user_id = mirror_row_int(c->new_row, ACTOR_USER);
	name = mirror_row_text(c->old_row, ACTOR_NAME);
	if (user_id == 0 || user_id != mirror_row_int(c->old_row, ACTOR_USER) ||
	    mirror_row_text_equals(c->new_row, ACTOR_NAME, name, strlen(name)) ||
	    gather_find(s->gather, &renamed_kind, c->wiki, user_id) != NULL)
		return;
	number = gather_put_text(s->gather, name);
	((renamed_fact *) gather_get(s->gather, &renamed_kind, c->wiki, user_id))->prior_name = number;
}

static void
note_group(session *s, int wiki, const mirror_row *row, bool added)
{
	int64 user_id = mirror_row_int(row, UG_USER);
	char *group = mirror_row_text(row, UG_GROUP);
	const groups_fact *known;
	uint64 journal;

	if (group == NULL || group[0] == '\0' || mirror_row_is_over(row, UG_EXPIRY, UG_ENDED_AT))
		return;
	known = gather_find(s->gather, &groups_kind, wiki, user_id);
	journal = journal_note(s, known == NULL ? 0 : known->journal, added, group);
	((groups_fact *) gather_get(s->gather, &groups_kind, wiki, user_id))->journal = journal;
}

static void
add_group(session *s, const change *c)
{
	if (c->old_row != NULL)
		note_group(s, c->wiki, c->old_row, false);
	if (c->new_row != NULL)
		note_group(s, c->wiki, c->new_row, true);
}

/* ---- what happened ---- */

/* begin makes the event; NULL: the account is not there, is a temporary one, or has an id that no event can hold. */
static user_event *
begin(session *s, int wiki, int64 user_id, user_event_kind kind, event *out)
{
	const user *u = user_find_registered(s, wiki, user_id);
	user_event *e;

	if (u == NULL || u->user_id == 0 || u->is_temp)
		return NULL;
	e = palloc0(sizeof(user_event));
	e->kind = kind;
	e->user = u;
	e->hidden = block_hidden_bits(s, wiki, user_id);
	out->what = e;
	return e;
}

static bool
created_conclude(session *s, int wiki, int64 user_id, const void *data, event *out)
{
	mirror_row row;
	user_event *e;

	if (!entity_read(s, TABLE_USER, wiki, user_id, &row)) /* gone again */
		return false;
	e = begin(s, wiki, user_id, USER_CREATE, out);
	if (e == NULL)
		return false;
	e->log = log_find_of_user(s, wiki, LOG_NEW_USER | LOG_AUTOCREATE, e->user->name);
	return true;
}

static bool
renamed_conclude(session *s, int wiki, int64 user_id, const void *data, event *out)
{
	const renamed_fact *fact = data;
	user_event *e = begin(s, wiki, user_id, USER_RENAME, out);

	if (e == NULL)
		return false;
	e->prior_name = gather_text(s->gather, fact->prior_name);
	if (e->prior_name[0] == '\0')
	{
		missing_report_value(s, TABLE_ACTOR, ACTOR_NAME, wiki, 0);
		return false;
	}
	e->log = log_find_of_user(s, wiki, LOG_RENAME, e->prior_name);
	return strcmp(e->prior_name, e->user->name) != 0;
}

/* read_groups returns the groups of an account whose end was not told. */
static List *
read_groups(session *s, int wiki, int64 user_id)
{
	List *groups = NIL;
	rows_scan scan;
	mirror_row row;

	rows_find(&scan, s->rows, TABLE_USER_GROUPS, GROUPS_BY_USER, wiki,
	          &(rows_value){.number = user_id});
	while (rows_next(&scan, &row))
		if (!mirror_row_is_null(&row, UG_GROUP) && !mirror_row_text_equals(&row, UG_GROUP, "", 0) &&
		    !mirror_row_is_over(&row, UG_EXPIRY, UG_ENDED_AT))
			groups = lappend(groups, mirror_row_text(&row, UG_GROUP));
	return groups;
}

/* list_effective returns the groups with rows that have not expired as of the mark. */
static List *
list_effective(const user *u)
{
	List *groups = NIL;

	for (int i = 0; i < u->explicit_count; i++)
		groups = lappend(groups, (void *) u->groups[i]);
	return groups;
}

/* add_implicit adds the groups that an account has without a row. */
static List *
add_implicit(List *groups, const user *u)
{
	for (int i = u->explicit_count; i < u->group_count; i++)
		groups = journal_add(groups, u->groups[i]);
	journal_sort(groups);
	return groups;
}

static bool
groups_conclude(session *s, int wiki, int64 user_id, const void *data, event *out)
{
	const groups_fact *fact = data;
	user_event *e = begin(s, wiki, user_id, USER_GROUPS_CHANGE, out);
	List *now;

	if (e == NULL)
		return false;
	now = read_groups(s, wiki, user_id);
	e->prior_groups = add_implicit(journal_undo(s, fact->journal, now), e->user);
	if (s->options.mode != MODE_COMPLETE) /* which tells of each end by itself */
		now = list_effective(e->user);
	e->groups = add_implicit(now, e->user);
	e->log = log_find_of_user(s, wiki, LOG_RIGHTS | LOG_AUTOPROMOTE, e->user->name);
	return !journal_equals(e->groups, e->prior_groups);
}

static const aggregate_input inputs[] = {
    {TABLE_USER, false, add_user},
    {TABLE_ACTOR, true, add_actor},
    {TABLE_USER_GROUPS, true, add_group},
};

const aggregate user_aggregate = {
    .name = "user", .inputs = inputs, .input_count = lengthof(inputs)};
